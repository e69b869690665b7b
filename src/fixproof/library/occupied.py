"""Who is at work in the cache: many at once, or one alone who takes things away.

The kernel lets a lock go with the process that holds it, however that ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fixproof.library.files import disk
from fixproof.model.errors import PreparationError

FILE = "at-work"


@contextmanager
def occupied(cache: Path) -> Iterator[None]:
    """Be at work in the cache: until then nothing is evicted. Waits while somebody evicts."""
    with _locked(cache, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(cache: Path) -> Iterator[None]:
    """Be alone in the cache.

    Raises PreparationError while anybody is at work.
    """
    try:
        with _locked(cache, fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield
    except BlockingIOError as error:
        raise PreparationError(
            "another fixproof is at work here",
            at=str(cache),
            hint="try again when it is done: what it stands on must not be removed",
        ) from error


@contextmanager
def _locked(cache: Path, how: int) -> Iterator[None]:
    with disk(cache / FILE):
        cache.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(cache / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
