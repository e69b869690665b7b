"""Files of our cache: written whole or not at all, checked when read, safe for many processes."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from fixproof.model.errors import PreparationError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Say which preparation a full or read-only disk stopped."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        hint = "check the permissions of the cache directory"
        if error.errno in _FULL:
            hint = "free some space, or choose another cache directory"
        raise PreparationError(f"cannot write {what}: {reason}", hint=hint) from error


class Scratch:
    """A folder for what is not finished: things are made in it and moved out by a rename."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def room(self) -> Iterator[Path]:
        """Offer an empty folder that is gone afterwards, whatever happened.

        It is locked meanwhile: what nobody holds was left by a killed process and may go.
        """
        path, held = self._made()
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            os.close(held)

    def _made(self) -> tuple[Path, int]:
        """Make a folder and hold it; one that was swept in between is made anew."""
        while True:
            path = self._folder / f"room-{os.getpid()}-{uuid4().hex}"
            path.mkdir(parents=True, mode=0o755)
            with contextlib.suppress(FileNotFoundError):
                held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                with contextlib.suppress(OSError):  # no locks on this file system: never swept
                    fcntl.flock(held, fcntl.LOCK_SH)
                path.chmod(0o755)
                return path, held


def move_in(made: Path, target: Path) -> None:
    """Give a finished folder its name; when somebody was quicker, theirs stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.rename(target)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.{uuid4().hex[:8]}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_checked(path: Path, content: bytes) -> None:
    """Put a file in place, its checksum in the first line."""
    with disk_errors("the cache"):
        write_whole(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)


def read_checked(path: Path) -> bytes | None:
    """Read such a file; None when absent. A damaged one is set aside and counts as absent."""
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    digest, _, content = raw.partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode() == digest:
        return content
    set_aside(path)
    return None


def age(moment: float) -> float:
    """Count the seconds since something was written down.

    Without bound for a moment yet to come: the clock was wrong then, and nobody knows by how much.
    """
    passed = time.time() - moment
    return passed if passed >= 0 else float("inf")


def set_aside(path: Path) -> None:
    """Keep something damaged for whoever wants to know, out of everybody's way."""
    with contextlib.suppress(OSError):
        path.rename(path.with_name(f"{path.name}.damaged-{uuid4().hex[:8]}"))


class Locks:
    """One lock a key, so that threads do not make the same thing twice."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def of(self, key: str) -> threading.Lock:
        """Find the key's lock."""
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())
