"""A scratch copy of the user's tree: a run may change it, the tree itself it never sees."""
# Many small looks at the file system for every run: plain calls take a fraction of the time.
# ruff: noqa: PTH102, PTH115, PTH123, PTH211

import contextlib
import fcntl
import os
import shutil
import stat
from pathlib import Path

_CLONE = 0x40049409  # FICLONE: share the blocks where the file system can
# The run gets its own environment, and needs no cache (ours may lie in the project).
_LEFT_BEHIND = ("pyvenv.cfg", "CACHEDIR.TAG")


def copy_project(source: Path, target: Path, owner: int | None) -> None:
    """Copy files, directories and links; leave out virtual environments and special files."""
    target.mkdir(mode=0o755)
    waiting = [(str(source), str(target))]
    while waiting:
        old, new = waiting.pop()
        if owner is not None:
            os.chown(new, owner, owner)
        with os.scandir(old) as entries:
            for entry in entries:
                copied = f"{new}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if not _stays(entry.path, str(target)):
                        _copy_directory(entry, copied)
                        waiting.append((entry.path, copied))
                else:
                    _copy_entry(entry, copied, owner)


def _stays(folder: str, target: str) -> bool:
    """Whether a folder is marked as not to be copied, or is where the copy itself goes."""
    if target.startswith(f"{folder}/"):
        return True
    return any(os.path.lexists(f"{folder}/{mark}") for mark in _LEFT_BEHIND)


def _copy_directory(entry: "os.DirEntry[str]", target: str) -> None:
    os.mkdir(target, stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode) | stat.S_IRWXU)


def _copy_entry(entry: "os.DirEntry[str]", target: str, owner: int | None) -> None:
    if entry.is_symlink():
        os.symlink(os.readlink(entry.path), target)
    elif entry.is_file(follow_symlinks=False):
        try:
            _copy_file(entry.path, target)
        except PermissionError:
            return  # what the user cannot read, the command could not have read either
    else:
        return
    if owner is not None:
        os.chown(target, owner, owner, follow_symlinks=False)


def _copy_file(source: str, target: str) -> None:
    with open(source, "rb") as old, open(target, "xb") as new:
        status = os.fstat(old.fileno())
        try:
            fcntl.ioctl(new.fileno(), _CLONE, old.fileno())
        except OSError:
            _copy_blocks(old.fileno(), new.fileno(), status.st_size)
            if new.tell() == 0 and status.st_size:
                shutil.copyfileobj(old, new)
        os.fchmod(new.fileno(), stat.S_IMODE(status.st_mode) & 0o777)
        with contextlib.suppress(OSError):
            os.utime(new.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))


def _copy_blocks(old: int, new: int, size: int) -> None:
    """Have the kernel copy."""
    left = size
    while left > 0:
        copied = os.sendfile(new, old, None, left)
        if not copied:
            return
        left -= copied
