"""Take results that a run has left in a directory, without following it anywhere."""

import os
import stat
from pathlib import Path

from fixproof.model.errors import InputError

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_artifact(directory: Path, name: str, *, limit: int) -> bytes:
    """Read one regular file with one name, of at most `limit` bytes.

    Links, pipes, devices, files with a second name and files that are too long are refused.
    """
    if "/" in name or name in {"", ".", ".."}:
        raise InputError("a result is named without directories", at=repr(name))
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        descriptor = os.open(name, _READ, dir_fd=folder)
    except OSError as error:
        raise InputError(f"not a result: {error.strerror}", at=repr(name)) from None
    finally:
        os.close(folder)
    try:
        return _content(descriptor, name, limit)
    finally:
        os.close(descriptor)


def _content(descriptor: int, name: str, limit: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        raise InputError("not a result: no file of its own", at=repr(name))
    too_long = InputError(f"a result is longer than allowed: {limit}", at=repr(name))
    if status.st_size > limit:
        raise too_long
    with os.fdopen(os.dup(descriptor), "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise too_long
    return content
