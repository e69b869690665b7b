"""Identities for runs that root starts: each its own, so that limits by user count one run."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_PER_PROCESS = 256  # runs at once
_FIRST = 1_000_000_000  # no system hands these out
_WHOLE_RANGE = 4_294_967_295
_NARROW_FIRST, _NARROW_SIZE = 60_000, 5_000  # inside a container that maps few users


_LOCK = threading.Lock()
_TAKEN: set[int] = set()  # by all sandboxes of this process


@contextmanager
def own_user() -> Iterator[int | None]:
    """Lend a user number; None for a caller who is not root and stays who he is."""
    if os.geteuid() != 0:
        yield None
        return
    with _LOCK:
        slot = next(i for i in range(_PER_PROCESS) if i not in _TAKEN)
        _TAKEN.add(slot)
    try:
        yield _number(slot)
    finally:
        with _LOCK:
            _TAKEN.discard(slot)


@cache
def _is_whole() -> bool:
    fields = Path("/proc/self/uid_map").read_text().split()
    return len(fields) == 3 and int(fields[2]) == _WHOLE_RANGE


def _number(slot: int) -> int:
    mine = os.getpid() * _PER_PROCESS + slot
    return _FIRST + mine if _is_whole() else _NARROW_FIRST + mine % _NARROW_SIZE
