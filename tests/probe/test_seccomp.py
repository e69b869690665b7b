"""The filter, run by a machine of our own: also for processors that are not at hand."""

import errno
import platform
import struct

import pytest

from fixproof.probe.seccomp import Strictness, assemble
from fixproof.probe.syscalls import MACHINES, number

ALLOW, KILL = "allow", "kill"
OPEN = Strictness()
ALONE = Strictness(alone=True, offline=True, broadcast=True)


def verdict(program: bytes, machine: int, call: int, *arguments: int) -> str | int:
    """Interpret a filter as the kernel does; an integer is an error number."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", call, machine, 0, *words)
    steps = list(struct.iter_unpack("<HBBI", program))
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        match code:
            case 0x20:
                accumulator = struct.unpack_from("<I", data, value)[0]
            case 0x54:
                accumulator &= value
            case 0x15:
                at += if_true if accumulator == value else if_false
            case 0x35:
                at += if_true if accumulator >= value else if_false
            case 0x45:
                at += if_true if accumulator & value else if_false
            case 0x06:
                kinds: dict[int, str | int] = {0x7FFF0000: ALLOW, 0x80000000: KILL}
                found: str | int = kinds.get(value, value & 0xFFFF)
                return found
            case _:
                raise AssertionError(code)


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(machine: str, name: str, *arguments: int, strictness: Strictness = OPEN) -> object:
    program = assemble(machine, strictness)
    call = number(name, machine)
    assert program is not None
    assert call is not None
    return verdict(program, MACHINES[machine], call, *arguments)


def test_the_kernel_takes_no_more_than_4096_steps(machine: str) -> None:
    program = assemble(machine, ALONE)

    assert program is not None
    assert len(program) // 8 < 4096


@pytest.mark.parametrize("name", ["ptrace", "mount", "bpf", "keyctl", "io_uring_setup", "unshare"])
def test_what_is_never_needed_is_refused(machine: str, name: str) -> None:
    assert ask(machine, name) == errno.EPERM


@pytest.mark.parametrize("name", ["chmod", "fchmod", "utimensat", "setxattr", "shmget", "connect"])
def test_what_namespaces_would_contain_is_refused_without_them(machine: str, name: str) -> None:
    if number(name, machine) is not None:
        assert ask(machine, name) == ALLOW
        assert ask(machine, name, strictness=ALONE) == errno.EPERM


def test_a_foreign_table_of_calls_kills(machine: str) -> None:
    program = assemble(machine)
    assert program is not None

    assert verdict(program, 0x40000003, 20) == KILL  # the 32-bit table of x86
    if machine == "x86_64":
        assert verdict(program, MACHINES[machine], 0x40000000 | 39) == KILL


def test_an_unknown_call_is_allowed_and_an_unknown_machine_has_no_filter(machine: str) -> None:
    program = assemble(machine)
    assert program is not None

    assert verdict(program, MACHINES[machine], 999) == ALLOW
    assert assemble("riscv64") is None


def test_threads_are_cloned_and_namespaces_are_not(machine: str) -> None:
    assert ask(machine, "clone", 0x3D0F00) == ALLOW
    assert ask(machine, "clone", 17) == ALLOW
    assert ask(machine, "clone", 0x10000000 | 17) == errno.EPERM
    assert ask(machine, "clone3") == errno.ENOSYS


@pytest.mark.parametrize(
    ("family", "kind", "open_verdict", "offline_verdict"),
    [
        (1, 1, ALLOW, ALLOW),
        (1, 1 | 0o2000000, ALLOW, ALLOW),  # close-on-exec does not change the kind
        (1, 2, ALLOW, errno.EPERM),
        (2, 1, ALLOW, errno.EPERM),
        (10, 2, ALLOW, errno.EPERM),
        (2, 3, errno.EPERM, errno.EPERM),
        (16, 3, ALLOW, ALLOW),
        (17, 3, errno.EAFNOSUPPORT, errno.EAFNOSUPPORT),
        (40, 1, errno.EAFNOSUPPORT, errno.EAFNOSUPPORT),
    ],
)
def test_sockets(
    machine: str, family: int, kind: int, open_verdict: object, offline_verdict: object
) -> None:
    assert ask(machine, "socket", family, kind) == open_verdict
    assert ask(machine, "socket", family, kind, strictness=ALONE) == offline_verdict


def test_arguments_are_compared_as_the_kernel_reads_them(machine: str) -> None:
    """It ignores the upper half of a command; so must the filter, or it could be passed by."""
    assert ask(machine, "ioctl", 0, 0x5412) == errno.EPERM
    assert ask(machine, "ioctl", 0, 0x5412 | 1 << 32) == errno.EPERM
    assert ask(machine, "ioctl", 0, 0x5413) == ALLOW
    assert ask(machine, "personality", 0xFFFFFFFF) == ALLOW
    assert ask(machine, "personality", 0x0040000) == errno.EPERM
    assert ask(machine, "kill", 0xFFFFFFFF, strictness=ALONE) == errno.EPERM
    assert ask(machine, "kill", 123, strictness=ALONE) == ALLOW
    assert ask(machine, "prlimit64", 1, strictness=ALONE) == errno.EPERM
    assert ask(machine, "prlimit64", 0, strictness=ALONE) == ALLOW


def test_this_machine_has_a_filter() -> None:
    assert assemble(platform.machine()) is not None
