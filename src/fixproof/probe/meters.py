"""How much a run has used so far, read from /proc: for machines that delegate no control group."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fixproof.model.runs import Limit, Limits

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Meter(Protocol):
    """Something that knows whether a limit has been passed."""

    def exceeded(self) -> Limit | None:
        """Name the limit that has been passed by now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one process has used; `cpu` includes children that it has waited for."""

    cpu: float
    memory: int
    threads: int


@dataclass(slots=True, kw_only=True)
class ProcessMeter:
    """Looks at all that descends from one process."""

    root: int
    limits: Limits
    scratch: tuple[Path, ...] = ()  # directories on the host's disk that the run can write
    inside: tuple[str, ...] = ()  # sized file systems inside its mount namespace
    _looks: int = field(default=0)

    def exceeded(self) -> Limit | None:
        """Add up and compare."""
        pids = list(descendants(self.root))
        used = [u for u in map(usage, pids) if u is not None]
        if sum(u.cpu for u in used) > self.limits.cpu:
            return Limit.CPU
        if sum(u.memory for u in used) > self.limits.memory and _pss(pids) > self.limits.memory:
            return Limit.MEMORY
        return Limit.DISK if self._disk_is_full() else None

    def _disk_is_full(self) -> bool:
        self._looks += 1
        if self._looks % 4 == 0 and sum(map(disk_used, self.scratch)) > self.limits.disk:
            return True
        return any(map(self._is_full, self.inside))

    def _is_full(self, path: str) -> bool:
        try:
            return os.statvfs(f"/proc/{self.root}/root{path}").f_bfree == 0
        except OSError:
            return False


def descendants(root: int) -> Iterator[int]:
    """List a process and all below it; some may be gone by the time they are looked at."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += _children(pid)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            text = Path(f"/proc/{pid}/task/{task}/children").read_bytes()
            found += map(int, text.split())
    except OSError:
        return found
    return found


def usage(pid: int) -> Usage | None:
    """Read one process; None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat[stat.rindex(b")") + 2 :].split()
    return Usage(
        cpu=sum(map(int, fields[11:15])) / _TICKS,
        memory=int(fields[21]) * _PAGE,
        threads=int(fields[17]),
    )


def _pss(pids: list[int]) -> int:
    """Add up memory with shared pages counted once: exact, but slow to read."""
    total = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next((int(n.split()[1]) for n in rollup.splitlines() if n.startswith("Pss:")), 0)
    return total * 1024


def disk_used(top: Path) -> int:
    """Add up the blocks below a directory, without following a link."""
    total = 0
    waiting = [str(top)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:
            continue
    return total
