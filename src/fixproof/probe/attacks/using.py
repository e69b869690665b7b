"""Attacks that use up the machine (rows 1 to 15)."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fixproof.model.errors import InputError
from fixproof.model.runs import Isolation, Limit, Limits
from fixproof.probe.artifacts import read_artifact
from fixproof.probe.attacks.bench import Attack, Bench, Seen, marked
from fixproof.probe.attacks.judging import all_refused, amount, ended, refused, short, stopped
from fixproof.probe.layout import SHARED_MEMORY

_MEGABYTE = 1024 * 1024
_SMALL = Limits(
    wall=20.0,
    cpu=20.0,
    memory=256 * _MEGABYTE,
    processes=64,
    open_files=256,
    file_size=32 * _MEGABYTE,
    disk=64 * _MEGABYTE,
)
_OVERSHOOT = 1.5  # a supervisor that looks from time to time comes a little late


def _forks(bench: Bench) -> Seen:
    told = bench.attempt("use.forks", limits=_SMALL)
    if told.ending.limit is Limit.PROCESSES and not told.answers:
        return stopped(told, Limit.PROCESSES, within=10.0)
    return amount(told, "forked", _SMALL.processes + 2)


def _memory(bench: Bench) -> Seen:
    told = bench.attempt("use.memory", limits=_SMALL)
    held = [
        int(line.split()[1]) for line in told.ending.stdout.text.splitlines() if "held " in line
    ]
    most = max(held, default=0)
    ending = told.ending
    stopped_it = ending.limit is Limit.MEMORY or "memory" in ending.suspects
    within = most * _MEGABYTE <= _SMALL.memory * _OVERSHOOT
    return Seen(
        contained=stopped_it and within and not told.leftovers,
        observed=f"{most} MB of {_SMALL.memory // _MEGABYTE}, {ended(told)}",
    )


def _memfd(bench: Bench) -> Seen:
    return amount(bench.attempt("use.memfd", limits=_SMALL), "written", 32)


def _disk(bench: Bench) -> Seen:
    told = bench.attempt("use.disk", ".", limits=_SMALL)
    wrote = [
        int(line.split()[1])
        for line in told.ending.stdout.text.splitlines()
        if line.startswith("wrote")
    ]
    most = max(wrote, default=0)
    noticed = told.ending.limit is Limit.DISK or "No space left" in told.answers.get(".", "")
    # without a file system of its own a run is stopped by a look from time to time
    room = _SMALL.disk * (1 if bench.level >= Isolation.NAMESPACES else 9)
    return Seen(
        contained=noticed and most * _MEGABYTE <= room and not told.leftovers,
        observed=f"{most} MB of {_SMALL.disk // _MEGABYTE}, {ended(told)}",
    )


def _shared_memory(bench: Bench) -> Seen:
    first = bench.attempt("files.shared_memory", limits=_SMALL)
    second = bench.attempt("files.shared_memory", limits=_SMALL)
    filled = first.answers.get("filled", "")
    bounded = not filled.startswith("ok") or int(filled.split()[1]) <= SHARED_MEMORY
    private = "fixproof-" not in second.answers.get("listed", "")
    return Seen(
        contained=bool(first.answers) and bounded and private,
        observed=short(f"filled: {filled}, private: {private}"),
    )


def _inodes(bench: Bench) -> Seen:
    limits = replace(_SMALL, wall=2.0)
    before = set(bench.scratch.iterdir())
    told = bench.attempt("use.inodes", limits=limits)
    left = set(bench.scratch.iterdir()) - before
    seen = stopped(told, Limit.WALL, Limit.DISK, Limit.MEMORY, within=10.0)
    return Seen(contained=seen.contained and not left, observed=seen.observed)


def _descriptors(bench: Bench) -> Seen:
    return amount(bench.attempt("use.descriptors", limits=_SMALL), "opened", _SMALL.open_files)


def _spin(bench: Bench) -> Seen:
    told = bench.attempt("use.spin", limits=replace(_SMALL, cpu=1.0))
    return stopped(told, Limit.CPU, within=15.0)


def _rest(bench: Bench) -> Seen:
    return stopped(
        bench.attempt("use.rest", limits=replace(_SMALL, wall=0.5)), Limit.WALL, within=5.0
    )


def _flood(bench: Bench) -> Seen:
    told = bench.attempt("use.flood", "200", limits=replace(_SMALL, output=_MEGABYTE))
    said = told.ending.stdout
    return Seen(
        contained=said.truncated
        and said.size >= 200 * _MEGABYTE
        and len(said.text) < 2 * _MEGABYTE,
        observed=f"{said.size // _MEGABYTE} MB said, {len(said.text)} characters kept",
    )


def _crash(bench: Bench) -> Seen:
    out = bench.scratch / f"crash-{time.monotonic_ns()}"
    _open_directory(out)
    told = bench.attempt("use.crash", limits=_SMALL, writable={"/out": out})
    # a limit of 1 makes no file and starts no handler; 0 would still start one
    quiet = "limit 1" in told.ending.stdout.text and not list(out.iterdir())
    return Seen(contained=told.ending.signal == signal.SIGSEGV and quiet, observed=ended(told))


def _open_directory(path: Path) -> None:
    path.mkdir()
    path.chmod(0o777)


def _sparse(bench: Bench) -> Seen:
    out = bench.scratch / f"sparse-{time.monotonic_ns()}"
    _open_directory(out)
    told = bench.attempt("use.sparse", "/out/result", limits=_SMALL, writable={"/out": out})
    with (out / "larger").open("wb") as file:
        file.truncate(1 << 40)  # what a run with a looser limit could leave: read it as such
    try:
        read_artifact(out, "larger", limit=_MEGABYTE)
    except InputError as error:
        return Seen(
            contained=not told.succeeded, observed=f"inside {told.answers}; reader: {error}"
        )
    return Seen(contained=False, observed="the reader took it")


def _daemon(bench: Bench) -> Seen:
    told = bench.attempt("use.daemon", limits=_SMALL)
    quick = told.ending.seconds < 5.0 and told.ending.limit is None
    return Seen(
        contained=quick and bool(told.answers) and not told.leftovers,
        observed=f"{ended(told)} after {told.ending.seconds:.2f} s, left: {len(told.leftovers)}",
    )


_ORPHANING = """
import sys
sys.path[:] = {path!r}
from collections.abc import Callable
from pathlib import Path
from fixproof.model.runs import Isolation, Job
from fixproof.probe.detect import own_place
from fixproof.probe.sandbox import Sandbox
job = Job(
    argv=("python", "-c", "import time; print('up', flush=True); time.sleep(60)"),
    variables=(("FIXPROOF_ATTACK", {mark!r}),),
)
Sandbox(Path({scratch!r}), Isolation({level})).run(job, own_place(Path({place!r})))
"""


def _orphan(bench: Bench) -> Seen:
    """Kill the supervisor itself, in a process of its own."""
    mark = f"orphan-{time.monotonic_ns()}"
    code = _ORPHANING.format(
        path=sys.path,
        mark=mark,
        scratch=str(bench.scratch),
        level=int(bench.level),
        place=str(bench.scratch / mark),
    )
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as supervisor:
        started = _until(lambda: bool(list(marked(mark))), 20.0)
        supervisor.kill()
    gone = _until(lambda: not list(marked(mark)), 10.0)
    observed = f"started: {started}, gone with its supervisor: {gone}"
    return Seen(contained=started and gone, observed=observed)


def _until(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _fill_root(bench: Bench) -> Seen:
    return all_refused(
        bench.attempt("files.write", "/", "/dev", "/etc", "/usr", "/usr/bin", "/env")
    )


ATTACKS = (
    Attack(id=1, name="fork bomb", attempt=_forks),
    Attack(id=2, name="memory bomb", attempt=_memory),
    Attack(id=3, name="fill a file in memory", attempt=_memfd),
    Attack(id=4, name="fill the working directory", attempt=_disk),
    Attack(id=5, name="write to / and /dev", attempt=_fill_root),
    Attack(id=6, name="fill shared memory", attempt=_shared_memory),
    Attack(id=7, name="files without end", attempt=_inodes),
    Attack(id=8, name="open files without end", attempt=_descriptors),
    Attack(id=9, name="burn processor time", attempt=_spin),
    Attack(id=10, name="sleep for ever", attempt=_rest),
    Attack(id=11, name="flood of output", attempt=_flood),
    Attack(id=12, name="crash and be collected", attempt=_crash),
    Attack(id=13, name="result that claims a tebibyte", attempt=_sparse),
    Attack(id=14, name="daemon that keeps stdout open", attempt=_daemon),
    Attack(id=15, name="supervisor killed", attempt=_orphan),
    Attack(id=19, name="raise the limits", attempt=refused("use.raise_limits")),
    Attack(id=20, name="come before everybody else", attempt=refused("use.priority")),
    Attack(id=21, name="be spared when memory runs out", attempt=refused("use.spared")),
)
