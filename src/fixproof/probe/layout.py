"""What a run finds around it: a list of mounts that every mount-namespace backend follows."""
# Many small looks at the file system for every run: plain calls take a fraction of the time.
# ruff: noqa: PTH110, PTH112, PTH114, PTH115, PTH118, PTH120

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath

from fixproof.model.environments import Place
from fixproof.model.errors import InputError
from fixproof.model.runs import Job

ENVIRONMENT = "/env"
WORK = "/work"
HOME = "/tmp/home"  # noqa: S108 - a private tmpfs inside the sandbox
USER = "probe"
SHARED_MEMORY = 64 * 1024**2

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
ETC = (
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
    "/etc/ca-certificates",
    "/etc/mime.types",
    "/etc/protocols",
    "/etc/services",
)
RESOLVER = ("/etc/resolv.conf",)
_TELLING = (
    *("/proc/kallsyms", "/proc/keys", "/proc/key-users", "/proc/timer_list", "/proc/iomem"),
    *("/proc/ioports", "/proc/config.gz", "/proc/kcore", "/proc/kmsg", "/proc/sched_debug"),
    *("/proc/vmallocinfo", "/proc/slabinfo", "/proc/latency_stats", "/proc/modules"),
)
_HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
_NOBODY = "nameserver 127.0.0.1\n"  # without a file some libraries fail when they are imported
_SWITCH = "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"
_ZONE = "/usr/share/zoneinfo/Etc/UTC"


class Kind(StrEnum):
    """What a mount puts at its target."""

    DIRECTORY = "directory"
    SCRATCH = "scratch"  # a sized tmpfs
    READ = "read"  # a host path, read-only
    WRITE = "write"  # a host path, writable
    FILE = "file"
    LINK = "link"
    PROC = "proc"
    DEVICES = "devices"
    MASK = "mask"  # nothing to read where the kernel tells about its host
    SEAL = "seal"  # make what is mounted here read-only from now on


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One step of building the file system; steps are taken in order."""

    kind: Kind
    target: str
    source: str = ""
    content: bytes = b""
    size: int = 0
    mode: int = 0o755


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """Host paths for one run beyond its environment: inside path to host path."""

    door: Path | None = None  # a unix socket, shown at its own path
    writable: Mapping[str, Path] = field(default_factory=dict)
    readable: Mapping[str, Path] = field(default_factory=dict)


def mounts(
    job: Job, place: Place, extra: Extra, *, user: int, project: Mount | None
) -> list[Mount]:
    """List all that a job sees, parents before children."""
    steps = [
        *_system(),
        *_etc(user, network=job.network),
        Mount(kind=Kind.PROC, target="/proc"),
        *(Mount(kind=Kind.MASK, target=p) for p in _TELLING if Path(p).exists()),
        Mount(kind=Kind.DEVICES, target="/dev"),
        Mount(kind=Kind.SCRATCH, target="/dev/shm", size=SHARED_MEMORY, mode=0o1777),  # noqa: S108
        Mount(kind=Kind.SCRATCH, target="/tmp", size=job.limits.disk, mode=0o1777),  # noqa: S108
        Mount(kind=Kind.DIRECTORY, target=HOME, mode=0o777),
        Mount(kind=Kind.SCRATCH, target=WORK, size=job.limits.disk, mode=0o777),
        *_interpreter(place),
        Mount(kind=Kind.READ, target=ENVIRONMENT, source=os.path.realpath(place.root)),
        *([project] if project else []),
        *_files(job, project.target if project else WORK),
        *_extra(extra),
        *(Mount(kind=Kind.SEAL, target=target) for target in ("/proc", "/dev", "/")),
    ]
    return list(_with_parents(steps))


def _system() -> Iterator[Mount]:
    for path in SYSTEM:
        if os.path.islink(path):
            yield Mount(kind=Kind.LINK, target=path, source=os.readlink(path))
        elif os.path.isdir(path):
            yield Mount(kind=Kind.READ, target=path, source=path)


def _etc(user: int, *, network: bool) -> Iterator[Mount]:
    written = {
        "/etc/hosts": _HOSTS,
        "/etc/nsswitch.conf": _SWITCH,
        "/etc/passwd": f"root:x:0:0:root:/:/bin/sh\n{USER}:x:{user}:{user}::{HOME}:/bin/sh\n",
        "/etc/group": f"root:x:0:\n{USER}:x:{user}:\n",
    }
    if not network:
        written |= dict.fromkeys(RESOLVER, _NOBODY)
    for target, text in written.items():
        yield Mount(kind=Kind.FILE, target=target, content=text.encode(), mode=0o444)
    if os.path.exists(_ZONE):
        yield Mount(kind=Kind.LINK, target="/etc/localtime", source=_ZONE)
    for path in (*ETC, *(RESOLVER if network else ())):
        if os.path.exists(path):
            yield Mount(kind=Kind.READ, target=path, source=os.path.realpath(path))


def _interpreter(place: Place) -> Iterator[Mount]:
    for target in interpreter_paths(place):
        yield Mount(kind=Kind.READ, target=target, source=os.path.realpath(target))


def interpreter_paths(place: Place) -> list[str]:
    """List the host paths that the interpreter needs beyond the system's own."""
    interpreter = place.environment.interpreter
    own = os.path.realpath(interpreter.path)
    homes = (str(interpreter.prefix), os.path.realpath(interpreter.prefix))
    found = dict.fromkeys([*homes, str(Path(own).parent.parent), *_homes(place)])
    if "/" in found:
        raise InputError("an interpreter cannot live at the root", at=str(interpreter.path))
    outside = [p for p in found if not _is_within(p, SYSTEM) and os.path.isdir(p)]
    return [p for p in outside if not any(_is_within(p, (o,)) for o in outside if o != p)]


