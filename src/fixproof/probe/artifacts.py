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
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise InputError("not a result: no file of its own", at=repr(name))
        content = file.read(limit + 1) if status.st_size <= limit else b""
    if status.st_size > limit or len(content) > limit:
        raise InputError(f"a result is longer than allowed: {limit}", at=repr(name))
    return content
