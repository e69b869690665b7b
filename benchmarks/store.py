"""Measures the store of run records: looking a probe up, keeping a record, alone and in company."""

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from fixproof.library.store import RecordStore
from tests.support_evidence import environment, record

SAID = "a line of a traceback that is about as long as such lines are\n" * 60
PINS = [("demo", "1.0"), *((f"package-{n}", "1.0") for n in range(20))]


def probe(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def told(name: str, times: list[float]) -> str:
    ordered = sorted(times)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    return f"{name:<34} median {statistics.median(times):6.3f} ms   95 % {p95:6.3f} ms"


def keep(folder: Path, first: int, count: int) -> list[float]:
    store, made = RecordStore(folder), record(environment(*PINS), says=SAID, exit_code=1)
    numbered = [replace(made, probe=probe(n)) for n in range(first, first + count)]
    return [timed(lambda one=one: store.keep(one)) for one in numbered]  # type: ignore[misc] # mypy cannot infer a lambda's default


def main() -> None:
    """Fill a store and measure on the way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=4)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = RecordStore(folder)
        print(told("keep, empty store", keep(folder, 0, 200)))
        with ProcessPoolExecutor(args.processes) as pool:
            share = args.records // args.processes
            starts = [200 + n * share for n in range(args.processes)]
            groups = pool.map(keep, [folder] * len(starts), starts, [share] * len(starts))
            times = [t for group in groups for t in group]
        print(told(f"keep, {args.processes} processes at once", times))
        numbers = range(0, args.records, max(1, args.records // 500))
        found = [timed(lambda n=n: store.find(probe(n))) for n in numbers]  # type: ignore[misc] # the same
        print(told(f"find, {args.records} records", found))
        absent = [timed(lambda n=n: store.find(probe(-n - 1))) for n in numbers]  # type: ignore[misc] # the same
        print(told("find what is not there", absent))
        seconds = timed(store.check) / 1000
        print(f"check of everything: {seconds:.2f} s, {store.check() or 'clean'}")


if __name__ == "__main__":
    main()
