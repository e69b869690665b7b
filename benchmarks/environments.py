"""What an environment costs beside what a user would type: uv venv and uv pip install, warm.

python -m benchmarks.environments [--runs N] [--json]

Ten small made-up packages on an index of this machine; one of them moves from release to release
as in a bisect. The ways take turns, so that a busy machine is equally busy for all.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from fixproof.environments import resolver
from fixproof.environments.prepare import Environments
from fixproof.model.environments import Environment, Interpreter, Request
from tests.support_index import LocalIndex

_PACKAGES = 10
_MODULES = 20
_AS_OF = datetime(2024, 1, 1, tzinfo=UTC)
HAND = "uv venv + uv pip install, warm"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="runs of each kind")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fixproof-benchmark-") as made, LocalIndex() as index:
        figures = measure(Path(made), index, args.runs)
    if args.json:
        print(json.dumps(figures, indent=1))
        return
    print(f"{args.runs} runs of each, milliseconds")
    for name, figure in figures.items():
        print(f"{name:<44} {figure['p50']:>8.2f} {figure['p95']:>8.2f}   x {figure['ratio']:.3f}")


def measure(top: Path, index: LocalIndex, runs: int) -> dict[str, dict[str, float]]:
    """Take the ways in turn; the first turn warms everybody's caches."""
    _publish(index, runs + 2)
    cache = top / "cache"
    interpreter = index.environments(cache).interpreters()[0]
    ways = {
        HAND: _by_hand(top / "hand", index, interpreter),
        "asked before, same process": _again(index.environments(cache), interpreter),
        "asked before, caches read from disk": _from_disk(cache, index, interpreter),
        "the next release: resolve, fetch, lay out": _neighbour(top / "next", index, interpreter),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(runs + 1):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            if turn:
                took[name].append((time.perf_counter() - started) * 1000)
    figures = {name: _figure(times, took[HAND]) for name, times in took.items()}
    return figures | _alone(top / "alone", index, interpreter, runs, took[HAND])


def _figure(times: list[float], hand: list[float]) -> dict[str, float]:
    middle = statistics.median(times)
    p95 = sorted(times)[int(0.95 * (len(times) - 1))]
    return {"p50": middle, "p95": p95, "ratio": middle / statistics.median(hand)}


def _publish(index: LocalIndex, releases: int) -> None:
    for number in range(_PACKAGES):
        name = f"part{number}"
        for release in range(releases if number == 0 else 1):
            files: dict[str, str | bytes] = {
                f"{name}/module{n}.py": f"def f(x):\n    return x + {n}\n" * 20
                for n in range(_MODULES)
            }
            files[f"{name}/__init__.py"] = f"release = {release}\n"
            index.add(name, f"1.{release}", files=files)


def _request(interpreter: Interpreter, release: int) -> Request:
    others = [f"part{number}" for number in range(1, _PACKAGES)]
    return Request(
        requirements=(f"part0==1.{release}", *others),
        interpreter=interpreter,
        as_of=_AS_OF,
        exempt=(("part0", None),),
    )


def _prepared(environments: Environments, request: Request) -> Environment:
    environment = environments.resolve(request)
    assert isinstance(environment, Environment), environment
    environments.materialise(environment)
    return environment


def _again(environments: Environments, interpreter: Interpreter) -> Callable[[], object]:
    return lambda: _prepared(environments, _request(interpreter, 0))


def _from_disk(cache: Path, index: LocalIndex, interpreter: Interpreter) -> Callable[[], object]:
    return lambda: _prepared(index.environments(cache), _request(interpreter, 0))


def _neighbour(cache: Path, index: LocalIndex, interpreter: Interpreter) -> Callable[[], object]:
    environments = index.environments(cache)
    release = count()
    return lambda: _prepared(environments, _request(interpreter, next(release)))


def _alone(
    cache: Path, index: LocalIndex, interpreter: Interpreter, runs: int, hand: list[float]
) -> dict[str, dict[str, float]]:
    """Time laying out alone, with resolution and files at hand (as after preparing ahead)."""
    took = list(_laid_out(index.environments(cache), interpreter, runs))
    return {"the next release: lay out only": _figure(took[1:], hand)}


def _laid_out(environments: Environments, interpreter: Interpreter, runs: int) -> Iterator[float]:
    for release in range(runs + 1):
        environment = environments.resolve(_request(interpreter, release))
        assert isinstance(environment, Environment)
        for pin in environment.pins:
            environments.contents(environment, pin.name)
        started = time.perf_counter()
        environments.materialise(environment)
        yield (time.perf_counter() - started) * 1000


def _by_hand(folder: Path, index: LocalIndex, interpreter: Interpreter) -> Callable[[], object]:
    """Do what a user does for each release, from uv's own warm cache."""
    folder.mkdir()
    variables = {
        "UV_CACHE_DIR": str(folder / "cache"),
        "UV_DEFAULT_INDEX": index.url,
        "HOME": str(folder),
    }
    release = count()

    def once() -> None:
        target = folder / f"venv{next(release)}"
        wanted = _request(interpreter, 0).requirements
        python = str(interpreter.path)
        commands = [
            ["venv", "--python", python, str(target)],
            ["pip", "install", "--python", str(target), "--exclude-newer", "2024-01-01", *wanted],
        ]
        for command in commands:
            subprocess.run(
                [str(resolver.binary()), *command, "--no-config", "-q"], env=variables, check=True
            )

    return once


if __name__ == "__main__":
    main()