def _homes(place: Place) -> Iterator[str]:
    """Follow the environment's link to its interpreter, step by step."""
    path = str(place.root / "bin" / "python")
    while os.path.islink(path):
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
        if not _is_within(path, (str(place.root),)):
            yield str(Path(path).parent.parent)


def _is_within(path: str, tops: tuple[str, ...]) -> bool:
    return any(path == top or path.startswith(f"{top}/") for top in tops)


def _files(job: Job, directory: str) -> Iterator[Mount]:
    for name, content in job.files:
        relative = safe_name(name)
        for parent in reversed(list(relative.parents)[:-1]):
            yield Mount(kind=Kind.DIRECTORY, target=f"{directory}/{parent}", mode=0o777)
        target = f"{directory}/{relative}"
        yield Mount(kind=Kind.FILE, target=target, content=content, mode=0o666)


def safe_name(name: str) -> PurePosixPath:
    """Accept a relative path that stays below where it is laid."""
    relative = PurePosixPath(name)
    if not name or relative.is_absolute() or ".." in relative.parts or "\0" in name:
        raise InputError("a file must be named relative to the working directory", at=repr(name))
    return relative


def _extra(extra: Extra) -> Iterator[Mount]:
    for target, source in extra.readable.items():
        yield Mount(kind=Kind.READ, target=target, source=os.path.realpath(source))
    for target, source in extra.writable.items():
        yield Mount(kind=Kind.WRITE, target=target, source=os.path.realpath(source))
    if extra.door is not None:
        yield Mount(kind=Kind.WRITE, target=str(extra.door), source=os.path.realpath(extra.door))


def _with_parents(steps: list[Mount]) -> Iterator[Mount]:
    """Make the parents of every target first, open to everybody.

    Left to themselves the tools make them for their own user only.
    """
    made = {"/"}
    for step in steps:
        for parent in reversed(PurePosixPath(step.target).parents):
            if str(parent) not in made and step.kind is not Kind.SEAL:
                made.add(str(parent))
                yield Mount(kind=Kind.DIRECTORY, target=str(parent))
        made.add(step.target)
        yield step


def variables(
    job: Job, *, home: str = HOME, work: str = WORK, env: str = ENVIRONMENT
) -> dict[str, str]:
    """Compose the whole environment of a run: neutral, then the job's own."""
    neutral = {
        "PATH": f"{env}/bin:/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": "/tmp" if home == HOME else f"{home}/tmp",  # noqa: S108 - inside the sandbox
        "LANG": "C.UTF-8",
        "USER": USER,
        "LOGNAME": USER,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PWD": work,
    }
    return neutral | dict(job.variables)


def command(job: Job, place: Place, env: str = ENVIRONMENT) -> list[str]:
    """Find the program: the environment's interpreter and scripts come before the system's."""
    program, *rest = job.argv
    minor = place.environment.interpreter.minor
    if program in {"python", "python3", f"python{minor}"}:
        return [f"{env}/bin/python", *rest]
    if "/" not in program and (place.root / "bin" / program).exists():
        return [f"{env}/bin/{program}", *rest]
    return [program, *rest]
