"""Ask the kernel for what a guest must not have."""

import ctypes
import fcntl
import mmap
import os
import pty
import signal
import socket
import struct
from pathlib import Path

from fixproof.probe.attacks.payloads import tell
from fixproof.probe.attacks.payloads.calls import LIBRARY, call

_NEW_USER, _NEW_NAMESPACE = 0x10000000, 0x20000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C


def signals(outsider: str) -> tell.Attempts:
    """Signal a process outside, by number and by shouting at everybody."""
    yield "outsider", lambda: os.kill(int(outsider), signal.SIGKILL)
    yield "outsider thread", lambda: _tgkill(int(outsider))
    yield "outsider handle", lambda: os.close(os.pidfd_open(int(outsider)))


def _tgkill(pid: int) -> None:
    if LIBRARY.tgkill(pid, pid, int(signal.SIGKILL)) != 0:
        raise OSError(ctypes.get_errno(), "tgkill")


def trace(*pids: str) -> tell.Attempts:
    """Attach to processes as a debugger."""
    for pid in pids:
        yield f"attach {pid}", lambda pid=pid: call("ptrace", 16, int(pid), 0, 0)
        yield f"seize {pid}", lambda pid=pid: call("ptrace", 0x4206, int(pid), 0, 0)


def pry(*pids: str) -> tell.Attempts:
    """Read memory and take descriptors of other processes."""
    for pid in pids:
        yield f"memory {pid}", lambda pid=pid: _read_memory(int(pid))
        yield f"descriptor {pid}", lambda pid=pid: _take(int(pid))
        yield f"compare {pid}", lambda pid=pid: call("kcmp", os.getpid(), int(pid), 0, 0, 0)


def _read_memory(pid: int) -> int:
    buffer = ctypes.create_string_buffer(16)
    here = struct.pack("PN", ctypes.addressof(buffer), 16)
    there = struct.pack("PN", ctypes.addressof(buffer), 16)
    return call("process_vm_readv", pid, here, 1, there, 1, 0)


def _take(pid: int) -> int:
    return call("pidfd_getfd", call("pidfd_open", pid, 0), 0, 0)


def parameters(*names: str) -> tell.Attempts:
    """Open kernel parameters for writing, and write nothing."""
    for name in names:
        path = f"/proc/sys/{name}"
        yield name, lambda path=path: os.close(os.open(path, os.O_WRONLY))


def ring() -> tell.Attempts:
    """Set up a ring that makes system calls past the filter."""
    yield "io_uring", lambda: call("io_uring_setup", 4, bytes(120))


def nest() -> tell.Attempts:
    """Make a user namespace, in which one would be root."""
    yield "unshare", lambda: call("unshare", _NEW_USER)
    yield "clone", _clone
    yield "clone3", lambda: call("clone3", struct.pack("Q", _NEW_USER) + bytes(56), 64)
    yield "mount too", lambda: call("unshare", _NEW_USER | _NEW_NAMESPACE)


def _clone() -> None:
    number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    child = LIBRARY.syscall(
        ctypes.c_long(number), ctypes.c_long(_NEW_USER | signal.SIGCHLD), *[ctypes.c_long(0)] * 4
    )
    if child == 0:
        os._exit(0)
    if child < 0:
        raise OSError(ctypes.get_errno(), "clone")


def mounts() -> tell.Attempts:
    """Change the mounts."""
    yield "mount", lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, None)
    yield "remount", lambda: call("mount", b"none", b"/", None, 32, None)
    yield "bind remount", lambda: call("mount", b"none", b"/proc", None, 32 | 4096, None)
    yield "umount", lambda: call("umount2", b"/proc", 2)
    yield "pivot_root", lambda: call("pivot_root", b".", b".")
    yield "chroot", lambda: call("chroot", b"/tmp")
    yield "fsopen", lambda: call("fsopen", b"tmpfs", 0)
    yield "open_tree", lambda: call("open_tree", -100, b"/", 1)
    yield "setns", lambda: call("setns", os.open("/proc/self/ns/net", os.O_RDONLY), 0)


def keys() -> tell.Attempts:
    """Use the kernel's keyrings, which cross runs."""
    yield "add_key", lambda: call("add_key", b"user", b"fixproof", b"x", 1, -3)
    yield "keyctl", lambda: call("keyctl", 0, -3, 0, 0, 0)
    yield "request_key", lambda: call("request_key", b"user", b"fixproof", None, 0)


