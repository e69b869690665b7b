"""The version map in detail: lines of marks, reasons, the matrix of interpreters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from packaging.version import InvalidVersion, Version

from fixproof.model.findings import Bisection, Shown
from fixproof.model.outcomes import Verdict
from fixproof.pages.provenance import Said, ran
from fixproof.pages.stretches import WORDS, Stretch, stretches

MEANINGS = {
    Verdict.FAILS: "shows the failure of this page",
    Verdict.PASSES: "behaves as it does when fixed",
    Verdict.DIFFERS: "does something else: says nothing either way",
    Verdict.UNTESTABLE: "could not be tried: the reason stands below",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One release (or one cell of the matrix). `roles` are the boundaries that it stands at."""

    version: str
    verdict: Verdict
    python: str = ""
    roles: tuple[str, ...] = ()
    uploaded: str = ""
    exit: str = ""
    runs: int = 0
    sure: str = ""
    says: Said
    flags: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The verdict in a word."""
        return WORDS[self.verdict]

    @property
    def label(self) -> str:
        """Everything that the mark stands for, for those who do not see it."""
        parts = [f"{self.version}: {self.word}", *self.roles, *self.flags]
        return ", ".join(parts) + (f" ({self.says.text})" if self.says.text else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The releases of one line, such as 0.16."""

    name: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why some releases could not be tried."""

    text: Said
    span: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One interpreter of the matrix."""

    python: str
    cells: tuple[Mark | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Interpreters by releases."""

    versions: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionMap:
    """Everything about versions that a page shows."""

    stretches: tuple[Stretch, ...]
    lines: tuple[Line, ...]
    reasons: tuple[Reason, ...]
    counts: tuple[tuple[Verdict, int], ...]

    @property
    def total(self) -> int:
        """How many releases are on the map."""
        return sum(count for _, count in self.counts)


def version_map(bisection: Bisection) -> VersionMap:
    """Draw the map of a bisection."""
    shown = sorted(bisection.outcomes, key=lambda s: in_order(s.version))
    roles = boundary_roles(bisection)
    marks = [mark(s, roles.get(s.version, ())) for s in shown]
    lines = (
        Line(name=name, marks=tuple(group)) for name, group in groupby(marks, key=release_line)
    )
    return VersionMap(
        stretches=tuple(stretches(shown, roles)),
        lines=tuple(lines),
        reasons=tuple(reasons(shown)),
        counts=tuple((v, n) for v in Verdict if (n := sum(s.verdict is v for s in shown))),
    )


def boundary_roles(bisection: Bisection) -> dict[str, tuple[str, ...]]:
    """Name what each boundary release is."""
    named = [
        (bisection.last_good, "last good"),
        (bisection.introduced, "introduced"),
        (bisection.last_bad, "last bad"),
        (bisection.first_fixed, "first fixed"),
        *((version, "also fixed") for version in bisection.also_fixed),
    ]
    roles: dict[str, tuple[str, ...]] = {}
    for version, role in named:
        if version:
            roles[version] = (*roles.get(version, ()), role)
    return roles


def reasons(shown: Iterable[Shown]) -> Iterable[Reason]:
    """Group what could not be tried by the reason."""
    untried: dict[str, list[Shown]] = {}
    for s in shown:
        if s.verdict is Verdict.UNTESTABLE:
            reason = s.reason or s.says or "no reason recorded"
            untried.setdefault(_general(reason, s.version), []).append(s)
    for reason, group in untried.items():
        first, last = group[0].version, group[-1].version
        yield Reason(
            text=ran(reason, *group[-1].records),
            span=first if first == last else f"{first} … {last}",
            count=len(group),
        )


def _general(reason: str, version: str) -> str:
    """Take a release's own number out of its reason: the same reason for many stands once."""
    return re.sub(rf"(?<![\w.]){re.escape(version)}(?![\w.]*\w)", "VERSION", reason)


def matrix(shown: Iterable[Shown], roles: dict[str, tuple[str, ...]]) -> Matrix | None:
    """Lay interpreters out as rows, releases as columns; None without any."""
    cells = {(s.python, s.version): mark(s, roles.get(s.version, ())) for s in shown}
    versions = sorted({version for _, version in cells}, key=in_order)
    pythons = sorted({python for python, _ in cells}, key=in_order, reverse=True)
    if not cells:
        return None
    rows = (
        Row(python=python, cells=tuple(cells.get((python, v)) for v in versions))
        for python in pythons
    )
    return Matrix(versions=tuple(versions), rows=tuple(rows))


def mark(shown: Shown, roles: tuple[str, ...] = ()) -> Mark:
    """Turn one row of findings into a mark."""
    flags = [name for name, on in _flags(shown) if on]
    return Mark(
        version=shown.version,
        verdict=shown.verdict,
        python=shown.python,
        roles=roles,
        uploaded=shown.uploaded.date().isoformat() if shown.uploaded else "",
        exit="" if shown.exit is None else str(shown.exit),
        runs=shown.runs,
        sure=percent(shown.confidence) if shown.runs else "",
        says=ran(shown.reason or shown.says, *shown.records),
        flags=tuple(flags),
    )


def _flags(shown: Shown) -> tuple[tuple[str, bool], ...]:
    return (("yanked", shown.yanked), ("pre-release", shown.prerelease))


def release_line(item: Mark) -> str:
    """Name the line that a release belongs to: `0.16` of `0.16.1`."""
    try:
        version = Version(item.version)
    except InvalidVersion:
        return item.version
    return f"{version.major}.{version.minor}"


def in_order(text: str) -> tuple[int, Version, str]:
    """Sort versions by number, and what is no version before them by name."""
    try:
        return (1, Version(text), text)
    except InvalidVersion:
        return (0, Version("0"), text)


def percent(share: float) -> str:
    """Write a share in percent, rounded down as far as its nines go: 0.9967 is 99.6 %."""
    if share >= 1:
        return "100 %"
    for digits in (0, 1, 2, 3):
        scale = 10 ** (digits + 2)
        floored = int(share * scale + 1e-9)
        if floored < scale - 1:
            return f"{floored / scale * 100:.{digits}f} %"
    return "at least 99.999 %"
