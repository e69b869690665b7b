"""The system call filter of a sandbox, assembled here so that no library is needed."""

import errno
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fixproof.probe.syscalls import MACHINES, number

_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_BITS, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_X32 = 0x40000000

_NEW_NAMESPACES = 0x7E020000 | 0x00000080  # CLONE_NEW*, CLONE_NEWTIME among them
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_UNIX, _INET, _NETLINK = 1, (2, 10), 16  # netlink: getifaddrs asks it
_SOCK_STREAM, _SOCK_RAW, _SOCK_SEQPACKET, _SOCK_PACKET = 1, 3, 5, 10
_QUERY = 0xFFFFFFFF  # personality(0xffffffff) only asks

# What reproductions never need and attacks do; the groups are for reading only.
_REFUSED = (
    # other processes
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    # namespaces and mounts
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig"),
    *("fsmount", "fspick", "open_tree", "open_tree_attr", "move_mount"),
    "mount_setattr",
    # kernel objects outside all namespaces
    *("add_key", "keyctl", "request_key", "bpf", "perf_event_open", "userfaultfd"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "memfd_secret"),
    *("open_by_handle_at", "name_to_handle_at", "lookup_dcookie", "fanotify_init"),
    *("move_pages", "migrate_pages", "vmsplice", "modify_ldt"),
    # the machine itself
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"),
    *("create_module", "query_module", "get_kernel_syms", "syslog", "reboot", "acct", "swapon"),
    *("swapoff", "quotactl", "quotactl_fd", "nfsservctl", "vhangup", "uselib", "ustat", "sysfs"),
    *("_sysctl", "iopl", "ioperm", "sethostname", "setdomainname"),
    *("clock_settime", "clock_adjtime", "settimeofday", "adjtimex"),
)


