"""Where a failure begins and ends on the release tree, with as few probes as that takes."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Ask, Boundaries, Search, Seen
from fixproof.strategy.conclude import Facts, conclude
from fixproof.strategy.gaps import Gap
from fixproof.strategy.ledger import Ledger
from fixproof.strategy.lines import Line, assumed
from fixproof.strategy.tree import ReleaseTree

Step = Generator[Ask, Mapping[str, Seen], None]


def find_boundaries(  # noqa: PLR0913 - the question has that many parts
    tree: ReleaseTree,
    bad: str,
    *,
    newest: str,
    good: str | None = None,
    workers: int = 1,
    hints: Iterable[str] = (),
    spread: int = 0,
    exhaustive: bool = False,
) -> Search[Boundaries]:
    """Search both boundaries of the failure that `bad` shows.

    `newest` is where it should be gone; `good` a release said to be good. `hints` are releases
    that may fail too (named in the report, current on its day); `spread` is the number of
    further releases that may be asked to find ranges that no neighbour gives away.
    """
    hunt = _Hunt(tree, tree.named(bad), tree.named(newest), workers)
    said = tuple(tree.named(v) for v in ([good] if good else []))
    yield from hunt.ends(said)
    if hunt.ledger.verdicts[hunt.bad] is not Verdict.FAILS:
        return Boundaries(open=(f"the failure does not show at the release said bad: {hunt.bad}",))
    if exhaustive:
        yield from hunt.ask_all(tree.versions, "every release")
    yield from hunt.close()
    # not earlier: two failing releases far apart would pass for one range
    yield from hunt.ask_all(tuple(tree.named(v) for v in hints), "releases that may fail too")
    yield from hunt.close()
    yield from hunt.spread(spread)
    found = conclude(hunt.facts(), hunt.newest)
    return replace(found, recommended=(yield from hunt.recommend(found.first_fixed)))


class _Hunt:
    """One search while it runs: what is known, and the lines it looks at."""

    def __init__(self, tree: ReleaseTree, bad: str, newest: str, workers: int) -> None:
        self.tree = tree
        self.bad = bad
        self.newest = newest
        self.workers = max(1, workers)
        self.ledger = Ledger()
        self.paths = [tree.path(newest)]
        if bad not in self.paths[0]:
            self.paths.insert(0, self._crossing())

    def _crossing(self) -> tuple[str, ...]:
        """Follow the bad release's own line to its end, and go on with higher numbers.

        That is the way of a user whose line ends without a fix.
        """
        rank = self.tree.rank
        tips = (tip for tip in self.tree.tips if self.bad in self.tree.path(tip))
        own = self.tree.path(max(tips, key=rank.__getitem__))
        return (*own, *(v for v in self.paths[0] if rank[v] > rank[own[-1]]))

    def facts(self) -> Facts:
        """Put together what is known now."""
        verdicts = dict(self.ledger.verdicts)
        return Facts(
            tree=self.tree,
            bad=self.bad,
            verdicts=verdicts,
            known=assumed(self.paths, verdicts),
        )

    def ends(self, said: tuple[str, ...]) -> Step:
        """Ask both ends (and what was said to be good) before anything else."""
        near = self.paths[0]
        at = near.index(self.bad)
        neighbours = (*near[at + 1 : at + 2], *near[max(0, at - 1) : at])
        yield from self.ledger.ask(
            (self.bad, self.newest, *said), soon=neighbours, why="both ends first"
        )

    def ask_all(self, versions: tuple[str, ...], why: str) -> Step:
        """Ask for each of these, as many at once as there are workers."""
        for start in range(0, len(versions), self.workers):
            later = versions[start + self.workers : start + 2 * self.workers]
            yield from self.ledger.ask(versions[start : start + self.workers], soon=later, why=why)

    def close(self) -> Step:
        """Narrow every gap, then look at the lines that branch off where it fails."""
        yield from self._narrow()
        while tips := self._side_tips():
            self.paths += [self.tree.path(tip) for tip in tips]
            yield from self.ask_all(tips, "the last release of another line")
            yield from self._narrow()

    def _narrow(self) -> Step:
        while gaps := self._gaps():
            keys = _choose(gaps, self.workers)
            soon = _choose(gaps, 3 * self.workers)
            yield from self.ledger.ask(keys, soon=soon, why=gaps[0].why)

    def _gaps(self) -> list[Gap]:
        facts = self.facts()
        lines = [
            Line(path=path, bad=self.bad, verdicts=facts.verdicts, known=facts.known)
            for path in self.paths
        ]
        found: dict[frozenset[str], Gap] = {}
        for gap in (gap for line in lines if line.marks for gap in line.gaps()):
            found.setdefault(frozenset(gap.keys), gap)
        return list(found.values())

    def _side_tips(self) -> tuple[str, ...]:
        """List ends of lines that leave the searched ones where the failure shows."""
        searched = {version for path in self.paths for version in path}
        failing = {v for v, verdict in self.facts().known.items() if verdict is Verdict.FAILS}
        found = []
        for tip in self.tree.tips:
            fork = next((v for v in reversed(self.tree.path(tip)) if v in searched), None)
            if tip not in searched and fork in failing:
                found.append(tip)
        return tuple(found)

    def spread(self, count: int) -> Step:
        """Ask the likeliest, then the middles of unasked stretches; follow up what shows."""
        for _ in range(count):
            key = self._stray()
            if key is None:
                return
            yield from self.ledger.ask((key,), why="looking for another bad range")
            yield from self.close()

    def _stray(self) -> str | None:
        for suspect in self.tree.suspects(self.newest):
            if suspect not in self.ledger.seen:
                return suspect
        path = self.tree.path(self.newest)
        asked = [i for i, v in enumerate(path) if v in self.ledger.seen]
        free = [i for i, v in enumerate(path) if v not in self.ledger.seen]
        if not free:
            return None
        return path[max(free, key=lambda i: min(abs(i - j) for j in asked))]

    def recommend(self, fixed: str | None) -> Generator[Ask, Mapping[str, Seen], str | None]:
        """Find the lowest release from the fix on that a resolver would take and that passes."""
        if fixed is None:
            return None
        for version in self.tree.versions[self.tree.rank[fixed] :]:
            if version in self.tree.unwanted:
                continue
            yield from self.ledger.ask((version,), why="what a resolver would take")
            if self.ledger.verdicts[version] is Verdict.PASSES:
                return version
        return None


def _choose(gaps: list[Gap], count: int) -> tuple[str, ...]:
    """Share the workers out among the gaps; what is left over goes to the first."""
    shares = [1 if place < count else 0 for place in range(len(gaps))]
    shares[0] += max(0, count - len(gaps))
    picks = (key for gap, share in zip(gaps, shares, strict=True) for key in gap.pick(share))
    return tuple(dict.fromkeys(picks))
