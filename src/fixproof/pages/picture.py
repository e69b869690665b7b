"""The behaviour map as one picture that needs nothing else: an SVG file."""

from dataclasses import dataclass
from itertools import groupby

from packaging.version import Version

from fixproof.model.findings import Behaviour, Bisection
from fixproof.pages.markup import engine
from fixproof.pages.provenance import harmless
from fixproof.pages.stretches import WORDS

TILE, ROW, LEFT, TOP = 26, 30, 110, 46  # pixels
WIDEST = 30  # tiles in a row; longer lines go on in the next
LONGEST = 110  # characters of what a group said


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One release: its shape and colour say the verdict, its letter the group."""

    x: int
    letter: str
    verdict: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The releases of one line, or as many of them as fit."""

    y: int
    name: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one letter stands for."""

    y: int
    letter: str
    word: str
    counted: str
    says: str


def picture(found: Bisection) -> str:
    """Draw every release of a bisection by what it did, lines of releases below each other."""
    group_of = {version: group for group in found.behaviours for version in group.versions}
    rows = _rows(group_of)
    below = TOP + ROW * len(rows) + 24
    legend = tuple(
        _entry(group, below + 20 * place) for place, group in enumerate(found.behaviours)
    )
    widest = max((len(row.tiles) for row in rows), default=0)
    longest = max((len(e.says) + len(e.word) + len(e.counted) for e in legend), default=0)
    return (
        engine()
        .get_template("map.svg")
        .render(
            title=f"{found.package}: {len(group_of)} releases by what they do",
            lines=rows,
            legend=legend,
            width=max(420, LEFT + TILE * widest + 16, 60 + 8 * longest),
            height=below + 20 * len(legend),
        )
    )


def _rows(group_of: dict[str, Behaviour]) -> tuple[Row, ...]:
    versions = sorted(group_of, key=Version)
    rows: list[Row] = []
    for name, line in groupby(versions, key=_line):
        members = list(line)
        for start in range(0, len(members), WIDEST):
            tiles = tuple(
                _tile(version, group_of[version], LEFT + TILE * place)
                for place, version in enumerate(members[start : start + WIDEST])
            )
            rows.append(Row(y=TOP + ROW * len(rows), name="" if start else name, tiles=tiles))
    return tuple(rows)


def _line(version: str) -> str:
    parsed = Version(version)
    return f"{parsed.major}.{parsed.minor}"


def _tile(version: str, group: Behaviour, x: int) -> Tile:
    label = f"{version}: {WORDS[group.verdict]}, {_short(group.says)}"
    return Tile(x=x, letter=group.name, verdict=group.verdict.value, label=label)


def _entry(group: Behaviour, y: int) -> Entry:
    count = len(group.versions)
    span = group.versions[0] if count == 1 else f"{count} releases"
    return Entry(
        y=y, letter=group.name, word=WORDS[group.verdict], counted=span, says=_short(group.says)
    )


def _short(text: str) -> str:
    first = harmless(text).strip().partition("\n")[0]
    return first if len(first) <= LONGEST else f"{first[: LONGEST - 1]}…"
