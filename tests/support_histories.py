"""Made-up histories of one package: releases, and what each of them shows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from fixproof.model.releases import File, Release, Timeline
from fixproof.model.searches import Ask, Search, Seen
from fixproof.strategy.tree import ReleaseTree

Finding = TypeVar("Finding")
START = datetime(2020, 1, 1, tzinfo=UTC)
SAID = {
    "F": Seen(fails=1),
    "P": Seen(passes=1),
    "D": Seen(differs=1),
    "U": Seen(reason="no file for this interpreter"),
}


def timeline(*uploads: str, yanked: Iterable[str] = ()) -> Timeline:
    """Make a timeline of releases given in the order of their upload, a day apart."""
    withdrawn = set(yanked)
    releases = [
        Release(
            version=version,
            files=(
                File(
                    name=f"thing-{version}.tar.gz",
                    uploaded=START + timedelta(days=day),
                    yanked=version in withdrawn,
                ),
            ),
        )
        for day, version in enumerate(uploads)
    ]
    return Timeline(package="thing", releases=tuple(sorted(releases, key=lambda r: r.parsed)))


def tree(*uploads: str, yanked: Iterable[str] = ()) -> ReleaseTree:
    """Grow the tree of releases given in the order of their upload."""
    return ReleaseTree.of(timeline(*uploads, yanked=yanked))


@dataclass(kw_only=True)
class Told(Generic[Finding]):
    """What a search found, and all that it asked for."""

    finding: Finding
    asks: list[Ask] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """Every key in the order in which it was asked."""
        return [key for ask in self.asks for key in ask.keys]


def drive(search: Search[Finding], answer: Callable[[Ask], Mapping[str, Seen]]) -> Told[Finding]:
    """Run a search to its end."""
    asks: list[Ask] = []
    try:
        ask = next(search)
        while True:
            assert ask.keys
            assert len(set(ask.keys)) == len(ask.keys)
            asks.append(ask)
            ask = search.send(answer(ask))
    except StopIteration as end:
        return Told(finding=end.value, asks=asks)


def settled(world: Mapping[str, str]) -> Callable[[Ask], Mapping[str, Seen]]:
    """Answer from a fixed map of letters (F, P, D, U); asking twice is an error."""
    asked: set[str] = set()

    def answer(ask: Ask) -> Mapping[str, Seen]:
        assert not asked.intersection(ask.keys), "asked twice"
        asked.update(ask.keys)
        return {key: SAID[world[key]] for key in ask.keys}

    return answer
