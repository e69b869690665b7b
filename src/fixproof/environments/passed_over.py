"""Releases that only exist as source: a choice among wheels would pass them over in silence."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, platform_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from fixproof.model.environments import Interpreter, Pin, Request
from fixproof.model.releases import File, Release, Timeline


def passed_over(pin: Pin, timeline: Timeline, request: Request) -> str | None:
    """Find a newer release that a resolver free to build would have considered first."""
    limit = dict(request.exempt).get(pin.name, request.as_of)
    wanted = _wanted(pin.name, request)
    for release in _newer(timeline, pin.version):
        if release.is_prerelease and pin.name not in request.prereleases:
            continue
        if not wanted.contains(release.version, prereleases=True):
            continue
        if _only_source(release, request.interpreter, limit):
            return release.version
    return None


def _newer(timeline: Timeline, version: str) -> Iterator[Release]:
    chosen = Version(version)
    return (r for r in reversed(timeline.releases) if r.parsed > chosen)


def _wanted(name: str, request: Request) -> SpecifierSet:
    """Join what the caller asks of this package. What other packages ask is not known here."""
    specifiers = SpecifierSet()
    for line in (*request.requirements, *request.constraints):
        requirement = Requirement(line)
        if canonicalize_name(requirement.name) == name:
            specifiers &= requirement.specifier
    return specifiers


def _only_source(release: Release, interpreter: Interpreter, limit: datetime | None) -> bool:
    files = [f for f in release.files if not f.yanked and _in_time(f, limit)]
    files = [f for f in files if _speaks(f, interpreter)]
    sources = [f for f in files if not f.is_wheel]
    return bool(sources) and not any(f.is_wheel and fits(f.name, interpreter) for f in files)


def _in_time(file: File, limit: datetime | None) -> bool:
    return limit is None or (file.uploaded is not None and file.uploaded <= limit)


def _speaks(file: File, interpreter: Interpreter) -> bool:
    try:
        return SpecifierSet(file.requires_python or "").contains(
            interpreter.version, prereleases=True
        )
    except InvalidSpecifier:
        return True


def fits(wheel: str, interpreter: Interpreter) -> bool:
    """Tell whether a wheel can be installed for this interpreter, on this machine."""
    try:
        tags = parse_wheel_filename(wheel)[3]
    except InvalidWheelFilename:
        return False
    return not tags.isdisjoint(_supported(interpreter.implementation, interpreter.minor))


@cache
def _supported(implementation: str, minor: str) -> frozenset[Tag]:
    version = tuple(int(part) for part in minor.split("."))
    platforms = list(platform_tags())
    short = f"{'cp' if implementation == 'cpython' else 'pp'}{minor.replace('.', '')}"
    own: Iterable[Tag] = cpython_tags(version, platforms=platforms)
    if implementation != "cpython":
        own = ()
    return frozenset((*own, *compatible_tags(version, short, platforms)))
