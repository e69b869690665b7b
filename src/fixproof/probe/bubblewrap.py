"""The strongest level: bubblewrap, started so that none of its known traps is open."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from fixproof.probe.layout import Kind, Mount
from fixproof.probe.pipes import closing, in_memory, launch
from fixproof.probe.plan import Plan, Running

PROGRAM = "bwrap"
_FROM_SOURCE = {Kind.READ: "--ro-bind", Kind.WRITE: "--bind", Kind.LINK: "--symlink"}
_ALONE = {Kind.PROC: "--proc", Kind.DEVICES: "--dev", Kind.SEAL: "--remount-ro"}
Hand = Callable[[bytes], str]
OLDEST = (0, 8, 0)  # the first with --disable-userns
_DROP = "setpriv"
_INSIDE_USER = 1000
# setpriv needs these three for a moment to give up everything, itself included
_DROPPING = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")


def program() -> Path | None:
    """Find bubblewrap."""
    found = shutil.which(PROGRAM)
    return Path(found) if found else None


def dropper() -> Path | None:
    """Find the program that gives up root's rights inside."""
    found = shutil.which(_DROP)
    return Path(found) if found else None


def start(plan: Plan) -> Running:
    """Start a plan; arguments travel through a descriptor, for they name host paths."""
    handed: list[int] = []

    def hand(content: bytes) -> str:
        handed.append(in_memory(content))
        return str(handed[-1])

    arguments = list(_arguments(plan, hand=hand))
    packed = hand(b"".join(f"{a}\0".encode("utf-8", "surrogateescape") for a in arguments))
    with closing(handed):
        return launch(
            lambda report, wait: [
                str(program()),
                *("--args", packed, "--json-status-fd", str(report), "--block-fd", str(wait)),
                *_payload(plan),
            ],
            handed,
            plan.joins,
        )


def _arguments(plan: Plan, hand: Hand) -> Iterator[str]:
    yield from ("--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try")
    if not plan.network:
        yield "--unshare-net"
    yield from ("--hostname", "sandbox", "--die-with-parent", "--new-session")
    if plan.user is None:
        yield from ("--unshare-user", "--disable-userns", "--cap-drop", "ALL")
        yield from ("--uid", str(_INSIDE_USER), "--gid", str(_INSIDE_USER))
    else:
        yield from ("--cap-drop", "ALL")
        for capability in _DROPPING:
            yield from ("--cap-add", capability)
    for name, value in plan.variables.items():
        yield from ("--setenv", name, value)
    for mount in plan.mounts:
        yield from _mounted(mount, hand)
    yield from ("--chdir", plan.directory)
    if plan.filter is not None:
        yield from ("--seccomp", hand(plan.filter))


def _mounted(mount: Mount, hand: Hand) -> tuple[str, ...]:
    mode = ("--perms", f"{mount.mode:04o}")
    match mount.kind:
        case Kind.DIRECTORY:
            return (*mode, "--dir", mount.target)
        case Kind.SCRATCH:
            return (*mode, "--size", str(mount.size), "--tmpfs", mount.target)
        case Kind.FILE:
            return (*mode, "--file", hand(mount.content), mount.target)
        case Kind.READ | Kind.WRITE | Kind.LINK:
            return (_FROM_SOURCE[mount.kind], mount.source, mount.target)
        case Kind.MASK:
            return ("--ro-bind", "/dev/null", mount.target)  # without devices: cannot be opened
        case _:
            return (_ALONE[mount.kind], mount.target)


def _payload(plan: Plan) -> tuple[str, ...]:
    if plan.user is None:
        return ("--", *plan.argv)
    drop = (
        *(str(dropper()), "--reuid", str(plan.user), "--regid", str(plan.user), "--clear-groups"),
        *("--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"),
    )
    return ("--", *drop, *plan.argv)
