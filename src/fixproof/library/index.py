"""The index of known failures: derived, embedded, incremental, safe for readers beside a writer."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from heapq import nlargest
from pathlib import Path
from types import TracebackType
from typing import Self

from fixproof.library.index_schema import open_for_reading, open_for_writing
from fixproof.library.packing import known_of, packable, packed, unpacked
from fixproof.signature.features import Features, Part
from fixproof.signature.known import Hit, Known
from fixproof.signature.rank import Match, Side, compare, counted, rarity, side

IMPORTED = "imported"  # the source of entries that stand in no case
_POSTED = frozenset({Part.WORD, Part.CALL, Part.CODE, Part.WHOLE})
_TERMS = 32  # rarest features that are looked up
_POSTINGS = 6_000  # entries that are touched for one question, at most
_CANDIDATES = 40  # entries that are compared in full
_VARIABLES = 500  # SQLite takes no more in one statement everywhere
_BATCH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is put into the index."""

    known: Known
    features: Features
    source: str
    stamp: str = ""


class Index:
    """An open index. Use as a context manager."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def reading(cls, path: Path) -> Self:
        """Open for questions."""
        return cls(open_for_reading(path))

    @classmethod
    def writing(cls, path: Path) -> Self:
        """Open for changes and questions; made where it does not exist."""
        return cls(open_for_writing(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def __len__(self) -> int:
        return int(self._connection.execute("SELECT entries FROM size").fetchone()[0])

    # -- changes --------------------------------------------------------------------------

    def put(self, entries: Iterable[Entry]) -> int:
        """Add entries, each replacing the one with its key; return how many."""
        count, batch = 0, list[Entry]()
        for entry in entries:
            batch.append(entry)
            if len(batch) >= _BATCH:
                count += self._put(batch)
                batch = []
        return count + self._put(batch)

    def _put(self, batch: list[Entry]) -> int:
        if not batch:
            return 0
        latest = {entry.known.key: entry for entry in batch}
        with self._change():
            self._remove(latest)
            changes = Counter[int]()
            for entry in latest.values():
                weights = packable(entry.features.weights)
                terms = _terms(weights)
                changes.update(terms)
                self._insert(entry, weights, terms)
            self._count(changes, len(latest))
        return len(latest)

    def _insert(self, entry: Entry, weights: Mapping[str, float], terms: Iterable[int]) -> None:
        row = self._connection.execute(
            "INSERT INTO entries (key, source, stamp, packed) VALUES (?, ?, ?, ?)",
            (entry.known.key, entry.source, entry.stamp, packed(entry.known, weights)),
        )
        self._connection.execute(
            "INSERT INTO postings (rowid, terms) VALUES (?, ?)",
            (row.lastrowid, " ".join(map(_token, terms))),
        )

    def remove(self, keys: Iterable[str]) -> int:
        """Take entries out; return how many there were."""
        with self._change():
            return self._remove(keys)

    def _remove(self, keys: Iterable[str]) -> int:
        changes, gone = Counter[int](), list[int]()
        for chunk in _chunks(list(keys)):
            for number, data in self._select("SELECT id, packed FROM entries WHERE key", chunk):
                changes.subtract(_terms(unpacked(data)[1]))
                gone.append(number)
        self._connection.executemany("DELETE FROM entries WHERE id = ?", ((n,) for n in gone))
        self._count(changes, -len(gone))
        return len(gone)

    def _count(self, changes: Mapping[int, int], entries: int) -> None:
        self._connection.executemany(
            "INSERT INTO terms VALUES (?, ?)"
            " ON CONFLICT (term) DO UPDATE SET count = count + excluded.count",
            sorted(changes.items()),
        )
        self._connection.execute("UPDATE size SET entries = entries + ?", (entries,))

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Do all of it or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def stamps(self, source: str) -> dict[str, str]:
        """Tell what was read from a source: key to stamp."""
        rows = self._connection.execute(
            # The second condition is the index's own: it leaves out what was imported.
            "SELECT key, stamp FROM entries WHERE source = ? AND source <> 'imported'",
            (source,),
        )
        return dict(rows)

    # -- questions ------------------------------------------------------------------------

    def recorded(self) -> tuple[Known, ...]:
        """List the entries that come from cases: what imports say of versions nobody checked."""
        rows = self._connection.execute(
            "SELECT key, packed FROM entries INDEXED BY by_source"
            " WHERE source <> 'imported' ORDER BY id"
        )
        return tuple(known_of(key, unpacked(data)[0]) for key, data in rows)

    def search(self, features: Features, limit: int = 10) -> tuple[Hit, ...]:
        """Find entries that tell the same failure, best first."""
        total = len(self)
        counts = self._counts({_term(counted(feature)) for feature in features.weights})
        found = self._candidates(features.weights, counts, total)
        rows = self._rows(found)
        read = {number: unpacked(data) for number, (_, data) in rows.items()}
        sides = {number: weights for number, (_, weights) in read.items()}
        wanted = {_term(counted(f)) for weights in sides.values() for f in weights}
        counts |= self._counts(wanted - counts.keys())

        @cache
        def rare(feature: str) -> float:
            return rarity(total, counts.get(_term(feature), 0))

        query = side(features.weights, rare)
        matches = [
            (compare(query, side(weights, rare)), number) for number, weights in sides.items()
        ]
        matches.sort(key=lambda item: (-item[0].score, item[1]))
        return tuple(
            _hit(match, known_of(rows[n][0], read[n][0]), query, sides[n])
            for match, n in matches[:limit]
        )

    def _candidates(
        self, weights: Mapping[str, float], counts: Mapping[int, int], total: int
    ) -> list[int]:
        """Add up the rarest features of all entries that have them; the frequent ones cost."""
        posted = {
            _term(f): (counts.get(_term(f), 0), w) for f, w in weights.items() if _is_posted(f)
        }
        ordered = sorted((count, term, weight) for term, (count, weight) in posted.items() if count)
        touched, sums = 0, dict[int, float]()
        for position, (count, term, weight) in enumerate(ordered[:_TERMS]):
            if touched + count > _POSTINGS and position:
                break
            touched += count
            value = rarity(total, count) * weight
            for (number,) in self._connection.execute(
                "SELECT rowid FROM postings WHERE postings MATCH ? LIMIT ?",
                (_token(term), _POSTINGS),
            ):
                sums[number] = sums.get(number, 0.0) + value
        return nlargest(_CANDIDATES, sums, key=sums.__getitem__)

    def _rows(self, numbers: list[int]) -> dict[int, tuple[str, bytes]]:
        statement = "SELECT id, key, packed FROM entries WHERE id"
        return {number: (key, data) for number, key, data in self._select(statement, numbers)}

    def _counts(self, terms: Iterable[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for chunk in _chunks(sorted(terms)):
            found.update(self._select("SELECT term, count FROM terms WHERE term", chunk))
        return found

    def _select(self, statement: str, values: list[int] | list[str]) -> sqlite3.Cursor:
        marks = ",".join("?" * len(values))
        return self._connection.execute(f"{statement} IN ({marks})", values)


def _hit(match: Match, known: Known, query: Side, document: Mapping[str, float]) -> Hit:
    ours = {f"{part}:{text}": v for part, texts in query.parts.items() for text, v in texts.items()}
    shared = sorted((f for f in ours if f in document), key=lambda feature: -ours[feature])
    return Hit(known=known, match=match, shared=tuple(shared[:24]))


def _is_posted(feature: str) -> bool:
    return feature[0] in _POSTED


@lru_cache(maxsize=100_000)
def _term(feature: str) -> int:
    """Make a number of a feature: 40 bits keep the index small, a chance meeting is harmless."""
    return int.from_bytes(blake2b(feature.encode("utf-8", "replace"), digest_size=5).digest())


def _token(term: int) -> str:
    return f"{term:x}"


def _terms(weights: Mapping[str, float]) -> set[int]:
    return {_term(feature) for feature in weights if _is_posted(feature)}


def _chunks(values: list) -> Iterator[list]:  # type: ignore[type-arg]  # of keys or of numbers
    for start in range(0, len(values), _VARIABLES):
        yield values[start : start + _VARIABLES]
