"""The flagship bisect against what one would do by hand: `python -m benchmarks.flagship`.

In one run, and as ratios: the bare command in a ready virtual environment; one warm probe
(resolved, materialised, contained, recorded); the whole bisect, cold and with wheels at hand;
the same two boundaries by plain bisection with a `uv run --with` loop and with a venv + pip loop,
both given the right outcome check, and both with warm caches of their own.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import uv

from fixproof.cli.asking import question_of
from fixproof.cli.bisect import configure
from fixproof.cli.wiring import edges
from fixproof.library.store import RecordStore
from fixproof.workflows.ask import Edges, Probe, Prober
from fixproof.workflows.bisect import interpreter_for
from fixproof.workflows.question import job_of, request_for

SCRIPT = Path(__file__).parent.parent / "cases/pypi/starlette/1255/repro.py"
PACKAGE, BAD, DAY = "starlette", "0.16.0", "2022-01-01"
RUNS = 15
UV = uv.find_uv_bin()


def main() -> int:
    """Measure everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--skip-pip", action="store_true", help="leave out the slowest peer")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), skip_pip=args.skip_pip)
    if args.json:
        print(json.dumps(figures, indent=1))
    else:
        show(figures)
    return 0


def measure(folder: Path, *, skip_pip: bool) -> dict[str, float]:
    """Take all figures, seconds; those of single runs are medians."""
    os.environ["FIXPROOF_CACHE"] = str(folder / "cache")
    figures = {"bisect, empty cache": timed(bisect)}
    forget(folder)
    figures["bisect, wheels at hand"] = timed(bisect)
    figures["bisect, asked again"] = timed(bisect)
    releases, python = known()
    figures |= single(folder, python)
    by_uv = uv_loop(python)
    hand(releases, by_uv)
    figures["by hand, uv run --with"] = timed(lambda: hand(releases, by_uv))
    if not skip_pip:
        by_pip = pip_loop(python, folder)
        hand(releases, by_pip)
        figures["by hand, venv + pip"] = timed(lambda: hand(releases, by_pip))
    return {name: round(value, 4) for name, value in figures.items()}


def show(figures: dict[str, float]) -> None:
    """Print a table with the ratios that matter."""
    ours, bare = figures["bisect, wheels at hand"], figures["bare command"]
    for name, value in figures.items():
        base = bare if name in {"bare command", "warm probe"} else ours
        print(f"{name:<26} {value:9.3f} s   x {value / base:6.2f}")
    print(f"overhead of a warm probe   {1000 * (figures['warm probe'] - bare):9.1f} ms")


def bisect() -> None:
    """Run the bisect as a user would."""
    words = [sys.executable, "-m", "fixproof", "bisect", str(SCRIPT), "-p", PACKAGE]
    words += ["--bad", BAD, "--as-of", DAY, "--json"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    found = json.loads(done.stdout)
    bounds = (found["introduced"], found["last_bad"], found["first_fixed"])
    assert bounds == ("0.15.0", "0.16.0", "0.17.0"), bounds


def forget(folder: Path) -> None:
    """Forget runs and environments; wheels and the index's pages stay."""
    for name in ("records", "envs"):
        shutil.rmtree(folder / "cache" / name, ignore_errors=True)


def known() -> tuple[list[str], Path]:
    """List the releases that have wheels, and the interpreter that the bisect chose."""
    with edges(quiet=True) as world:
        timeline = world.index.timeline(PACKAGE)
        question = question_of(_words())
        interpreter = interpreter_for(world, question, timeline)
        wheels = [
            r.version
            for r in timeline.releases
            if not r.is_prerelease
            and not r.is_yanked
            and any(f.is_wheel for f in r.files)
            and r.uploaded is not None
            and r.uploaded.date().isoformat() <= "2024-12-31"
        ]
        return wheels, interpreter.path


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    configure(parser)
    args = parser.parse_args([str(SCRIPT), "-p", PACKAGE, "--bad", BAD, "--as-of", DAY])
    args.command = ()
    return args


def single(folder: Path, python: Path) -> dict[str, float]:
    """Time the bare command and a warm probe, in turn."""
    venv = folder / "venv"
    made = [UV, "pip", "install", "-q", "--python", str(venv / "bin/python"), f"{PACKAGE}=={BAD}"]
    subprocess.run([UV, "venv", "-q", "--python", str(python), str(venv)], check=True)
    subprocess.run([*made, "httpx<0.28", "--exclude-newer", DAY, "--compile-bytecode"], check=True)
    bare, warm = [], []
    with edges(quiet=True) as world:
        once = _prober(world, folder)
        for number in range(RUNS):
            bare.append(timed(lambda: _run([str(venv / "bin/python"), str(SCRIPT)])))
            warm.append(timed(lambda n=number: once(n)))  # type: ignore[misc]  # a lambda's default
    return {"bare command": statistics.median(bare), "warm probe": statistics.median(warm)}


def _prober(world: Edges, folder: Path) -> Callable[[int], None]:
    question = question_of(_words())
    interpreter = interpreter_for(world, question, world.index.timeline(PACKAGE))
    request = request_for(question, BAD, interpreter, question.as_of)

    def once(number: int) -> None:
        store = RecordStore(folder / f"records-{number}")
        prober = Prober(_with_store(world, store), package=PACKAGE)
        environment = world.environments.resolve(request)
        prober.observe(Probe(environment=environment, job=job_of(question)))  # type: ignore[arg-type]  # it resolved before

    return once


def _with_store(world: Edges, store: RecordStore) -> Edges:
    from dataclasses import replace

    return replace(world, records=store)


def hand(releases: Sequence[str], fails: Callable[[str], bool]) -> None:
    """Bisect twice, as one would by hand, with the oldest and the newest tried first."""
    at = releases.index(BAD)
    introduced = releases[_first(at, lambda n: fails(releases[n]))]
    fixed = releases[at + _first(len(releases) - at - 1, lambda n: not fails(releases[at + n]))]
    assert (introduced, fixed) == ("0.15.0", "0.17.0"), (introduced, fixed)


def _first(last: int, holds: Callable[[int], bool]) -> int:
    low, high = 0, last
    assert not holds(low)
    assert holds(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def uv_loop(python: Path) -> Callable[[str], bool]:
    """Try a release with uv run."""

    def fails(version: str) -> bool:
        words = [UV, "run", "-q", "--no-project", "--python", str(python)]
        words += ["--exclude-newer", _date(version), "--with", f"{PACKAGE}=={version}"]
        return _fails(_run([*words, "--with", "httpx<0.28", "python", str(SCRIPT)]))

    return fails


def pip_loop(python: Path, folder: Path) -> Callable[[str], bool]:
    """Try a release in a fresh virtual environment filled by pip."""

    def fails(version: str) -> bool:
        venv = folder / "by-hand"
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([str(python), "-m", "venv", str(venv)], check=True)
        pip = [str(venv / "bin/python"), "-m", "pip", "install", "-q", "anyio<4", "httpx<0.22"]
        subprocess.run([*pip, f"{PACKAGE}=={version}"], check=True, capture_output=True)
        return _fails(_run([str(venv / "bin/python"), str(SCRIPT)]))

    return fails


def _date(version: str) -> str:
    """Take younger packages where the release is younger than the report."""
    return DAY if tuple(map(int, version.split("."))) < (0, 18, 0) else "2024-12-31"


def _run(words: list[str]) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    return done.stderr


def _fails(errors: str) -> bool:
    return "No response returned" in errors


def timed(work: Callable[[], object]) -> float:
    """Time one call, seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
