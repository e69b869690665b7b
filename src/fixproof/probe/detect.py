"""What isolation this machine offers: tried, not assumed, and remembered until it restarts."""

import os
import platform
import re
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from fixproof.model.environments import Environment, Interpreter, Place
from fixproof.model.errors import FixproofError, PreparationError
from fixproof.model.runs import Isolation, Job, Limits
from fixproof.probe import bubblewrap
from fixproof.probe.containing import Spot, contain
from fixproof.probe.launcher.kernel import landlock_version
from fixproof.probe.layout import Extra
from fixproof.probe.rooms import room
from fixproof.probe.syscalls import MACHINES
from fixproof.probe.users import own_user

VERSION = 1  # raise when what a run can see or do changes: probes are named by it
_LANDLOCK_WITH_NETWORK = 4
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_LIMITS = Limits(wall=20.0, cpu=20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One level on this machine. `why` it is not available; `hint` what to install or allow.

    `refused` are the attempts of a witness inside that failed, as they must.
    """

    level: Isolation
    available: bool
    version: str
    why: str = ""
    hint: str = ""
    refused: tuple[str, ...] = ()


def strongest(scratch: Path) -> Offer:
    """Find the strongest level; running uncontained is never chosen for anybody."""
    refused = []
    for level in sorted(Isolation, reverse=True):
        if level is not Isolation.NONE:
            found = offer(level, scratch)
            if found.available:
                return found
            refused.append(found)
    raise PreparationError(
        f"this machine offers no isolation: {refused[0].why}", hint=refused[0].hint or None
    )


def offer(level: Isolation, scratch: Path, *, anew: bool = False) -> Offer:
    """Say whether a level is there; the enforcement is tried once for each start of the machine.

    `anew` tries it now, whatever is remembered.
    """
    if level is Isolation.NONE:
        return Offer(level=level, available=True, version=_version(level))
    if missing := _missing(level):
        why, hint = missing
        return Offer(level=level, available=False, version=_version(level), why=why, hint=hint)
    key = _key(level)
    memory = scratch / f"isolation-{level.name.lower()}-{os.geteuid()}.json"
    remembered = None if anew else _recall(memory, key)
    if remembered is None:
        remembered = _Remembered(key=key, offer=_tried(level, scratch))
        _remember(memory, remembered)
    return remembered.offer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembered:
    key: str
    offer: Offer


def _recall(memory: Path, key: str) -> _Remembered | None:
    try:
        found = msgspec.json.decode(memory.read_bytes(), type=_Remembered)
    except (OSError, msgspec.DecodeError):
        return None
    # what failed may have been repaired since: only success is worth remembering
    return found if found.key == key and found.offer.available else None


def _remember(memory: Path, remembered: _Remembered) -> None:
    with suppress(OSError, PreparationError), room(memory.parent, "offer") as made:
        written = made / memory.name
        written.write_bytes(msgspec.json.encode(remembered))
        written.replace(memory)


def _key(level: Isolation) -> str:
    boot = _BOOT.read_text().strip() if _BOOT.exists() else ""
    users = Path("/proc/self/uid_map").read_text().split()
    return " ".join([boot, str(os.geteuid()), _version(level), sys.base_prefix, *users])


def _missing(level: Isolation) -> tuple[str, str] | None:
    """Name what is not there, and what to do about it."""
    if sys.platform != "linux":
        return f"not on this system: {sys.platform}", "run fixproof in a Linux virtual machine"
    if platform.machine() not in MACHINES:
        return f"no system call filter for this machine: {platform.machine()}", ""
    match level:
        case Isolation.BUBBLEWRAP:
            return _missing_bubblewrap()
        case Isolation.LANDLOCK if landlock_version() < _LANDLOCK_WITH_NETWORK:
            why = f"the kernel's Landlock is too old: version {landlock_version()}"
            return why, "Linux 6.7 or newer, with landlock in its list of security modules"
        case _:
            return None


def _missing_bubblewrap() -> tuple[str, str] | None:
    if bubblewrap.program() is None:
        return "bubblewrap is not installed", "install the package bubblewrap"
    if _bubblewrap_version() < bubblewrap.OLDEST:
        oldest = ".".join(map(str, bubblewrap.OLDEST))
        return "bubblewrap is too old", f"install the package bubblewrap, {oldest} or newer"
    if os.geteuid() == 0 and bubblewrap.dropper() is None:
        return "root needs setpriv beside bubblewrap", "install the package util-linux"
    return None


@cache
def _bubblewrap_version() -> tuple[int, ...]:
    told = subprocess.run(
        [str(bubblewrap.program()), "--version"],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", told.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def _version(level: Isolation) -> str:
    who = "root" if os.geteuid() == 0 else "user"
    tool = ""
    if level is Isolation.BUBBLEWRAP and bubblewrap.program():
        tool = " " + ".".join(map(str, _bubblewrap_version()))
    if level is Isolation.LANDLOCK:
        tool = f" {landlock_version()}"
    return f"fixproof-sandbox {VERSION} {level.name.lower()}{tool} {who}"


def _tried(level: Isolation, scratch: Path) -> Offer:
    """Have a witness try what must fail."""
    refused: tuple[str, ...] = ()
    try:
        with _host() as host:
            why, refused = _testimony(level, scratch, host)
    except FixproofError as error:
        why = f"{error.message}: {error.hint}" if error.hint else error.message
    return Offer(
        level=level,
        available=not why,
        version=_version(level),
        why=why,
        hint=_HINTS[level] if why else "",
        refused=refused,
    )


_HINTS = {
    Isolation.BUBBLEWRAP: "let bubblewrap make user namespaces: its AppArmor profile, or "
    "user.max_user_namespaces",
    Isolation.NAMESPACES: "let users make user namespaces, or install the package bubblewrap",
    Isolation.LANDLOCK: "Linux 6.7 or newer, with landlock in its list of security modules",
}


@contextmanager
def _host() -> Iterator[tuple[str, str]]:
    """Stand up what the witness must not reach: a port and an abstract socket."""
    name = f"fixproof-{secrets.token_hex(8)}"
    with ExitStack() as stack:
        port = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        abstract.bind(f"\0{name}")
        abstract.listen()
        yield str(port.getsockname()[1]), name


def _testimony(
    level: Isolation, scratch: Path, host: tuple[str, str]
) -> tuple[str, tuple[str, ...]]:
    """Run the witness: what speaks against the level, and what was refused to it."""
    nonce = secrets.token_hex(16)
    with room(scratch, "witness", mode=0o755) as top:
        secret = top / "secret"
        secret.write_text("secret")
        job = Job(
            argv=("python", "witness.py", nonce, str(secret), *host, str(os.getpid())),
            files=(("witness.py", Path(__file__).with_name("witness.py").read_bytes()),),
            limits=_LIMITS,
        )
        with own_user() as user:
            spot = Spot(level=level, scratch=scratch, user=user)
            ending = contain(job, own_place(top / "place"), Extra(), spot)
    first, *rest = ending.stdout.text.split() or [""]
    if first != nonce or ending.exit_code != 0 or "done" not in rest:
        said = ending.stderr.text.strip()[-300:] or ending.signal
        return f"the self-test did not finish: {said}", ()
    at = rest.index("done")
    got_through = " ".join(rest[at + 1 :])
    return f"not enforced: {got_through}" if got_through else "", tuple(rest[:at])


def own_place(root: Path) -> Place:
    """Lay out an empty environment of the interpreter that runs this program."""
    version = ".".join(map(str, sys.version_info[:3]))
    minor = ".".join(map(str, sys.version_info[:2]))
    prefix = Path(sys.base_prefix)
    path = prefix / "bin" / f"python{minor}"
    if not path.exists():
        path = Path(os.path.realpath(sys.executable))
    (root / "bin").mkdir(parents=True)
    (root / f"lib/python{minor}/site-packages").mkdir(parents=True)
    (root / "bin" / "python").symlink_to(path)
    (root / "pyvenv.cfg").write_text(
        f"home = {path.parent}\ninclude-system-site-packages = false\n"
    )
    interpreter = Interpreter(version=version, path=path, prefix=prefix)
    return Place(environment=Environment(interpreter=interpreter, pins=()), root=root)
