"""How much a run has used so far, read from /proc: for machines that delegate no control group."""
# Many small looks at the file system for every run: plain calls take a fraction of the time.
# ruff: noqa: PTH116, PTH208

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fixproof.model.runs import Limit, Limits

_TICKS = os.sysconf("SC_CLK_TCK")
_SLACK = 2  # the processes of the sandbox itself
_PATIENCE = 10
_INODE = 512  # what a file costs that holds nothing
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


class Meters:
    """Several meters as one."""

    def __init__(self, *meters: Meter) -> None:
        self._meters = meters

    def exceeded(self) -> Limit | None:
        """Name the first limit that any of them reports."""
        return next((limit for m in self._meters if (limit := m.exceeded()) is not None), None)


@dataclass(slots=True, kw_only=True)
class ProcessMeter:
    """Looks at all that descends from one process, and at where it may write.

    What a control group counts better is left to it: see the `counts_` fields.
    """

    root: int
    limits: Limits
    scratch: tuple[Path, ...] = ()  # directories on the host's disk that the run can write
    inside: tuple[str, ...] = ()  # sized file systems inside its mount namespace
    counts_time: bool = True
    counts_memory: bool = True
    counts_processes: bool = True
    _next_look: float = field(default=0.0)

    def exceeded(self) -> Limit | None:
        """Add up and compare."""
        if self.counts_time or self.counts_memory:
            pids = list(descendants(self.root))
            used = [u for u in map(usage, pids) if u is not None]
            if limit := self._exceeded_by(pids, used):
                return limit
        return Limit.DISK if self._disk_is_full() else None

    def _exceeded_by(self, pids: list[int], used: list[Usage]) -> Limit | None:
        limits = self.limits
        if self.counts_time and sum(u.cpu for u in used) > limits.cpu:
            return Limit.CPU
        if self.counts_processes and sum(u.threads for u in used) > limits.processes + _SLACK:
            return Limit.PROCESSES
        if self.counts_memory and sum(u.memory for u in used) > limits.memory:
            return Limit.MEMORY if _pss(pids) > limits.memory else None
        return None

    def _disk_is_full(self) -> bool:
        if self.scratch and time.monotonic() >= self._next_look:
            started = time.monotonic()
            used = sum(map(disk_used, self.scratch))
            took = time.monotonic() - started
            self._next_look = started + took * _PATIENCE  # a large tree is looked at less often
            if used > self.limits.disk:
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
                    total += entry.stat(follow_symlinks=False).st_blocks * 512 + _INODE
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:
            continue
    return total


def tasks_of_user() -> int:
    """Count the threads of all processes that share this one's user."""
    me = os.geteuid()
    total = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == me:
                    total += len(os.listdir(f"/proc/{name}/task"))
            except OSError:
                continue
    return total
