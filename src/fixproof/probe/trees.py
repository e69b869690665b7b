"""Remove what a run has left on the host's disk, however deep and however named."""

import os
import stat
from pathlib import Path

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(top: Path) -> None:
    """Remove a directory and all below it.

    Goes down and up by descriptors, holding one at a time: depth is not bounded by path
    length, recursion or open files. Nothing may change the tree meanwhile.
    """
    try:
        here = os.open(top, _OPEN)
    except FileNotFoundError:
        return
    waiting = [_empty(here)]
    entered: list[str] = []
    while True:
        if waiting[-1]:
            entered.append(waiting[-1].pop())
            here = _move(here, entered[-1])
            waiting.append(_empty(here))
        elif entered:
            waiting.pop()
            here = _move(here, "..")
            os.rmdir(entered.pop(), dir_fd=here)
        else:
            break
    os.close(here)
    top.rmdir()


def _move(here: int, name: str) -> int:
    try:
        return os.open(name, _OPEN, dir_fd=here)
    finally:
        os.close(here)


def _empty(here: int) -> list[str]:
    """Unlink what is no directory; list the directories."""
    os.fchmod(here, stat.S_IRWXU)
    directories = []
    for name in os.listdir(here):
        mode = os.stat(name, dir_fd=here, follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            os.chmod(name, stat.S_IRWXU, dir_fd=here)
            directories.append(name)
        else:
            os.unlink(name, dir_fd=here)
    return directories
