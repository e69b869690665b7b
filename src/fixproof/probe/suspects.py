"""Signs that the sandbox, not the program, made a failure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fixproof.model.runs import Limit


@dataclass(frozen=True, slots=True)
class _Sign:
    name: str
    pattern: re.Pattern[str]
    offline_only: bool = False


def _sign(name: str, *patterns: str, offline_only: bool = False) -> _Sign:
    return _Sign(name, re.compile("|".join(patterns)), offline_only)


# What the C library and CPython say for the errors by which a sandbox refuses or a limit bites.
_SIGNS = (
    _sign(
        "network",
        r"Network is unreachable",
        r"Temporary failure in name resolution",
        r"Name or service not known",
        r"No address associated with hostname",
        r"nodename nor servname provided",
        r"Could not resolve host",
        r"\[Errno -[235]\]",
        offline_only=True,
    ),
    _sign("read-only file system", r"Read-only file system", r"\[Errno 30\]", r"\bEROFS\b"),
    _sign("permission", r"Operation not permitted", r"\[Errno 1\]", r"\bEPERM\b"),
    _sign("system call", r"Function not implemented", r"\[Errno 38\]", r"\bENOSYS\b"),
    _sign(
        "socket family",
        r"Address family not supported by protocol",
        r"\[Errno 97\]",
        r"\bEAFNOSUPPORT\b",
    ),
    _sign(Limit.DISK, r"No space left on device", r"\[Errno 28\]", r"\bENOSPC\b"),
    _sign(Limit.FILE_SIZE, r"File too large", r"\[Errno 27\]", r"\bEFBIG\b"),
    _sign(Limit.OPEN_FILES, r"Too many open files", r"\[Errno 24\]", r"\bEMFILE\b"),
    _sign(
        Limit.PROCESSES,
        r"can't start new thread",
        r"Resource temporarily unavailable",
        r"pthread_create failed",
    ),
    _sign(Limit.MEMORY, r"\bMemoryError\b", r"Cannot allocate memory", r"std::bad_alloc"),
)
# Landlock refuses with EACCES; elsewhere it is an ordinary answer to an ordinary program.
_LANDLOCK = _sign("permission", r"Permission denied", r"\[Errno 13\]", r"\bEACCES\b")


def suspects(
    stderr: str, *, failed: bool, network: bool, landlock: bool = False, limit: Limit | None = None
) -> tuple[str, ...]:
    """List the signs in what a failed run said; a run that ended well has none."""
    found = dict.fromkeys(_found(stderr, network=network, landlock=landlock) if failed else ())
    if limit is not None:
        found[limit.value] = None
    return tuple(found)


def _found(stderr: str, *, network: bool, landlock: bool) -> Iterator[str]:
    signs = (*_SIGNS, _LANDLOCK) if landlock else _SIGNS
    for sign in signs:
        if not (sign.offline_only and network) and sign.pattern.search(stderr):
            yield str(sign.name)
