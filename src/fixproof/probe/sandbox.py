"""The door to this room: one job run once, contained at the level that was asked for."""

import os
import platform
import resource
import signal
import threading
from collections.abc import Mapping
from pathlib import Path

from fixproof.model.environments import Place
from fixproof.model.errors import PreparationError
from fixproof.model.runs import Ending, Isolation, Job, Limit, Limits
from fixproof.probe import bubblewrap, launching, supervise
from fixproof.probe.layout import WORK, Extra, command, mounts, variables
from fixproof.probe.meters import ProcessMeter
from fixproof.probe.plan import Plan, Running
from fixproof.probe.seccomp import assemble
from fixproof.probe.supervise import Watch
from fixproof.probe.suspects import suspects

_STARTERS = {
    Isolation.BUBBLEWRAP: bubblewrap.start,
    Isolation.NAMESPACES: launching.start,
    Isolation.LANDLOCK: launching.start,
    Isolation.NONE: launching.start,
}
VERSION = "1"  # raise when what a run can see or do changes: probes are named by it

_INSIDE_USER = 1000
_FIRST_USER = 1_700_000_000  # identities that no system hands out


class Sandbox:
    """Runs jobs; fits `workflows.ports.Runner`."""

    def __init__(self, scratch: Path, level: Isolation | None = None) -> None:
        self._scratch = scratch
        self._level = level if level is not None else Isolation.BUBBLEWRAP
        self._filter = assemble(platform.machine())
        self._slots = _Slots()

    @property
    def isolation(self) -> Isolation:
        """The level that a job with `isolation=None` gets."""
        return self._level

    @property
    def version(self) -> str:
        """Name and version of what contains a run."""
        return f"fixproof-sandbox {VERSION} {self._level.name.lower()}"

    def run(
        self,
        job: Job,
        place: Place,
        *,
        door: Path | None = None,
        writable: Mapping[str, Path] | None = None,
        readable: Mapping[str, Path] | None = None,
    ) -> Ending:
        """Run once, contained and limited; nothing it started outlives the call.

        `door` is a unix socket of the host shown at its own path; `writable` and `readable`
        show host directories at inside paths.
        """
        extra = Extra(door=door, writable=writable or {}, readable=readable or {})
        with self._slots as slot:
            return self._run(job, place, extra, slot)

    def _run(self, job: Job, place: Place, extra: Extra, slot: int) -> Ending:
        user = _FIRST_USER + slot if os.geteuid() == 0 else None
        plan = Plan(
            level=self._level,
            argv=tuple(command(job, place)),
            variables=variables(job),
            directory=WORK,
            limits=job.limits,
            mounts=tuple(mounts(job, place, extra, user=user or _INSIDE_USER, project=None)),
            user=user,
            network=job.network,
            filter=self._filter,
        )
        running = _STARTERS[self._level](plan)
        watch = Watch(running=running, limits=job.limits)
        try:
            supervise.await_child(watch)
            _bind(watch.child, job, plan)
            meter = ProcessMeter(root=watch.child, limits=job.limits, inside=("/work", "/tmp"))  # noqa: S108
            supervise.release(watch)
            supervise.attend(watch, meter)
        finally:
            supervise.finish(watch)
            running.close()
        return _ending(watch, job, self._level)


class _Slots:
    """Numbers that no two runs hold at once, in this process or another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: set[int] = set()
        self._local = threading.local()

    def __enter__(self) -> int:
        with self._lock:
            slot = next(i for i in range(len(self._taken) + 1) if i not in self._taken)
            self._taken.add(slot)
        self._local.slot = slot
        return os.getpid() * 100 + slot

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._taken.discard(self._local.slot)


def _bind(pid: int, job: Job, plan: Plan) -> None:
    """Put limits on the sandbox's first process, which all others inherit."""
    limits = job.limits
    for what, value in _resources(limits).items():
        resource.prlimit(pid, what, (value, value))
    resource.prlimit(pid, resource.RLIMIT_CPU, (int(limits.cpu) + 1, int(limits.cpu) + 2))
    if job.cpus is not None:
        os.sched_setaffinity(pid, set(sorted(os.sched_getaffinity(0))[: job.cpus]))


def _resources(limits: Limits) -> dict[int, int]:
    return {
        resource.RLIMIT_NPROC: limits.processes + 2,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_DATA: limits.memory + limits.memory // 4,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 64 * 1024,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_RTPRIO: 0,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_SIGPENDING: 1024,
    }


_BY_SIGNAL = {signal.SIGXCPU: Limit.CPU, signal.SIGXFSZ: Limit.FILE_SIZE}


def _ending(watch: Watch, job: Job, level: Isolation) -> Ending:
    code, number = _status(watch)
    limit = watch.limit or _BY_SIGNAL.get(signal.Signals(number) if number else None)
    stderr = watch.stderr.captured()
    return Ending(
        exit_code=code,
        signal=number,
        limit=limit,
        stdout=watch.stdout.captured(),
        stderr=stderr,
        seconds=watch.seconds,
        isolation=level,
        suspects=suspects(
            stderr.text,
            failed=code != 0,
            network=job.network,
            landlock=level is Isolation.LANDLOCK,
            limit=limit,
        ),
    )


def _status(watch: Watch) -> tuple[int | None, int | None]:
    """Tell exit status from signal; bubblewrap reports a signal as 128 and its number."""
    if "signal" in watch.report:
        return None, watch.report["signal"]
    code = watch.report.get("exit-code")
    if code is None or watch.limit is not None:
        return None, int(signal.SIGKILL)
    if 128 < code < 128 + signal.SIGRTMIN:
        return None, code - 128
    return code, None
