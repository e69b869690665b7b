"""Runs inside a sandbox, once, and tries what must fail; says what did not.

Read as text and handed to an interpreter of any version: nothing of ours is imported here.
"""

import ctypes
import os
import socket
import sys

NEW_USER = 0x10000000
AF_VSOCK = 40
_c = ctypes.CDLL(None, use_errno=True)


def write_root():
    """Files outside the run's own room can be written."""
    open("/fixproof-witness", "w").close()


def write_environment(place):
    """The environment can be written."""
    open(os.path.join(place, "fixproof-witness"), "w").close()


def read_host(secret):
    """A private file of the host can be read."""
    open(secret).close()


def reach_host(port):
    """A port of the host can be reached."""
    socket.create_connection(("127.0.0.1", int(port)), 2).close()


def reach_name(name):
    """An abstract unix socket of the host can be reached."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect("\0" + name)


def signal_host(pid):
    """A process of the host can be signalled."""
    os.kill(int(pid), 0)


def make_namespace():
    """A user namespace can be made."""
    if _c.unshare(NEW_USER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def open_vsock():
    """The hypervisor can be spoken to."""
    socket.socket(AF_VSOCK, socket.SOCK_STREAM).close()


def hold_rights():
    """Capabilities are left, or can be gained."""
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    rights = (fields["CapEff"], fields["CapBnd"], fields["CapPrm"])
    if fields["NoNewPrivs"].strip() == "1" and fields["Seccomp"].strip() == "2":
        if os.getuid() != 0 and not int(rights[0], 16) and not int(rights[2], 16):
            return_to_sender()
        if not any(int(right, 16) for right in rights):
            return_to_sender()


def return_to_sender():
    """Say that an attempt has failed, as it must."""
    raise OSError("refused")


def main(nonce, secret, port, name, pid):
    """Try all and print the names of what succeeded."""
    attempts = [
        (write_root,),
        (write_environment, sys.prefix),
        (read_host, secret),
        (reach_host, port),
        (reach_name, name),
        (signal_host, pid),
        (make_namespace,),
        (open_vsock,),
        (hold_rights,),
    ]
    succeeded = []
    for attempt in attempts:
        try:
            attempt[0](*attempt[1:])
        except (OSError, IOError):
            continue
        succeeded.append(attempt[0].__name__)
    print(nonce + " " + " ".join(["done"] + succeeded))


main(*sys.argv[1:])
