"""One job run once at one level: composed, started, bound, watched, ended, cleaned up."""

import os
import platform
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fixproof.model.environments import Place
from fixproof.model.runs import Ending, Isolation, Job, Limit, Limits
from fixproof.probe import bubblewrap, launching, reach, supervise
from fixproof.probe.cgroups import Group
from fixproof.probe.launcher.kernel import landlock_version
from fixproof.probe.layout import WORK, Extra, Kind, Mount, command, mounts, variables
from fixproof.probe.meters import Meters, ProcessMeter, tasks_of_user
from fixproof.probe.plan import Plan
from fixproof.probe.projects import copy_project
from fixproof.probe.rooms import disk_errors, room
from fixproof.probe.seccomp import Strictness, assemble
from fixproof.probe.supervise import Watch
from fixproof.probe.suspects import suspects
from fixproof.probe.withholding import secrets_of

_STARTERS = {
    Isolation.BUBBLEWRAP: bubblewrap.start,
    Isolation.NAMESPACES: launching.start,
    Isolation.LANDLOCK: launching.start,
    Isolation.NONE: launching.start,
}
_INSIDE_USER = 1000
_CANNOT_RUN = 127
_SCOPES_SIGNALS = 6  # the Landlock version that does
_SLACK = 2  # the processes of the sandbox itself
_BY_SIGNAL = {signal.SIGXCPU: Limit.CPU, signal.SIGXFSZ: Limit.FILE_SIZE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where and as whom a run happens. `user` is to drop to, for a caller who is root.

    `secrets` must not be seen in what it says.
    """

    level: Isolation
    scratch: Path
    user: int | None
    secrets: tuple[str, ...] = ()


def contain(job: Job, place: Place, extra: Extra, spot: Spot) -> Ending:
    """Run once; nothing that was started or written outlives the call."""
    with _room(job, spot) as own, _group(job.limits) as group:
        plan = replace(_plan(job, place, extra, spot, own), joins=group.joins)
        running = _STARTERS[spot.level](plan)
        secrets = secrets_of(job, spot.secrets)
        watch = Watch(running=running, limits=job.limits, secrets=secrets)
        try:
            supervise.await_child(watch)
            _bind(watch.child, job, spot, group)
            meter = Meters(group, _meter(watch.child, job, spot, group, own, extra))
            supervise.release(watch)
            supervise.attend(watch, meter)
            watch.limit = watch.limit or group.remembered()
        finally:
            group.kill()
            supervise.finish(watch)
            running.close()
    return _ending(watch, job, spot.level)


@contextmanager
def _group(limits: Limits) -> Iterator[Group]:
    group = Group.make(limits)
    try:
        yield group
    finally:
        group.remove()


@contextmanager
def _room(job: Job, spot: Spot) -> Iterator[Path | None]:
    """Make room on the host's disk, where a run needs any."""
    if spot.level >= Isolation.NAMESPACES and job.project is None:
        yield None
        return
    with room(spot.scratch, "run") as made:
        if job.project is not None:
            owner = spot.user if spot.level >= Isolation.NAMESPACES else None
            with disk_errors("a copy of the project"):
                copy_project(job.project, made / "project", owner)
        yield made


def _plan(job: Job, place: Place, extra: Extra, spot: Spot, room: Path | None) -> Plan:
    filter_ = assemble(platform.machine(), _strictness(job, spot.level))
    if room is not None and spot.level < Isolation.NAMESPACES:
        return reach.plan_for(job, place, extra, spot.level, room, filter_)
    project = None
    if job.project is not None and room is not None:
        shown = str(job.project.absolute())
        project = Mount(kind=Kind.WRITE, target=shown, source=str(room / "project"))
    directory = project.target if project else WORK
    steps = mounts(job, place, extra, user=spot.user or _INSIDE_USER, project=project)
    return Plan(
        level=spot.level,
        argv=tuple(command(job, place)),
        variables=variables(job, work=directory),
        directory=directory,
        limits=job.limits,
        mounts=tuple(steps),
        user=spot.user,
        network=job.network,
        filter=filter_,
    )


def _strictness(job: Job, level: Isolation) -> Strictness:
    alone = level < Isolation.NAMESPACES
    return Strictness(
        alone=alone,
        offline=alone and not job.network,
        broadcast=alone and landlock_version() < _SCOPES_SIGNALS,
    )


def _bind(pid: int, job: Job, spot: Spot, group: Group) -> None:
    """Put limits on the sandbox's first process, which all others inherit."""
    group.take(pid)
    for what, value in _resources(job.limits, spot, group).items():
        _, most = resource.prlimit(pid, what)
        value = value if most == resource.RLIM_INFINITY else min(value, most)  # noqa: PLW2901
        resource.prlimit(pid, what, (value, value))
    if job.cpus is not None:
        os.sched_setaffinity(pid, sorted(os.sched_getaffinity(0))[: max(job.cpus, 1)])


def _resources(limits: Limits, spot: Spot, group: Group) -> dict[int, int]:
    found = {
        resource.RLIMIT_CPU: int(limits.cpu) + 1,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_CORE: 1,  # no file, and unlike 0 no handler that runs outside
        resource.RLIMIT_MEMLOCK: 64 * 1024,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_RTPRIO: 0,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_SIGPENDING: 1024,
    }
    if not group.bounds_memory:
        # per process and generous: the supervisor adds up, this is for a sudden bomb
        found[resource.RLIMIT_DATA] = limits.memory + limits.memory // 4
    if spot.level >= Isolation.NAMESPACES:
        found[resource.RLIMIT_NPROC] = limits.processes + _SLACK
    elif not group.bounds_processes:  # the limit counts everything that the user runs
        found[resource.RLIMIT_NPROC] = limits.processes + _SLACK + tasks_of_user()
    return found


def _meter(
    pid: int, job: Job, spot: Spot, group: Group, room: Path | None, extra: Extra
) -> ProcessMeter:
    inside = (WORK, "/tmp") if spot.level >= Isolation.NAMESPACES else ()  # noqa: S108
    return ProcessMeter(
        root=pid,
        limits=job.limits,
        scratch=(*([room] if room else []), *extra.writable.values()),
        inside=inside,
        counts_time=not group.counts_time,
        counts_memory=not group.bounds_memory,
        counts_processes=not group.bounds_processes,
    )


def _ending(watch: Watch, job: Job, level: Isolation) -> Ending:
    code, number = _status(watch)
    limit = watch.limit
    if limit is None and number is not None:
        limit = _BY_SIGNAL.get(signal.Signals(number))
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
    if code is None:
        # bubblewrap says nothing of a command that it could not start, and ends by itself
        unstarted = watch.running.process.returncode > 0
        return (_CANNOT_RUN, None) if unstarted else (None, int(signal.SIGKILL))
    if watch.running.ready == "child-pid" and 128 < code < 128 + signal.SIGRTMIN:
        return None, code - 128
    return code, None
