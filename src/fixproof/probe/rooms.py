"""Folders for what is not finished, locked as long as somebody is at work in them.

The kernel lets a lock go with the process that holds it, however that ends: what nobody holds
has been left behind. No clock and no process number takes part in that, for both may jump.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from fixproof.model.errors import PreparationError
from fixproof.probe.trees import remove_tree

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def room(scratch: Path, kind: str, *, mode: int = 0o700) -> Iterator[Path]:
    """Offer an empty folder that is gone afterwards, whatever happened.

    Raises PreparationError where the disk is full or cannot be written.
    """
    with disk_errors("a folder for a run"):
        scratch.mkdir(parents=True, exist_ok=True)
        path, held = _made(scratch, kind, mode)
    try:
        yield path
    finally:
        remove_tree(path)
        os.close(held)


@contextlib.contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Say what a full or read-only disk did not let us write."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PreparationError(
            f"cannot write {what}: {reason}",
            hint="free some space, or set FIXPROOF_CACHE to a folder that can be written",
        ) from error


def sweep(scratch: Path) -> int:
    """Remove what killed processes left; return how many folders.

    What cannot be locked on this file system, or not be removed, stays.
    """
    swept = 0
    with contextlib.suppress(FileNotFoundError), os.scandir(scratch) as found:
        for left in found:
            with contextlib.suppress(OSError):
                swept += left.is_dir(follow_symlinks=False) and _removed(Path(left.path))
    return swept


def _made(scratch: Path, kind: str, mode: int) -> tuple[Path, int]:
    """Make a folder and hold it; one that was swept in between is made anew."""
    while True:
        path = scratch / f"{kind}-{os.getpid()}-{secrets.token_hex(8)}"
        path.mkdir(mode=0o700)
        with contextlib.suppress(FileNotFoundError):
            held = os.open(path, _OPEN)
            with contextlib.suppress(OSError):  # no locks on this file system: never swept
                fcntl.flock(held, fcntl.LOCK_SH)
            path.chmod(mode)
            return path, held


def _removed(left: Path) -> bool:
    held = os.open(left, _OPEN)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_tree(left)
    except BlockingIOError:
        return False
    finally:
        os.close(held)
    return True