def rare() -> tell.Attempts:
    """Make the system calls in which holes are found."""
    event = struct.pack("II", 1, 112) + bytes(104)
    yield "bpf", lambda: call("bpf", 0, struct.pack("IIIII", 2, 4, 4, 1, 0) + bytes(100), 120)
    yield "perf", lambda: call("perf_event_open", event, 0, -1, -1, 0)
    yield "userfaultfd", lambda: call("userfaultfd", 1)
    yield "open_by_handle", lambda: call("open_by_handle_at", 3, bytes(64), 0)
    yield "memfd_secret", lambda: call("memfd_secret", 0)
    yield "kexec", lambda: call("kexec_load", 0, 0, None, 0)
    yield "load module", lambda: call("init_module", b"", 0, b"")
    yield "unload module", lambda: call("delete_module", b"fixproof-absent", 0o4000)
    yield "syslog", lambda: call("syslog", 10, None, 0)


def terminal() -> tell.Attempts:
    """Type into a terminal, inherited or the run's own."""
    for descriptor in (0, 1, 2):
        yield f"fd {descriptor}", lambda d=descriptor: fcntl.ioctl(d, _TIOCSTI, b"x")
    yield "controlling", lambda: fcntl.ioctl(os.open("/dev/tty", os.O_RDWR), _TIOCSTI, b"x")
    yield "paste", lambda: fcntl.ioctl(0, _TIOCLINUX, b"\3")
    yield "own", lambda: fcntl.ioctl(pty.openpty()[1], _TIOCSTI, b"x")


def rights() -> tell.Attempts:
    """Become root, or somebody else; say what rights are left afterwards."""
    helper = Path("helper")

    def plant() -> None:
        helper.write_bytes(Path("/bin/sh").read_bytes())
        helper.chmod(0o6755)

    yield "setuid", lambda: os.setuid(0) if os.getuid() else os.setuid(12345)
    yield "setgroups", lambda: os.setgroups([0])
    yield "plant", plant
    lines = Path("/proc/self/status").read_text().splitlines()
    found = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    yield "left", lambda: f"{found['CapEff']} {found['CapBnd']} {found['NoNewPrivs']}"
    yield "nosuid", lambda: bool(os.statvfs(".").f_flag & os.ST_NOSUID)


def clocks() -> tell.Attempts:
    """Ask to set the clock to nothing: refused or a no-op."""
    yield "settimeofday", lambda: call("settimeofday", None, None)
    yield "adjtimex", lambda: call("adjtimex", struct.pack("I", 0) + bytes(256))


def oddities() -> tell.Attempts:
    """Switch off randomisation, change segments, gift pages."""
    yield "personality", lambda: call("personality", 0x0040000)
    if os.uname().machine == "x86_64":
        yield "modify_ldt", _ldt
    read, write = os.pipe()
    page = mmap.mmap(-1, 4096)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    vector = struct.pack("PN", address, 4096)
    yield "vmsplice", lambda: call("vmsplice", write, vector, 1, 0)
    os.close(read)


def _ldt() -> None:
    if LIBRARY.syscall(ctypes.c_long(154), ctypes.c_long(0), bytes(16), ctypes.c_long(16)) < 0:
        raise OSError(ctypes.get_errno(), "modify_ldt")


def old_gate() -> tell.Attempts:
    """Enter the kernel by the gate of 32-bit programs: getpid, then return."""
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    entry = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    yield "int 0x80", entry


def other_table() -> tell.Attempts:
    """Use the x32 numbers of the same calls."""
    yield "x32", lambda: LIBRARY.syscall(ctypes.c_long(0x40000000 + 39))


def families() -> tell.Attempts:
    """Open sockets that bypass the network's own rules."""
    yield "raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close()
    yield "raw 6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58).close()
    yield "packet", lambda: socket.socket(17, socket.SOCK_RAW, 768).close()
    yield "bluetooth", lambda: socket.socket(31, socket.SOCK_RAW, 1).close()
    yield "crypto", lambda: socket.socket(38, socket.SOCK_SEQPACKET, 0).close()


def hypervisor() -> tell.Attempts:
    """Speak to the hypervisor, which no network namespace hides."""

    def connect() -> None:
        with socket.socket(40, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect((2, 1024))

    yield "vsock", connect


if __name__ == "__main__":
    tell.main({name: value for name, value in globals().items() if callable(value)})
