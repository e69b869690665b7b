"""One search for boundaries while it runs: what is known, and the lines it looks at."""

from collections.abc import Generator, Mapping
from datetime import timedelta

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Ask, Boundaries, Seen
from fixproof.strategy.conclude import Facts
from fixproof.strategy.gaps import Gap
from fixproof.strategy.ledger import Ledger
from fixproof.strategy.lines import Line, assumed
from fixproof.strategy.tree import ReleaseTree

GIVEN_UP = timedelta(days=365)  # without an upload: nobody repairs that line any more
Step = Generator[Ask, Mapping[str, Seen], None]


class Hunt:
    """One search while it runs: what is known, and the lines it looks at."""

    def __init__(self, tree: ReleaseTree, bad: str, newest: str, workers: int) -> None:
        self.tree = tree
        self.bad = bad
        self.newest = newest
        self.workers = max(1, workers)
        self.ledger = Ledger()
        self.paths = [tree.path(newest)]
        if bad not in self.paths[0]:
            self.paths.insert(0, tree.crossing(bad, newest))

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
        while tips := self.side_tips():
            self.paths += [self.tree.path(tip) for tip in tips]
            yield from self.ask_all(tips, "the last release of another line")
            yield from self._narrow()

    def _narrow(self) -> Step:
        while gaps := self._gaps():
            keys = _choose(gaps, self.workers)
            soon = _choose(gaps, 3 * self.workers)
            yield from self.ledger.ask(keys, soon=soon, why=gaps[0].why)

    def agrees(self, found: Boundaries, runs: int) -> Generator[Ask, Mapping[str, Seen], bool]:
        """Run the releases at the boundaries again; tell whether each says one thing only."""
        if runs == 1:
            return True
        named = (found.last_good, found.introduced, found.last_bad, found.first_fixed)
        few = tuple(v for v in dict.fromkeys(named) if v and self.ledger.seen[v].runs < runs)
        if few:
            self.ledger.seen.update((yield Ask(keys=few, runs=runs, why="the boundaries again")))
        return not any(seen.mixed for seen in self.ledger.seen.values())

    def anew(self) -> "Hunt":
        """Begin again with what was seen, and without what was concluded from it."""
        again = Hunt(self.tree, self.bad, self.newest, self.workers)
        for key, seen in self.ledger.seen.items():
            again.ledger.note(key, seen)
        return again

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

    def side_tips(self) -> tuple[str, ...]:
        """List ends of lines that leave the searched ones where the failure shows.

        A line given up long before the failure was last seen was not there to be repaired.
        """
        searched = {version for path in self.paths for version in path}
        known = self.facts().known
        failing = (v for v in searched if known.get(v) is Verdict.FAILS)
        seen_last = max((day for v in failing if (day := self.tree.uploaded[v])), default=None)
        found = []
        for tip in (tip for tip in self.tree.tips if tip not in searched):
            ended = self.tree.uploaded[tip]
            if ended and seen_last and ended < seen_last - GIVEN_UP:
                continue
            shared = [v for v in self.tree.path(tip) if v in searched and v in known]
            if shared and known[shared[-1]] is Verdict.FAILS:
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
