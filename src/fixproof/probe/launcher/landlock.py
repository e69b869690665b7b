"""Landlock rules: which parts of the host's file system a run may read, and write."""
# Started for every run: pathlib would take as long to import as all the rest.
# ruff: noqa: PTH110, PTH112

import os

from fixproof.probe.launcher import kernel

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
REFER, TRUNCATE, IOCTL = 1 << 13, 1 << 14, 1 << 15
_ALL_OF_FIRST = (1 << 13) - 1
_PORTS = 3  # bind and connect by TCP
_SCOPES = 3  # abstract unix sockets and signals
READ = EXECUTE | READ_FILE | READ_DIR
_ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL


def enforce(readable: list[str], writable: list[str], *, network: bool) -> None:
    """Restrict this process to the paths given; what does not exist is skipped."""
    version = kernel.landlock_version()
    handled = _ALL_OF_FIRST
    handled |= REFER if version >= 2 else 0
    handled |= TRUNCATE if version >= 3 else 0
    handled |= IOCTL if version >= 5 else 0
    ports = _PORTS if version >= 4 and not network else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = kernel.landlock_ruleset(handled, ports, _SCOPES if version >= 6 else 0, size)
    for path in readable:
        _allow(ruleset, path, READ & handled)
    for path in writable:
        _allow(ruleset, path, handled)
    kernel.landlock_enforce(ruleset)
    os.close(ruleset)


def _allow(ruleset: int, path: str, allowed: int) -> None:
    if os.path.isdir(path):
        kernel.landlock_allow(ruleset, path, allowed)
    elif os.path.exists(path):
        kernel.landlock_allow(ruleset, path, allowed & _ON_FILES)
