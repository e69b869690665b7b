"""What others do, as baselines: BM25, rarest terms, normalised signatures, stack hashes, fusion."""

import hashlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from fixproof.signature import normalise, parse
from fixproof.signature.identity import package_frames, tree, type_name

Ranked = Sequence[tuple[str, float]]  # ids, best first, with a score that grows with certainty
_WORD = re.compile(r"[A-Za-z0-9_]{2,}")
_LIMIT = 50


class FullText:
    """SQLite FTS5 with its BM25: all terms of the query, or only the rarest."""

    def __init__(self, documents: Iterable[Mapping[str, str]], rarest: int | None = None) -> None:
        self._rarest = rarest
        self._connection = sqlite3.connect(":memory:")
        self._connection.execute("CREATE VIRTUAL TABLE t USING fts5 (id UNINDEXED, body)")
        self._counts = Counter[str]()
        for document in documents:
            body = f"{document['title']}\n{document['text']}"
            self._counts.update({word.lower() for word in _WORD.findall(body)})
            self._connection.execute("INSERT INTO t VALUES (?, ?)", (document["id"], body))

    def search(self, text: str, without: frozenset[str]) -> Ranked:
        """Rank by BM25."""
        words = sorted(
            {word.lower() for word in _WORD.findall(text)}, key=lambda w: self._counts[w]
        )
        known = [word for word in words if self._counts[word]][: self._rarest]
        if not known:
            return ()
        asked = " OR ".join(f'"{word}"' for word in known)
        rows = self._connection.execute(
            "SELECT id, -bm25(t) AS score FROM t WHERE t MATCH ? ORDER BY score DESC LIMIT ?",
            (asked, _LIMIT),
        )
        return [(key, score) for key, score in rows if key not in without]


class Exact:
    """Groups by one digest a text, as error trackers do."""

    def __init__(self, documents: Iterable[Mapping[str, str]], *, stack_only: bool) -> None:
        self._stack_only = stack_only
        self._groups: dict[str, list[str]] = {}
        for document in documents:
            for digest in self._digests(document["text"]):
                self._groups.setdefault(digest, []).append(document["id"])

    def search(self, text: str, without: frozenset[str]) -> Ranked:
        """Find the members of the same groups; the fullest digest first."""
        found: dict[str, float] = {}
        for score, digest in enumerate(reversed(self._digests(text)), start=1):
            for key in self._groups.get(digest, ()):
                found[key] = max(found.get(key, 0.0), float(score))
        ranked = sorted(found.items(), key=lambda item: -item[1])
        return [(key, score) for key, score in ranked if key not in without][:_LIMIT]

    def _digests(self, text: str) -> list[str]:
        failure = parse(text)
        nodes = list(tree(failure.raised)) if failure.raised else []
        frames = [f"{f.module}:{f.function}" for n in nodes for f in package_frames(n)]
        if self._stack_only:
            return [_digest(frames)] if frames else []
        said = [f"{type_name(n)}: {normalise(n.message)}" for n in nodes if n.type]
        if not said:
            return []
        return [_digest([*said, *frames]), _digest(said)] if frames else [_digest(said)]


class Fused:
    """Reciprocal-rank fusion of two methods."""

    def __init__(self, first: Exact, second: FullText) -> None:
        self._methods = (first, second)

    def search(self, text: str, without: frozenset[str]) -> Ranked:
        """Add up the reciprocal ranks."""
        sums: dict[str, float] = {}
        for method in self._methods:
            for rank, (key, _) in enumerate(method.search(text, without)):
                sums[key] = sums.get(key, 0.0) + 1 / (60 + rank)
        return sorted(sums.items(), key=lambda item: -item[1])


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
