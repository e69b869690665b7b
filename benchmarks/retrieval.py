"""How well known failures are found: ours beside the baselines, on any corpus and queries.

python -m benchmarks.retrieval CORPUS QUERIES [--json] [--distractors N]

CORPUS and QUERIES are JSON lines: {id, package, title, text} and {qid, text, relevant}. Each
query is asked twice: with everything, and with its relevant documents removed ("nothing known").
Our threshold is fixed. A baseline's is the highest at which it recognises as many known failures
as we do, so false positives are compared at one rate of true ones.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from benchmarks.baselines import Exact, FullText, Fused, Ranked
from benchmarks.distractors import distractors
from fixproof.library.index import Entry, Index
from fixproof.signature import parse
from fixproof.signature.features import features_of
from fixproof.signature.known import Known
from fixproof.signature.rank import THRESHOLD

Document = Mapping[str, Any]


class Method(Protocol):
    """A way to rank documents for a text."""

    def search(self, text: str, without: frozenset[str]) -> Ranked:
        """Rank, best first; `without` are documents that must count as absent."""
        ...


class Ours:
    """fixproof's own index, in a real file."""

    def __init__(self, documents: Iterable[Document], folder: Path) -> None:
        self._index = Index.writing(folder / "index.sqlite")
        self._removable: dict[str, Entry] = {}
        self._index.put(self._entries(documents))

    def _entries(self, documents: Iterable[Document]) -> Iterator[Entry]:
        for document in documents:
            entry = _entry(document)
            if not document["id"].startswith("generated/"):
                self._removable[entry.known.key] = entry
            yield entry

    def search(self, text: str, without: frozenset[str]) -> Ranked:
        """Search the index; absent documents are really taken out and put back."""
        self._index.remove(without)
        hits = self._index.search(features_of(parse(text)), limit=50)
        self._index.put(self._removable[key] for key in sorted(without) if key in self._removable)
        return [(hit.known.key, hit.match.score) for hit in hits]


def _entry(document: Document) -> Entry:
    known = Known(key=document["id"], title=document["title"], package=document.get("package", ""))
    features = features_of(parse(document["text"]), document["title"])
    return Entry(known=known, features=features, source="benchmark")


def measure(
    method: Method, queries: Sequence[Document], *, threshold: float = 0.0, known: float = 0.0
) -> dict[str, float]:
    """Ask everything twice and compute the figures.

    Without a threshold, the highest is taken at which the share `known` is recognised.
    """
    ranks, present, absent = [], [], []
    started = time.perf_counter()
    for query in queries:
        relevant = frozenset(query["relevant"])
        found = method.search(query["text"], frozenset())
        ranks.append(next((n for n, (key, _) in enumerate(found) if key in relevant), None))
        present.append(found[0][1] if found else 0.0)
        rest = method.search(query["text"], relevant)
        absent.append(rest[0][1] if rest else 0.0)
    chosen = threshold or sorted(present, reverse=True)[max(round(known * len(present)) - 1, 0)]
    hits = [rank for rank in ranks if rank is not None]
    size = len(queries)
    return {
        "recall@1": sum(rank == 0 for rank in hits) / size,
        "recall@5": sum(rank < 5 for rank in hits) / size,
        "mrr": sum(1 / (rank + 1) for rank in hits) / size,
        "auc": _auc(present, absent),
        "false_positive_rate": sum(score >= chosen for score in absent) / size,
        "true_positive_rate": sum(score >= chosen for score in present) / size,
        "threshold": chosen,
        "queries": size,
        "seconds": time.perf_counter() - started,
    }


def _auc(present: Sequence[float], absent: Sequence[float]) -> float:
    wins = sum((a > b) + 0.5 * (a == b) for a in present for b in absent)
    return wins / (len(present) * len(absent))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--distractors", type=int, default=0, metavar="N")
    options = parser.parse_args(arguments)
    corpus, queries = _lines(options.corpus), _lines(options.queries)
    figures = _all(corpus, queries, options.distractors)
    if options.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        _table(figures)
    return 0


def _all(
    corpus: Sequence[Document], queries: Sequence[Document], count: int
) -> dict[str, dict[str, float]]:
    def documents() -> Iterator[Document]:
        return chain(corpus, distractors(corpus, count))

    signature, text = Exact(documents(), stack_only=False), FullText(documents())
    baselines: dict[str, Method] = {
        "bm25": text,
        "bm25 rarest 12": FullText(documents(), rarest=12),
        "normalised signature": signature,
        "stack hash": Exact(documents(), stack_only=True),
        "fusion": Fused(signature, text),
    }
    with tempfile.TemporaryDirectory() as folder:
        ours = measure(Ours(documents(), Path(folder)), queries, threshold=THRESHOLD)
    known = ours["true_positive_rate"]
    return {"fixproof": ours} | {
        name: measure(method, queries, known=known) for name, method in baselines.items()
    }


def _lines(path: Path) -> list[Document]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _table(figures: Mapping[str, Mapping[str, float]]) -> None:
    columns = ("recall@1", "recall@5", "mrr", "auc", "false_positive_rate", "true_positive_rate")
    print(f"{'':22}" + "".join(f"{name.replace('_positive_rate', '+'):>10}" for name in columns))
    for name, row in figures.items():
        print(f"{name:22}" + "".join(f"{row[column]:10.3f}" for column in columns))


if __name__ == "__main__":
    sys.exit(main())
