"""End every descendant of this process, however quickly they multiply."""
# Started for every run: pathlib would take as long to import as all the rest.
# ruff: noqa: PTH123, PTH208

import os

from fixproof.probe.launcher import kernel

_STOP = 19


def end_descendants() -> None:
    """Stop all, look again until nobody new is found, kill all, reap all.

    Orphans become this process' own children, so when the kernel knows of no child, none is left.
    """
    while _has_children():
        stopped: set[int] = set()
        while found := _descendants(os.getpid()) - stopped:
            for pid in found:
                _signal(pid, _STOP)
            stopped |= found
        for pid in stopped:
            _signal(pid, kernel.KILL)
        for pid in stopped:
            _reap(pid)


def _has_children() -> bool:
    """Ask the kernel, which collects one of the dead on the way."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        return  # its parent is dying too; it will be ours in the next round


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _descendants(top: int) -> "set[int]":
    """Find all living processes below one, from the parents that /proc tells."""
    parents = dict(_parents())
    found: set[int] = set()
    for pid in parents:
        chain = [pid]
        while (parent := parents.get(chain[-1])) is not None and parent not in chain:
            if parent == top:
                found.update(chain)
                break
            chain.append(parent)
    return found


def _parents() -> "list[tuple[int, int]]":
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    text = file.read()
            except OSError:
                continue
            state, parent = text[text.rindex(b")") + 2 :].split()[:2]
            if state != b"Z":
                found.append((int(name), int(parent)))
    return found
