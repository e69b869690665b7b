"""How fast a known failure is found: build rate, size, one question, the whole process.

python -m benchmarks.lookup [--entries N] [--keep FOLDER] [--json]

The entries are generated failures of made-up names; the questions are others of the same kind,
half of them really in the index. FOLDER keeps the index, so that it is built once.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.distractors import Document, distractors
from fixproof.library.index import IMPORTED, Entry, Index
from fixproof.library.index_schema import file_name
from fixproof.signature import parse
from fixproof.signature.features import features_of
from fixproof.signature.known import Known

_PACKAGES = ("orchard", "harbour", "quarry", "foundry", "lantern", "meadow", "granary", "smithy")
_QUESTIONS = 300
_PROCESSES = 20


def _seeds() -> list[Document]:
    return [{"id": name, "package": name, "title": "", "text": ""} for name in _PACKAGES]


def _entries(count: int) -> Iterator[Entry]:
    for document in distractors(_seeds(), count):
        known = Known(key=document["id"], title=document["title"], package=document["package"])
        features = features_of(parse(document["text"]), document["title"])
        yield Entry(known=known, features=features, source=IMPORTED)


def _questions() -> list[str]:
    there = islice(distractors(_seeds(), _QUESTIONS // 2), _QUESTIONS // 2)
    elsewhere = distractors(_seeds(), _QUESTIONS // 2, seed=99)
    return [document["text"] for document in (*there, *elsewhere)]


def _build(path: Path, count: int) -> dict[str, float]:
    started, worked = time.perf_counter(), time.process_time()
    with Index.writing(path) as index:
        index.put(_entries(count))
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    return {
        "build seconds": seconds,
        "build processor s": processor,
        "entries a second": count / seconds,
    }


def _ask(path: Path) -> dict[str, float]:
    spent = []
    with Index.reading(path) as index:
        for text in _questions():
            started = time.perf_counter()
            index.search(features_of(parse(text)))
            spent.append((time.perf_counter() - started) * 1000)
    ordered = sorted(spent)
    return {
        "question p50 ms": statistics.median(ordered),
        "question p99 ms": ordered[int(0.99 * (len(ordered) - 1))],
        "question worst ms": ordered[-1],
    }


def _whole_process(cache: Path) -> dict[str, float]:
    text = _questions()[1].encode()
    script = Path(sys.executable).with_name("fixproof")
    variables = os.environ | {"FIXPROOF_CACHE": str(cache)}
    spent = []
    for _ in range(_PROCESSES):
        started = time.perf_counter()
        subprocess.run(
            [str(script), "explain", "--json"],
            input=text,
            capture_output=True,
            check=True,
            env=variables,
            cwd=cache,
        )
        spent.append((time.perf_counter() - started) * 1000)
    return {"process p50 ms": statistics.median(spent), "process best ms": min(spent)}


def _bare() -> dict[str, float]:
    """Start the interpreter alone: what a process costs on this machine at this moment."""
    spent = []
    for _ in range(_PROCESSES):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        spent.append((time.perf_counter() - started) * 1000)
    return {"bare process p50 ms": statistics.median(spent), "bare process best ms": min(spent)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lookup", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        cache = options.keep or Path(scratch)
        path = cache / "index" / file_name()
        figures = {} if path.exists() else _build(path, options.entries)
        figures |= {"entries": float(options.entries), "MB": _size(path) / 1e6}
        figures |= _ask(path) | _whole_process(cache) | _bare()
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(f"{name:24}{value:14.2f}" for name, value in figures.items()))
    return 0


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.iterdir())


if __name__ == "__main__":
    sys.exit(main())
