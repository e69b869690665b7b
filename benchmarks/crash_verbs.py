"""Kills prove, drift and fix at random moments, four at once, and looks at what is left.

`python -m benchmarks.crash_verbs --kills 500`: local small packages, so that runs are short and
moments of death fall everywhere. Each round throws away a part of the cache, starts four calls,
kills each at a moment of its own, and then: every record that stood when somebody was killed is
still there and whole, nothing else in the cache is damaged, the next call of each verb gives the
right answer, the case's evidence holds, and no process, folder or temporary file is left.
"""

import argparse
import contextlib
import ctypes
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.crash_shop import Call, Shop, opened, read
from fixproof.library.evidence import check_case
from fixproof.library.store import RecordStore

if TYPE_CHECKING:
    import subprocess

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: what loses its parent becomes ours, so it is seen
GRACE = 15.0
THROWN = {  # what a round begins without
    "nothing kept": ("*",),
    "no environments": ("records", "envs", "resolutions"),
    "no records": ("records",),
}
PHASES = (  # what a victim's descendants were doing
    ("building", "inside.py"),
    ("probing", "bwrap"),
    ("resolving", "pip\0compile"),
    ("compiling", "marshal.dumps"),
)


@dataclass(slots=True)
class Tally:
    """What was seen so far."""

    kills: int = 0
    rounds: int = 0
    late: int = 0  # victims that had ended before their moment
    phases: Counter[str] = field(default_factory=Counter)
    verbs: Counter[str] = field(default_factory=Counter)
    records: int = 0  # seen at a kill, and looked for afterwards
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """What each verb finds, and how long it takes, by what the cache begins without."""

    found: dict[str, str]
    seconds: dict[tuple[str, str], float]


def torture(shop: Shop, *, kills: int, processes: int, seed: int, end: float) -> Tally:
    """Kill until there were enough kills, or the time is over."""
    chance, tally = random.Random(seed), Tally()
    usual = _undisturbed(shop)
    print(f"undisturbed: {usual.found}\n{usual.seconds}", flush=True)
    while tally.kills < kills and time.monotonic() < end:
        (thrown,) = chance.choices(list(THROWN), weights=[1, 3, 6])
        _throw_away(shop, thrown)
        calls = [*shop.calls, *chance.choices(shop.calls, k=processes)][:processes]
        chance.shuffle(calls)
        moments = [
            (chance.uniform(0.05, 1.4 * usual.seconds[thrown, call.verb]), call) for call in calls
        ]
        stood = _killed(shop, sorted(moments, key=lambda pair: pair[0]), tally)
        tally.rounds += 1
        tally.records += len(stood)
        tally.wrong += _faults(shop, stood, usual.found)
        if tally.rounds % 10 == 0:
            print(f"{tally.kills} kills, {len(tally.wrong)} faults", flush=True)
    return tally


def _undisturbed(shop: Shop) -> Undisturbed:
    found, seconds = {}, {}
    for thrown in THROWN:
        for call in shop.calls:
            _throw_away(shop, thrown)
            began = time.monotonic()
            found[call.verb] = read(*call.start(shop.environment).communicate())
            seconds[thrown, call.verb] = round(time.monotonic() - began, 2)
    return Undisturbed(found=found, seconds=seconds)


def _throw_away(shop: Shop, thrown: str) -> None:
    for pattern in THROWN[thrown]:
        for path in shop.cache.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _killed(shop: Shop, moments: list[tuple[float, Call]], tally: Tally) -> set[str]:
    """Start all, kill each at its moment; return the records that stood at any kill."""
    began = time.monotonic()
    running = [(moment, call, call.start(shop.environment)) for moment, call in moments]
    stood: set[str] = set()
    for moment, call, process in running:
        time.sleep(max(0.0, began + moment - time.monotonic()))
        if process.poll() is None:
            tally.kills += 1
            tally.verbs[call.verb] += 1
            tally.phases[_phase(process)] += 1
            stood |= set(RecordStore(shop.cache / "records").digests())
            process.kill()  # it alone: what it started must end by itself
        else:
            tally.late += 1
        process.communicate()
    return stood


def _phase(process: "subprocess.Popen[str]") -> str:
    said = "\n".join(_command(pid) for pid in _descendants(process.pid))
    return next((phase for phase, sign in PHASES if sign in said), "by itself")


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{waiting.pop()}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        found = [*found, *(child for child in waiting if child not in found)]
    return found


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    return ""


def _faults(shop: Shop, stood: set[str], wanted: dict[str, str]) -> list[str]:
    """Look at what is left, let every verb be called once more, and look again."""
    store = RecordStore(shop.cache / "records")
    faults = [f"process left: {_command(pid)[:200]!r}" for pid in _orphans()]
    faults += [f"record lost: {digest}" for digest in stood - set(store.digests())]
    faults += store.check()
    running = [(call, call.start(shop.environment)) for call in shop.calls]
    for call, process in running:
        found = read(*process.communicate())
        if found != wanted[call.verb]:
            faults.append(f"{call.verb}: {found}")
    faults += [f"record lost later: {digest}" for digest in stood - set(store.digests())]
    faults += [*store.check(), *check_case(shop.case)]
    faults += [f"damaged: {path}" for path in shop.cache.rglob("*.damaged-*")]
    faults += [f"left: {p.name}" for p in (shop.cache / "scratch").glob("*") if p.is_dir()]
    faults += [f"left: {path}" for path in shop.temporary.iterdir()]
    return faults


def _orphans() -> list[int]:
    """Wait until what the victims started is gone; return what stays."""
    end = time.monotonic() + GRACE
    while (left := _descendants(os.getpid())) and time.monotonic() < end:
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.02)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return left


def main() -> int:
    """Torture, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=120, help="stop after this time")
    args = parser.parse_args()
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fixproof-crash-") as top, opened(Path(top)) as shop:
        tally = torture(
            shop,
            kills=args.kills,
            processes=args.processes,
            seed=args.seed,
            end=began + 60 * args.minutes,
        )
    print(
        f"{tally.kills} kills in {tally.rounds} rounds ({tally.late} ended before their moment),"
        f" {time.monotonic() - began:.0f} s\n"
        f"killed: {dict(tally.verbs)}, while {dict(tally.phases)}\n"
        f"{tally.records} records stood at kills; faults: {len(tally.wrong)}"
    )
    print("\n".join(tally.wrong))
    return len(tally.wrong)


if __name__ == "__main__":
    sys.exit(main())
