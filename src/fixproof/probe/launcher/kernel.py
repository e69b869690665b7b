"""System calls that Python does not offer, and the numbers they need.

Imported by a process that starts for every run: nothing slow is imported here.
"""
# Started for every run: pathlib would take as long to import as all the rest.
# ruff: noqa: PTH123

import ctypes
import os

NEW_NAMESPACE = 0x00020000
NEW_CGROUP = 0x02000000
NEW_UTS = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PID = 0x20000000
NEW_NET = 0x40000000

READ_ONLY, NO_SETUID, NO_DEVICES, NO_PROGRAMS = 1, 2, 4, 8
REMOUNT, BIND, RECURSIVE, PRIVATE, SLAVE = 32, 4096, 16384, 1 << 18, 1 << 19
DETACH = 2

_SET_PARENT_DEATH, _SET_DUMPABLE, _SET_SECCOMP, _DROP_BOUNDING = 1, 4, 22, 24
_SET_SUBREAPER, _SET_NO_NEW_RIGHTS, _AMBIENT = 36, 38, 47
_AMBIENT_CLEAR, _MODE_FILTER = 4, 2
_CAPABILITIES = 64
_CAPABILITY_VERSION = 0x20080522
_MOUNT_SETATTR, _AT_RECURSIVE, _AT_FDCWD = 442, 0x8000, -100
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_PATH_BENEATH, _LANDLOCK_VERSION = 1, 1
KILL = 9

_c = ctypes.CDLL(None, use_errno=True)
_c.syscall.restype = ctypes.c_long


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


class _Attributes(ctypes.Structure):
    _fields_ = tuple((n, ctypes.c_uint64) for n in ("set", "clear", "propagation", "userns"))


class _Ruleset(ctypes.Structure):
    _fields_ = tuple((n, ctypes.c_uint64) for n in ("files", "ports", "scopes"))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def check(result: int, what: str) -> int:
    """Raise where a call has failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the caller's namespaces."""
    check(_c.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount or bind something, with the kernel's own flags."""
    path = os.fsencode(target)
    result = _c.mount(
        os.fsencode(source),
        path,
        kind.encode() or None,
        ctypes.c_ulong(flags),
        os.fsencode(options) or None,
    )
    check(result, f"mount {kind or 'bind'} {target}")


def restrict(target: str, flags: int, *, below: bool = True) -> None:
    """Add flags to a mount, and to those below it."""
    attributes = _Attributes(flags, 0, 0, 0)
    result = _c.syscall(
        ctypes.c_long(_MOUNT_SETATTR),
        ctypes.c_int(_AT_FDCWD),
        os.fsencode(target),
        ctypes.c_uint(_AT_RECURSIVE if below else 0),
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )
    check(result, f"restrict {target}")


def unmount(target: str) -> None:
    """Detach a mount and all below it."""
    check(_c.umount2(os.fsencode(target), DETACH), f"unmount {target}")


def pivot(new: str, old: str) -> None:
    """Change the root of the mount namespace."""
    check(_c.pivot_root(os.fsencode(new), os.fsencode(old)), "pivot_root")


def name_host(name: bytes) -> None:
    """Set the host name of the namespace."""
    check(_c.sethostname(name, len(name)), "sethostname")


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it is gone."""
    check(_c.prctl(_SET_PARENT_DEATH, KILL, 0, 0, 0), "PR_SET_PDEATHSIG")


def adopt() -> None:
    """Become the parent of every orphan among the descendants."""
    check(_c.prctl(_SET_SUBREAPER, 1, 0, 0, 0), "PR_SET_CHILD_SUBREAPER")


def hide() -> None:
    """Keep /proc/self of this process from everybody who shares its user."""
    check(_c.prctl(_SET_DUMPABLE, 0, 0, 0, 0), "PR_SET_DUMPABLE")


def forbid_new_rights() -> None:
    """Make set-user-ID and file capabilities of no effect."""
    check(_c.prctl(_SET_NO_NEW_RIGHTS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")


def empty_bounding_set() -> None:
    """Give up every capability for all that is started from here on."""
    for capability in range(_CAPABILITIES):
        if _c.prctl(_DROP_BOUNDING, capability, 0, 0, 0) < 0:
            break  # past the last one that this kernel knows
    _c.prctl(_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up every capability of this process."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    check(_c.capset(header, nothing), "capset")


def install_filter(program: bytes) -> None:
    """Put a system call filter on this process and its children."""
    record = _Program(len(program) // 8, program)
    result = _c.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(record), 0, 0)
    check(result, "PR_SET_SECCOMP")


def landlock_version() -> int:
    """Ask which Landlock the kernel has; 0 for none."""
    none = ctypes.c_void_p(None)
    version = _c.syscall(
        ctypes.c_long(_LANDLOCK_CREATE), none, ctypes.c_size_t(0), ctypes.c_uint(_LANDLOCK_VERSION)
    )
    return max(int(version), 0)


def landlock_ruleset(files: int, ports: int, scopes: int, size: int) -> int:
    """Make a set of rules that handles these accesses."""
    record = _Ruleset(files, ports, scopes)
    result = _c.syscall(
        ctypes.c_long(_LANDLOCK_CREATE),
        ctypes.byref(record),
        ctypes.c_size_t(size),
        ctypes.c_uint(0),
    )
    return int(check(result, "landlock_create_ruleset"))


def landlock_allow(ruleset: int, path: str, allowed: int) -> None:
    """Allow accesses below a path."""
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        record = _Beneath(allowed, parent)
        result = _c.syscall(
            ctypes.c_long(_LANDLOCK_ADD),
            ctypes.c_int(ruleset),
            ctypes.c_int(_PATH_BENEATH),
            ctypes.byref(record),
            ctypes.c_uint(0),
        )
        check(result, f"landlock_add_rule {path}")
    finally:
        os.close(parent)


def landlock_enforce(ruleset: int) -> None:
    """Put the rules on this process and its children, for good."""
    result = _c.syscall(ctypes.c_long(_LANDLOCK_RESTRICT), ctypes.c_int(ruleset), ctypes.c_uint(0))
    check(result, "landlock_restrict_self")


def default_signals() -> None:
    """Undo what Python ignores: a program expects SIGPIPE and SIGXFSZ as the kernel has them."""
    for number in (13, 25):
        _c.signal(number, None)


def raise_loopback() -> None:
    """Bring up the loopback interface of a new network namespace."""
    descriptor = check(_c.socket(2, 2, 0), "socket")
    request = ctypes.create_string_buffer(b"lo" + b"\0" * 14 + b"\x49\0" + b"\0" * 22, 40)
    try:
        check(_c.ioctl(descriptor, ctypes.c_ulong(0x8914), request), "SIOCSIFFLAGS")
    finally:
        os.close(descriptor)


def forget_arguments() -> None:
    """Blank this process' own command line, which every process beside it can read."""
    with open("/proc/self/stat", "rb") as file:
        text = file.read()
    start, end = map(int, text[text.rindex(b")") + 2 :].split()[45:47])
    ctypes.memset(start, 0, end - start)
