"""What containment costs: whole runs at every level beside the bare command, interleaved.

python -m benchmarks.sandbox [--runs N] [--json]
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fixproof.model.environments import Place
from fixproof.model.runs import Isolation, Job
from fixproof.probe.detect import offer, own_place
from fixproof.probe.sandbox import Sandbox

_CODE = "pass"
_WARM = 3
BARE = "bare"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40, help="runs of each kind")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fixproof-benchmark-") as made:
        top = Path(made)
        top.chmod(0o755)
        figures = measure(top, args.runs)
    if args.json:
        print(json.dumps(figures, indent=1))
        return
    who = "root" if os.geteuid() == 0 else "an ordinary user"
    print(f"started by {who}, {args.runs} runs of each, milliseconds")
    print(f"{'':<12} {'least':>7} {'p50':>7} {'p95':>7} {'p50 adds':>9}")
    for name, figure in figures.items():
        shown = (f"{figure[key]:>7.1f}" for key in ("least", "p50", "p95"))
        print(f"{name:<12}", *shown, f"{figure['adds']:>9.1f}")


def measure(top: Path, runs: int) -> dict[str, dict[str, float]]:
    """Take turns, so that a busy machine is equally busy for all."""
    place = own_place(top / "place")
    ways = {BARE: _bare(place)}
    for level in Isolation:
        if offer(level, top / "scratch").available:
            ways[level.name.lower()] = _contained(place, top / "scratch", level)
    took: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(_WARM + runs):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            if turn >= _WARM:
                took[name].append((time.perf_counter() - started) * 1000)
    bare = statistics.median(took[BARE])
    return {
        name: {
            "least": round(min(times), 2),
            "p50": round(statistics.median(times), 2),
            "p95": round(statistics.quantiles(times, n=20)[-1], 2),
            "adds": round(statistics.median(times) - bare, 2),
        }
        for name, times in took.items()
    }


def _bare(place: Place) -> Callable[[], object]:
    command = [str(place.root / "bin" / "python"), "-c", _CODE]
    return lambda: subprocess.run(command, capture_output=True, check=True, env={})


def _contained(place: Place, scratch: Path, level: Isolation) -> Callable[[], object]:
    sandbox = Sandbox(scratch, level)
    job = Job(argv=("python", "-c", _CODE))

    def run() -> None:
        ending = sandbox.run(job, place)
        assert ending.exit_code == 0, ending.stderr.text

    return run


if __name__ == "__main__":
    main()