# What a mount, network, process or ipc namespace would contain and Landlock does not rule over.
# Changing modes, owners and times works by path alone, on every file that the user owns.
_REFUSED_WITHOUT_NAMESPACES = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat", "setxattr", "lsetxattr", "fsetxattr"),
    *("setxattrat", "removexattr", "lremovexattr", "fremovexattr", "removexattrat"),
    *("file_setattr", "shmget", "semget", "msgget", "mq_open", "ioprio_set"),
)
_OWN_PROCESS_ONLY = {  # the argument that names a process: zero is the caller
    "prlimit64": 0,
    "setpriority": 1,
    "sched_setaffinity": 0,
    "sched_setattr": 0,
    "sched_setparam": 0,
    "sched_setscheduler": 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strictness:
    """What a filter refuses besides the common set.

    `alone`: there are no namespaces. `offline`: no sockets that lead out of the run, where no
    network namespace sees to that. `broadcast`: kill(-1, …), where nothing scopes signals.
    """

    alone: bool = False
    offline: bool = False
    broadcast: bool = False


_COMMON = Strictness()


def assemble(machine: str, strictness: Strictness = _COMMON) -> bytes | None:
    """Build the filter as an array of sock_filter; None for a machine without a table."""
    if machine not in MACHINES:
        return None
    program = [*_prologue(machine), *_arguments(machine)]
    program += _on("socket", machine, list(_sockets(offline=strictness.offline)))
    refused: tuple[str, ...] = _REFUSED
    if strictness.alone:
        refused += _REFUSED_WITHOUT_NAMESPACES
        for name, argument in _OWN_PROCESS_ONLY.items():
            program += _on(name, machine, _accept_values(argument, (0,), errno.EPERM))
    if strictness.offline:
        refused += ("connect",)
        program += _on("socketpair", machine, [*_load(_argument(1)), *_streams_only()])
    if strictness.broadcast:
        program += _on("kill", machine, _refuse_values(0, (_QUERY,)))
    for name in refused:
        program += _on(name, machine, [_return(_ERRNO | errno.EPERM)])
    return b"".join([*program, _return(_ALLOW)])


def _prologue(machine: str) -> Iterator[bytes]:
    yield from _load(_MACHINE)
    yield _op(_JUMP_EQUAL, MACHINES[machine], 1, 0)
    yield _return(_KILL)
    yield from _load(_NUMBER)
    if machine == "x86_64":
        yield _op(_JUMP_ABOVE, _X32, 0, 1)
        yield _return(_KILL)


def _arguments(machine: str) -> Iterator[bytes]:
    # clone3 hides its flags behind a pointer: programs fall back to clone when it is absent
    yield from _on("clone3", machine, [_return(_ERRNO | errno.ENOSYS)])
    yield from _on("clone", machine, _refuse_bits(0, _NEW_NAMESPACES))
    yield from _on("ioctl", machine, _refuse_values(1, (_TIOCSTI, _TIOCLINUX)))
    yield from _on("personality", machine, _accept_values(0, (0, _QUERY), errno.EPERM))


def _sockets(*, offline: bool) -> Iterator[bytes]:
    """Allow the families that a program may need, without raw packets.

    Offline, only streams within the run: a datagram can name its receiver without connecting.
    """
    families = (_UNIX, _NETLINK) if offline else (_UNIX, *_INET, _NETLINK)
    yield from _load(_argument(0))
    for family in _INET if offline else ():
        yield from (_op(_JUMP_EQUAL, family, 0, 1), _return(_ERRNO | errno.EPERM))
    for family in families:
        yield _op(_JUMP_EQUAL, family, _ahead(families, family), 0)
    yield _return(_ERRNO | errno.EAFNOSUPPORT)
    yield from (_op(_JUMP_EQUAL, _NETLINK, 0, 1), _return(_ALLOW))
    yield from _load(_argument(1))
    if offline:
        yield from _streams_only()
        return
    yield _op(_AND, 0xF)
    for kind in (_SOCK_RAW, _SOCK_PACKET):
        yield from (_op(_JUMP_EQUAL, kind, 0, 1), _return(_ERRNO | errno.EPERM))
    yield _return(_ALLOW)


def _streams_only() -> Iterator[bytes]:
    yield _op(_AND, 0xF)
    for kind in (_SOCK_STREAM, _SOCK_SEQPACKET):
        yield from (_op(_JUMP_EQUAL, kind, 0, 1), _return(_ALLOW))
    yield _return(_ERRNO | errno.EPERM)


def _ahead(values: tuple[int, ...], value: int) -> int:
    return len(values) - values.index(value)


def _on(name: str, machine: str, block: list[bytes]) -> list[bytes]:
    """Run a block, which must return, when the call is this one."""
    wanted = number(name, machine)
    if wanted is None:
        return []
    return [_op(_JUMP_EQUAL, wanted, 0, len(block)), *block]


def _refuse_values(argument: int, values: tuple[int, ...]) -> list[bytes]:
    tests = [_op(_JUMP_EQUAL, v, _ahead(values, v), 0) for v in values]
    refusal = _return(_ERRNO | errno.EPERM)
    return [*_load(_argument(argument)), *tests, _return(_ALLOW), refusal]


def _accept_values(argument: int, values: tuple[int, ...], error: int) -> list[bytes]:
    tests = [_op(_JUMP_EQUAL, v, _ahead(values, v), 0) for v in values]
    return [*_load(_argument(argument)), *tests, _return(_ERRNO | error), _return(_ALLOW)]


def _refuse_bits(argument: int, bits: int) -> list[bytes]:
    test = _op(_JUMP_BITS, bits, 0, 1)
    return [*_load(_argument(argument)), test, _return(_ERRNO | errno.EPERM), _return(_ALLOW)]


def _argument(index: int) -> int:
    """Locate an argument's low half: the kernel reads no more of the ones we look at."""
    return _ARGUMENTS + 8 * index


def _load(offset: int) -> Iterable[bytes]:
    return (_op(_LOAD, offset),)


def _return(action: int) -> bytes:
    return _op(_RETURN, action)


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
