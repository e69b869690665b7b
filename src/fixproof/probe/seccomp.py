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
_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink (getifaddrs)
_INET = (2, 10)
_SOCK_RAW, _SOCK_PACKET, _SOCK_DGRAM = 3, 10, 2
_QUERY = 0xFFFFFFFF  # personality(0xffffffff) only asks

# What reproductions never need and attacks do; the groups are for reading only.
_REFUSED = (
    # other processes
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    # namespaces and mounts
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig"),
    *("fsmount", "fspick", "open_tree", "move_mount", "mount_setattr"),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Strictness:
    """What a filter refuses besides the common set, where no namespace does it.

    `datagrams`: sockets that Landlock does not rule over. `broadcast`: kill(-1, …).
    """

    datagrams: bool = False
    broadcast: bool = False


def assemble(machine: str, strictness: Strictness = Strictness()) -> bytes | None:  # noqa: B008 - frozen
    """Build the filter as an array of sock_filter; None for a machine without a table."""
    if machine not in MACHINES:
        return None
    program = [
        *_load(_MACHINE),
        _op(_JUMP_EQUAL, MACHINES[machine], 1, 0),
        _return(_KILL),
        *_load(_NUMBER),
    ]
    if machine == "x86_64":
        program += [_op(_JUMP_ABOVE, _X32, 0, 1), _return(_KILL)]
    # clone3 hides its flags behind a pointer: programs fall back to clone when it is absent
    program += _on("clone3", machine, [_return(_ERRNO | errno.ENOSYS)])
    program += _on("clone", machine, _refuse_bits(0, _NEW_NAMESPACES))
    program += _on("ioctl", machine, _refuse_values(1, (_TIOCSTI, _TIOCLINUX)))
    program += _on("personality", machine, _accept_values(0, (0, _QUERY), errno.EPERM))
    program += _on("socket", machine, list(_sockets(datagrams=strictness.datagrams)))
    if strictness.broadcast:
        program += _on("kill", machine, _refuse_values(0, (_QUERY,)))
    for name in _REFUSED:
        program += _on(name, machine, [_return(_ERRNO | errno.EPERM)])
    return b"".join([*program, _return(_ALLOW)])


def _sockets(*, datagrams: bool) -> Iterator[bytes]:
    yield from _load(_argument(0))
    for family in _FAMILIES:
        yield _op(_JUMP_EQUAL, family, _ahead(_FAMILIES, family), 0)
    yield _return(_ERRNO | errno.EAFNOSUPPORT)
    refused = (_SOCK_RAW, _SOCK_PACKET, *((_SOCK_DGRAM,) if datagrams else ()))
    kinds = [
        *_load(_argument(1)),
        _op(_AND, 0xF),
        *(_op(_JUMP_EQUAL, kind, len(refused) - at, 0) for at, kind in enumerate(refused)),
        _return(_ALLOW),
        _return(_ERRNO | errno.EPERM),
    ]
    yield _op(_JUMP_EQUAL, _INET[0], 1, 0)
    yield _op(_JUMP_EQUAL, _INET[1], 0, len(kinds))
    yield from kinds
    yield _return(_ALLOW)


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
