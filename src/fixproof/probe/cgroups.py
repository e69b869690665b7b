"""Control groups, where this process may make them: exact limits for a run as a whole.

The second version is looked for first, then the first version's hierarchies. A group is made
below the caller's own, so that whatever binds the caller binds its runs too; with the second
version beside it or further up as well, for a group with processes cannot have limited children.
"""

import atexit
import contextlib
import itertools
import os
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from fixproof.model.runs import Limit, Limits

_TOP = Path("/sys/fs/cgroup")
_PREFIX = "fixproof-"
_SLACK = 3  # the processes of the sandbox itself
_NEEDED = ("memory", "pids")
_count = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """Directories in which groups can be made, by controller; `unified` stands for all."""

    unified: Path | None = None
    memory: Path | None = None
    pids: Path | None = None
    cpuacct: Path | None = None

    @property
    def directories(self) -> tuple[Path, ...]:
        """All of them."""
        found = (self.unified, self.memory, self.pids, self.cpuacct)
        return tuple(path for path in found if path is not None)


@cache
def bases() -> Bases:
    """Find out what this process may use, once."""
    own = _own_groups()
    if "" in own and (unified := _unified(own[""])):
        found = Bases(unified=unified)
    else:
        usable = {
            name: path
            for name in ("memory", "pids", "cpuacct")
            if name in own and (path := _usable(_TOP / name / own[name].lstrip("/")))
        }
        found = Bases(**usable)
    _sweep(found)
    atexit.register(_sweep, found)
    return found


def _own_groups() -> dict[str, str]:
    """Map each controller to this process' group; the empty name is the second version."""
    groups: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            groups |= dict.fromkeys(controllers.split(","), path)
    return groups


def _unified(own: str) -> Path | None:
    if not (_TOP / "cgroup.controllers").exists():
        return None
    start = _TOP / own.lstrip("/")
    for directory in (start, *start.parents):
        if not directory.is_relative_to(_TOP) or not os.access(directory, os.W_OK):
            return None
        with contextlib.suppress(OSError):
            offered = (directory / "cgroup.subtree_control").read_text().split()
            if set(_NEEDED) <= set(offered):
                return _usable(directory)
    return None


def _usable(directory: Path) -> Path | None:
    trial = directory / f"{_PREFIX}{os.getpid()}-trial"
    try:
        trial.mkdir()
        trial.rmdir()
    except OSError:
        return None
    return directory


def _sweep(found: Bases) -> None:
    """Remove what killed processes have left; a group in use cannot be removed."""
    for left in (path for top in found.directories for path in top.glob(f"{_PREFIX}*")):
        owner = left.name.removeprefix(_PREFIX).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            with contextlib.suppress(OSError):
                left.rmdir()


@dataclass(slots=True)
class Group:
    """One run's control groups."""

    limits: Limits
    _made: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def make(cls, limits: Limits) -> "Group":
        """Make what can be made, maybe nothing."""
        group = cls(limits)
        name = f"{_PREFIX}{os.getpid()}-{next(_count)}"
        available = bases()
        for controller in ("unified", "memory", "pids", "cpuacct"):
            base: Path | None = getattr(available, controller)
            if base is not None:
                path = base / name
                try:
                    path.mkdir()
                    group._limit(controller, path)
                except OSError:
                    with contextlib.suppress(OSError):
                        path.rmdir()
                    continue
                group._made[controller] = path
        return group

    def _limit(self, controller: str, path: Path) -> None:
        processes = str(self.limits.processes + _SLACK)
        match controller:
            case "unified":
                _write(path / "memory.max", str(self.limits.memory))
                _write(path / "pids.max", processes)
                with contextlib.suppress(OSError):  # absent without swap accounting
                    _write(path / "memory.swap.max", "0")
            case "memory":
                _write(path / "memory.limit_in_bytes", str(self.limits.memory))
                with contextlib.suppress(OSError):
                    _write(path / "memory.memsw.limit_in_bytes", str(self.limits.memory))
            case "pids":
                _write(path / "pids.max", processes)
            case _:
                pass  # counted, not limited

    @property
    def bounds_memory(self) -> bool:
        """Whether memory is limited for the run as a whole."""
        return "unified" in self._made or "memory" in self._made

    @property
    def bounds_processes(self) -> bool:
        """Whether the number of processes is limited for the run as a whole."""
        return "unified" in self._made or "pids" in self._made

    @property
    def counts_time(self) -> bool:
        """Whether processor time is counted for the run as a whole."""
        return "unified" in self._made or "cpuacct" in self._made

    @property
    def joins(self) -> tuple[str, ...]:
        """Files by which a process enters by itself, which is quick: the first version's only."""
        return tuple(str(p / "tasks") for name, p in self._made.items() if name != "unified")

    def take(self, pid: int) -> None:
        """Have the run's first process in, if it is not yet; all others are born here."""
        inside = _read(Path(f"/proc/{pid}/cgroup"))
        for path in self._made.values():
            if inside.count(path.name) < len(self._made):
                _write(path / "cgroup.procs", str(pid))

    def exceeded(self) -> Limit | None:
        """Name the limit that has been passed by now."""
        if self._cpu_seconds() > self.limits.cpu:
            return Limit.CPU
        return Limit.MEMORY if self._killed_for_memory() else None

    def remembered(self) -> Limit | None:
        """Name a limit that was hit, whether or not the run survived that."""
        if self._killed_for_memory():
            return Limit.MEMORY
        return Limit.PROCESSES if self._refused_processes() else None

    def _cpu_seconds(self) -> float:
        if (path := self._made.get("cpuacct")) is not None:
            return int(_read(path / "cpuacct.usage") or 0) / 1e9
        if (path := self._made.get("unified")) is not None:
            return _field(path / "cpu.stat", "usage_usec") / 1e6
        return 0.0

    def _killed_for_memory(self) -> bool:
        if (path := self._made.get("memory")) is not None:
            return _field(path / "memory.oom_control", "oom_kill") > 0
        if (path := self._made.get("unified")) is not None:
            return _field(path / "memory.events", "oom_kill") > 0
        return False

    def _refused_processes(self) -> bool:
        path = self._made.get("pids") or self._made.get("unified")
        return path is not None and _field(path / "pids.events", "max") > 0

    def kill(self) -> None:
        """Kill all members at once, where the kernel can."""
        if (path := self._made.get("unified")) is not None:
            with contextlib.suppress(OSError):
                _write(path / "cgroup.kill", "1")

    def remove(self) -> None:
        """Remove the groups; members that are still dying are waited for."""
        for path in self._made.values():
            for _ in range(200):
                try:
                    path.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.005)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _field(path: Path, name: str) -> int:
    pairs = (line.split() for line in _read(path).splitlines())
    return next((int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] == name), 0)
