"""What a run without a mount namespace is given: real directories, and leave to use them."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fixproof.model.environments import Place
from fixproof.model.errors import PreparationError
from fixproof.model.runs import Isolation, Job
from fixproof.probe.layout import (
    ENVIRONMENT,
    ETC,
    RESOLVER,
    SYSTEM,
    WORK,
    Extra,
    command,
    interpreter_paths,
    safe_name,
    variables,
)
from fixproof.probe.plan import Plan, Reach

_ETC = ("/etc/hosts", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/localtime")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
_KERNEL = (
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime"),
    *("/proc/version", "/proc/filesystems", "/sys/devices/system/cpu"),
)


def plan_for(
    job: Job, place: Place, extra: Extra, level: Isolation, room: Path, filter_: bytes | None
) -> Plan:
    """Lay the job's files below `room` and say what it may reach."""
    if extra.door is not None and level is Isolation.LANDLOCK:
        raise PreparationError(
            "Landlock cannot let a run use one socket and no other",
            hint="install bubblewrap, or let users make namespaces",
        )
    work = room / "project" if job.project else room / "work"
    home = room / "home"
    (home / "tmp").mkdir(parents=True)
    work.mkdir(exist_ok=True)
    _lay(job, work)
    real = _translation(place, work, extra)
    argv = [_translate(word, real) for word in command(job, place)]
    values = variables(
        replace(job, variables=()), home=str(home), work=str(work), env=real[ENVIRONMENT]
    )
    values |= {name: _translate(value, real) for name, value in job.variables}
    return Plan(
        level=level,
        argv=tuple(argv),
        variables=values,
        directory=str(work),
        limits=job.limits,
        network=job.network,
        filter=filter_ if level is not Isolation.NONE else None,
        reach=_reach(job, place, extra, room) if level is not Isolation.NONE else None,
    )


def _lay(job: Job, work: Path) -> None:
    for name, content in job.files:
        target = work / safe_name(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_bytes(content)


def _translation(place: Place, work: Path, extra: Extra) -> dict[str, str]:
    shown: dict[str, Path] = {
        ENVIRONMENT: place.root,
        WORK: work,
        **extra.readable,
        **extra.writable,
    }
    return {inside: os.path.realpath(host) for inside, host in shown.items()}


def _translate(text: str, real: Mapping[str, str]) -> str:
    """Replace paths of the other levels' inside by real ones."""
    names = "|".join(map(re.escape, sorted(real, key=len, reverse=True)))
    return re.sub(rf"(?<![\w./-])({names})(?![\w.-])", lambda found: real[found[1]], text)


def _reach(job: Job, place: Place, extra: Extra, room: Path) -> Reach:
    readable = (
        *map(os.path.realpath, (*SYSTEM, *ETC, *_ETC)),
        *(map(os.path.realpath, RESOLVER) if job.network else ()),
        *map(os.path.realpath, interpreter_paths(place)),
        os.path.realpath(place.root),
        *map(os.path.realpath, extra.readable.values()),
        *_KERNEL,
    )
    writable = (os.path.realpath(room), *map(os.path.realpath, extra.writable.values()), *_DEVICES)
    return Reach(readable=readable, writable=writable, network=job.network)
