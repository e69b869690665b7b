"""Runs inside a sandbox, once, and tries what must fail; says what did not.

Read as text and handed to the interpreter inside: nothing of ours is imported here.
"""

import ctypes
import os
import socket
import sys
from pathlib import Path
from typing import Any

NEW_USER = 0x10000000
AF_VSOCK = 40
_c = ctypes.CDLL(None, use_errno=True)


def write_root() -> None:
    """Write outside the run's own room."""
    Path("/fixproof-witness").write_text("")


def write_environment(place: str) -> None:
    """Write into the environment."""
    Path(place, "fixproof-witness").write_text("")


def read_host(secret: str) -> None:
    """Read a private file of the host."""
    Path(secret).read_text()


def reach_host(port: str) -> None:
    """Connect to a port of the host."""
    socket.create_connection(("127.0.0.1", int(port)), 2).close()


def reach_name(name: str) -> None:
    """Connect to an abstract unix socket of the host."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect("\0" + name)


def signal_host(pid: str) -> None:
    """Signal a process of the host."""
    os.kill(int(pid), 0)


def make_namespace() -> None:
    """Make a user namespace."""
    if _c.unshare(NEW_USER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def open_vsock() -> None:
    """Open a socket to the hypervisor."""
    socket.socket(AF_VSOCK, socket.SOCK_STREAM).close()


def hold_rights() -> None:
    """Hold a right, or be able to gain one."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    confined = fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2"
    rights = [fields["CapEff"], fields["CapPrm"]]
    if os.getuid() == 0:
        rights.append(fields["CapBnd"])
    if confined and not any(int(right, 16) for right in rights):
        raise OSError("no rights")


def main(nonce: str, secret: str, port: str, name: str, pid: str) -> None:
    """Try all; print the names of what was refused, then of what succeeded."""
    attempts: list[tuple[Any, tuple[str, ...]]] = [
        (write_root, ()),
        (write_environment, (sys.prefix,)),
        (read_host, (secret,)),
        (reach_host, (port,)),
        (reach_name, (name,)),
        (signal_host, (pid,)),
        (make_namespace, ()),
        (open_vsock, ()),
        (hold_rights, ()),
    ]
    refused, succeeded = [], []
    for attempt, arguments in attempts:
        try:
            attempt(*arguments)
        except OSError:
            refused.append(attempt.__name__)
        else:
            succeeded.append(attempt.__name__)
    sys.stdout.write(" ".join([nonce, *refused, "done", *succeeded]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
