"""End every descendant of this process, however quickly they multiply."""
# Started for every run: pathlib would take as long to import as all the rest.
# ruff: noqa: PTH123, PTH208

import os

from fixproof.probe.launcher import kernel

_STOP = 19


def end_descendants(spared: int) -> None:
    """Stop all, look again until nobody new is found, kill all, reap all but the spared one."""
    me = os.getpid()
    while True:
        stopped: set[int] = set()
        while found := _descendants(me) - stopped:
            for pid in found:
                _signal(pid, _STOP)
            stopped |= found
        for pid in stopped:
            _signal(pid, kernel.KILL)
        if not _reap(spared, stopped):
            return


def _reap(spared: int, killed: "set[int]") -> bool:
    """Collect the dead; True where some were killed that somebody else must collect first."""
    again = False
    for pid in killed - {spared}:
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            again = True
    return again


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
