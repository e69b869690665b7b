"""Made-up histories of one package: releases, and what each of them shows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Generic, TypeVar

from fixproof.model.outcomes import Verdict
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
VERDICTS = {
    "F": Verdict.FAILS,
    "P": Verdict.PASSES,
    "D": Verdict.DIFFERS,
    "U": Verdict.UNTESTABLE,
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


@dataclass(frozen=True, kw_only=True)
class History:
    """A release tree, what each release shows, and a release that fails."""

    tree: ReleaseTree
    world: Mapping[str, str]
    bad: str


def random_history(random: Random, *, holes: float = 0.0, oddities: float = 0.0) -> History:
    """Make up lines of releases, uploaded in turns, that fail from one on and are repaired.

    Every way from the first release to a tip enters the failure at most once. `holes` of the
    releases cannot be tested, `oddities` of those that never failed show something else.
    """
    grown = tree(*_uploads(random))
    begin = random.choice(grown.versions)
    below = [v for v in grown.versions if begin in grown.path(v) and v != begin]
    fixes = set(random.sample(below, k=min(len(below), random.randint(0, 4))))
    world: dict[str, str] = {}
    for version in grown.versions:
        path = grown.path(version)
        fails = begin in path and not fixes.intersection(path)
        odd = begin not in path and random.random() < oddities
        letter = "F" if fails else "D" if odd else "P"
        world[version] = "U" if random.random() < holes else letter
    world[begin] = "F"
    bad = random.choice([v for v in grown.versions if world[v] == "F"])
    return History(tree=grown, world=world, bad=bad)


def _uploads(random: Random) -> list[str]:
    """Start lines one after the other; old ones go on beside the newest for a while."""
    uploads: list[str] = []
    patches: list[int] = []
    for _ in range(random.randint(3, 60)):
        if not patches or random.random() < 0.3:
            patches.append(0)
            uploads.append(f"1.{len(patches) - 1}.0")
        else:
            old = random.random() < 0.25 and len(patches) > 1
            line = random.randrange(max(0, len(patches) - 4), len(patches)) if old else -1
            patches[line] += 1
            uploads.append(f"1.{line % len(patches)}.{patches[line]}")
    return uploads


class Flaky:
    """Answers in which each run of a key fails at the key's own rate; counts the runs."""

    def __init__(self, random: Random, rate: Callable[[str], float]) -> None:
        self.random = random
        self.rate = rate
        self.seen: dict[str, Seen] = {}
        self.runs = 0

    def __call__(self, ask: Ask) -> Mapping[str, Seen]:
        return {key: self._run(key, ask.runs) for key in ask.keys}

    def _run(self, key: str, wanted: int) -> Seen:
        had = self.seen.get(key, Seen())
        new = max(0, wanted - had.runs)
        self.runs += new
        fails = sum(self.random.random() < self.rate(key) for _ in range(new))
        self.seen[key] = Seen(fails=had.fails + fails, passes=had.passes + new - fails)
        return self.seen[key]
