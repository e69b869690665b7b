"""Files that are there whole or not at all, and disks that refuse."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from fixproof.model.errors import PreparationError

TEMPORARY = ".partial"  # what ends so is no finished file

HINTS = {
    errno.ENOSPC: "free some disk space, or let `fixproof cache --evict SIZE` do it",
    errno.EDQUOT: "your disk quota is used up; free some space",
    errno.EROFS: "the disk is read-only; set FIXPROOF_CACHE to a folder that can be written",
    errno.EACCES: "set FIXPROOF_CACHE to a folder that can be written",
    errno.EPERM: "set FIXPROOF_CACHE to a folder that can be written",
}


def write_whole(path: Path, data: bytes, *, settle: bool = True) -> None:
    """Write a file so that it is there whole or not at all, even after a power cut.

    Without `settle` a power cut in the next seconds may take it away again, whole; a killed
    process never does. Raises PreparationError for a full or read-only disk; nothing
    half-written stays behind.
    """
    with disk(path):
        _write_and_rename(path, data)
        if settle:
            _settle(path.parent)


@contextlib.contextmanager
def disk(path: Path, refused: str = "cannot be written") -> Iterator[None]:
    """Turn what a disk refuses into an error that says what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        hint = HINTS.get(error.errno or 0)
        raise PreparationError(f"{refused}: {reason}", at=str(path), hint=hint) from error


def replace_whole(path: Path, data: bytes) -> None:
    """Give a file of the user's new content in one step; its permissions stay.

    Where the path is a link, what it leads to is replaced.
    """
    target = path.resolve()
    with disk(target):
        mode = target.stat().st_mode
        _write_and_rename(target, data, mode)
        _settle(target.parent)


def _write_and_rename(path: Path, data: bytes, mode: int | None = None) -> None:
    _make(path.parent)
    partial = path.with_name(f".{path.name[:80]}.{secrets.token_hex(8)}{TEMPORARY}")
    try:
        with partial.open("xb") as file:
            file.write(data)
            if mode is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(mode))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _make(folder: Path) -> None:
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _settle(folder.parent)


def _settle(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
