"""The release tree: which release came out of which, so that back-ports are seen as such."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

from packaging.version import Version

from fixproof.model.errors import InputError
from fixproof.model.releases import Release, Timeline


def line_of(version: str) -> tuple[int, int, int]:
    """Name the line that a version belongs to: epoch, first and second number."""
    parsed = Version(version)
    return parsed.epoch, parsed.major, parsed.minor


@dataclass(frozen=True, kw_only=True)  # no slots: what is derived is kept beside the fields
class ReleaseTree:
    """Releases and their parents. `versions` are in the order of their numbers.

    Yanked releases are in: people got them, and a search must name them. `unwanted` are those
    that a resolver would not choose today (yanked, pre-releases); `left_out` are pre-releases
    that are not part of the tree.
    """

    versions: tuple[str, ...]
    parents: Mapping[str, str | None]
    uploaded: Mapping[str, datetime | None]
    unwanted: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, timeline: Timeline, *, prereleases: bool = False, include: Iterable[str] = ()
    ) -> "ReleaseTree":
        """Grow the tree of a timeline. `include` names pre-releases that are wanted anyway."""
        named = {Version(version) for version in include}
        usable = [r for r in timeline.releases if r.files]
        everything = prereleases or all(r.is_prerelease for r in usable)
        kept = [r for r in usable if everything or not r.is_prerelease or r.parsed in named]
        inside = {r.version for r in kept}
        kept.sort(key=lambda release: release.parsed)
        return cls(
            versions=tuple(r.version for r in kept),
            parents=MappingProxyType(_parents(kept)),
            uploaded=MappingProxyType({r.version: r.uploaded for r in kept}),
            unwanted=frozenset(r.version for r in kept if r.is_yanked or r.is_prerelease),
            left_out=tuple(r.version for r in usable if r.version not in inside),
        )

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """The place of each version in the order of numbers."""
        return {version: place for place, version in enumerate(self.versions)}

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The releases that came out of each release, lowest first."""
        found: dict[str, list[str]] = {version: [] for version in self.versions}
        for version in self.versions:
            parent = self.parents[version]
            if parent is not None:
                found[parent].append(version)
        return {version: tuple(below) for version, below in found.items()}

    @cached_property
    def tips(self) -> tuple[str, ...]:
        """Releases that nothing came out of: the ends of lines."""
        return tuple(v for v in self.versions if not self.children[v])

    def named(self, version: str) -> str:
        """Find a release by any spelling of its version."""
        wanted = Version(version)
        for known in self.versions:
            if Version(known) == wanted:
                return known
        raise InputError(
            f"no such release: {version}",
            hint="name a release that the index lists; pre-releases need --pre",
        )

    def path(self, version: str) -> tuple[str, ...]:
        """List a release's ancestors, oldest first, and the release itself."""
        found: list[str] = []
        at: str | None = version
        while at is not None:
            found.append(at)
            at = self.parents[at]
        return tuple(reversed(found))

    def crossing(self, version: str, newest: str) -> tuple[str, ...]:
        """Follow the way through a release to `newest`.

        Where its line ends before that, go on with the higher numbers on the way to `newest`:
        that is what a user whose line ends without a fix does.
        """
        straight = self.path(newest)
        if version in straight:
            return straight
        tips = (tip for tip in self.tips if version in self.path(tip))
        own = self.path(max(tips, key=self.rank.__getitem__))
        return (*own, *(v for v in straight if self.rank[v] > self.rank[own[-1]]))

    def suspects(self, version: str) -> tuple[str, ...]:
        """Order the ancestors of a release by how likely each had a bug of its own.

        Releases that started a line and were soon followed by another come first: that is how
        a hasty repair looks.
        """
        path = self.path(version)
        lives = {
            old: (later - sooner).total_seconds()
            for old, new in pairwise(path)
            if (later := self.uploaded[new]) and (sooner := self.uploaded[old])
        }
        starts = [v for v in path if (p := self.parents[v]) and line_of(p) != line_of(v)]
        return tuple(sorted((v for v in starts if v in lives), key=lives.__getitem__))


def _parents(releases: list[Release]) -> dict[str, str | None]:
    """Find every release's parent; `releases` are in the order of their numbers."""
    parents: dict[str, str | None] = {}
    for place, release in enumerate(releases):
        lower = releases[:place]
        if lower and line_of(lower[-1].version) == line_of(release.version):
            parents[release.version] = lower[-1].version
        else:
            parents[release.version] = _newest_before(lower, release.uploaded)
    return parents


def _newest_before(lower: list[Release], moment: datetime | None) -> str | None:
    """Find the highest of `lower` that was there at a moment; without one, the highest."""
    if not lower:
        return None
    there = [r for r in lower if moment and r.uploaded and r.uploaded <= moment]
    return (there or lower)[-1].version
