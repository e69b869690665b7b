"""Upgrades that a fix may try: which packages may move, and what each move asks of the resolver."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from fixproof.model.environments import Interpreter, Request
from fixproof.model.releases import Release, Timeline, canonical
from fixproof.workflows.drift_wish import Wish, name_in, request_at

EXACT = {"==", "==="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A package that may be taken at a newer version than it has. `versions` rise."""

    package: str
    present: str | None
    versions: tuple[str, ...]
    asked: str = ""  # the requirement line that kept it back

    @property
    def newest(self) -> str:
        """The highest version there is."""
        return self.versions[-1]

    def line(self, version: str, *, exact: bool = False) -> str:
        """Write what the user would write: an exact pin stays one, anything else a lower bound."""
        wanted = Requirement(self.asked or self.package)
        extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
        pinned = exact or any(s.operator in EXACT for s in wanted.specifier)
        marker = f" ; {wanted.marker}" if wanted.marker else ""
        return f"{wanted.name}{extras}{'==' if pinned else '>='}{version}{marker}"


def moves_of(
    wish: Wish, present: Mapping[str, str], timelines: Mapping[str, Timeline], until: datetime
) -> tuple[Move, ...]:
    """List the packages that have newer releases than the present environment holds.

    The requirements first, then what is locked, as far as its timeline was looked up.
    """
    asked = [name for name in map(name_in, wish.requirements) if name]
    locked = [name for name, _ in wish.present if name not in wish.direct]
    found = [
        move_of(wish, name, present.get(name), timelines.get(name), until)
        for name in dict.fromkeys((*asked, *locked))
    ]
    return tuple(move for move in found if move)


def move_of(
    wish: Wish, name: str, have: str | None, timeline: Timeline | None, until: datetime
) -> Move | None:
    """List a package's newer releases; None where there are none."""
    line = next((x for x in wish.requirements if name_in(x) == name), "")
    have = have or dict(wish.present).get(name) or (_pinned(line) if line else None)
    if timeline is None:
        return None
    versions = newer(timeline, have, wish.interpreter, until)
    if not versions:
        return None
    return Move(package=name, present=have, versions=versions, asked=line)


def newer(
    timeline: Timeline, version: str | None, interpreter: Interpreter, until: datetime
) -> tuple[str, ...]:
    """List the final releases above a version that a resolver would take, lowest first."""
    return tuple(
        release.version
        for release in timeline.releases
        if (version is None or release.parsed > Version(version))
        and not release.is_prerelease
        and _is_offered(release, interpreter, until)
    )


def request_with(
    wish: Wish, chosen: Mapping[str, str], when: datetime, *, fresh: bool = False
) -> Request:
    """Ask for the wish with some packages at exactly the chosen versions."""
    moved = tuple(_exactly(wish, name, version) for name, version in sorted(chosen.items()))
    return request_as_written(wish, moved, when, fresh=fresh)


def request_as_written(
    wish: Wish, lines: tuple[str, ...], when: datetime, *, fresh: bool = False
) -> Request:
    """Ask for the wish with lines in the place of those about the same packages."""
    plain, moved = request_at(wish, when, fresh=fresh), set(map(name_in, lines))
    return replace(
        plain,
        requirements=(*(r for r in wish.requirements if name_in(r) not in moved), *lines),
        constraints=tuple(c for c in plain.constraints if name_in(c) not in moved),
        preferences=tuple((n, v) for n, v in plain.preferences if n not in moved),
    )


def leading(versions: Sequence[str], *, most: int = 6) -> list[str]:
    """Choose the newest of each line X.Y, newest first: what an upgrade would be tried with."""
    lines: dict[tuple[int, ...], str] = {}
    for version in versions:
        lines[Version(version).release[:2]] = version
    heads = list(reversed(lines.values()))
    if len(heads) <= most:
        return heads
    step = (len(heads) - 1) / (most - 1)
    return [heads[round(n * step)] for n in range(most)]


def _exactly(wish: Wish, name: str, version: str) -> str:
    line = next((x for x in wish.requirements if name_in(x) == name), name)
    wanted = Requirement(line)
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    return f"{wanted.name}{extras}=={version}"


def _pinned(line: str) -> str | None:
    try:
        specifiers = Requirement(line).specifier
    except InvalidRequirement:
        return None
    exact = [s.version for s in specifiers if s.operator in EXACT and not s.version.endswith("*")]
    try:
        return str(Version(exact[0])) if exact else None
    except InvalidVersion:
        return None


def _is_offered(release: Release, interpreter: Interpreter, until: datetime) -> bool:
    return any(
        file.uploaded and file.uploaded <= until and not file.yanked
        for file in release.files
        if _suits(file.requires_python, interpreter)
    )


def _suits(requires: str | None, interpreter: Interpreter) -> bool:
    try:
        return SpecifierSet(requires or "").contains(interpreter.version, prereleases=True)
    except InvalidSpecifier:
        return True


def suspects_first(moves: Sequence[Move], said: str) -> list[Move]:
    """Order moves: packages that the failure speaks of first, then as the user lists them."""
    words = canonical(said.replace("/", " ").replace("'", " "))
    return sorted(moves, key=lambda m: m.package not in words)
