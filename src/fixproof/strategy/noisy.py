"""Boundaries of a failure that does not always show, or shows where it should not."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Ask, Boundaries, Search, Seen
from fixproof.strategy.conclude import conclude
from fixproof.strategy.gaps import weigh
from fixproof.strategy.hunt import Hunt, Step
from fixproof.strategy.lines import NEVER
from fixproof.strategy.noise import Noise, lean
from fixproof.strategy.sampling import Change, Sampler

FAILS, PASSES = Verdict.FAILS, Verdict.PASSES


def close_noisily(hunt: Hunt, noise: Noise, suspects: Sequence[str] = ()) -> Search[Boundaries]:
    """Calibrate both ends, locate every change by its likelihood, and verify each side.

    `suspects` are releases that may fail although their neighbours do not.
    """
    search = _Noisy(hunt, noise)
    yield from search.sampler.calibrate(hunt.bad, hunt.newest)
    if not hunt.ledger.seen[hunt.bad].fails:
        said = f"the failure does not show at the release said bad: {hunt.bad}"
        return Boundaries(open=(said,))
    hunt.ledger.decide(hunt.bad, FAILS)
    yield from search.main_way()
    yield from search.other_lines()
    yield from search.other_ranges(suspects)
    found = conclude(hunt.facts(), hunt.newest)
    recommended = yield from search.recommend(found.first_fixed)
    return replace(
        found,
        recommended=recommended,
        confidence=found.confidence * (1 - noise.error) ** (2 * search.located),
        open=(*found.open, *search.open),
    )


class _Noisy:
    """A hunt whose single answers may be wrong."""

    def __init__(self, hunt: Hunt, noise: Noise) -> None:
        self.hunt = hunt
        self.sampler = Sampler(hunt.ledger, noise, hunt.workers)
        self.located = 0
        self.open: list[str] = []

    def main_way(self) -> Step:
        """Locate the fix above the release known bad, and the beginning below it."""
        way = self.hunt.paths[0]
        at = way.index(self.hunt.bad)
        yield from self._locate(way[at + 1 :], "fix")
        yield from self._locate(way[:at][::-1], "beginning")

    def other_lines(self) -> Step:
        """Look at the lines that branch off where it fails, the newest among them."""
        ends = [path[-1] for path in self.hunt.paths[1:]]
        while tips := (*ends, *self.hunt.side_tips()):
            for tip in tips:
                yield from self._other_line(tip)
            ends = []

    def _other_line(self, tip: str) -> Step:
        path = self.hunt.tree.path(tip)
        known = self.hunt.facts().known
        self.hunt.paths.append(path)
        failing = [i for i, version in enumerate(path) if known.get(version) is FAILS]
        if not failing or (yield from self._settle(tip)) is not PASSES:
            return
        fork = path[failing[-1]]
        if fork not in self.hunt.ledger.verdicts:
            yield from self._settle(fork)
        yield from self._locate(path[failing[-1] + 1 :], "fix")

    def other_ranges(self, suspects: Sequence[str]) -> Step:
        """Settle releases that may fail too; where one does, find how far that goes."""
        for version in suspects:
            if self.hunt.ledger.verdicts.get(version) is None:
                yield from self._settle(version)
        for version in suspects:
            path = self.hunt.tree.crossing(version, self.hunt.newest)
            if self.hunt.ledger.verdicts[version] is FAILS and version in path:
                at = path.index(version)
                yield from self._locate(self._unsure(path[at + 1 :]), "fix")
                yield from self._locate(self._unsure(path[:at][::-1]), "beginning")

    def _unsure(self, row: Sequence[str]) -> Sequence[str]:
        """Cut a row after the first release that is known; of a known neighbour nothing is left."""
        verdicts = self.hunt.ledger.verdicts
        known = next((i for i, v in enumerate(row) if verdicts.get(v) in {FAILS, PASSES}), None)
        return row if known is None else row[: known + 1] if known else ()

    def _settle(self, version: str) -> Generator[Ask, Mapping[str, Seen], Verdict]:
        verdict = yield from self.sampler.settle(version)
        if verdict in {FAILS, PASSES}:
            self.hunt.ledger.decide(version, verdict)
        return verdict

    def _locate(self, row: Sequence[str], name: str) -> Step:
        """Locate one change on a row that begins next to a failing release; note its verdicts."""
        if not row:
            return
        prior = [*weigh(list(range(1, len(row) + 1)), len(row)), NEVER]
        change: Change = yield from self.sampler.locate(row, prior)
        if change.open:
            where = f"between {row[0]} and {row[-1]}"
            self.open.append(f"no {name} could be told {where}: {change.open}")
            self._keep_sure(row)
            return
        place = len(row) if change.place is None else change.place
        for i, version in enumerate(row):
            if version in self.hunt.ledger.seen and not self.sampler.is_hole(version):
                self.hunt.ledger.decide(version, FAILS if i < place else PASSES)
        self.sampler.bad.update(row[max(0, place - 1) : place])
        self.sampler.good.update(row[place : place + 1])
        self.located += place < len(row)

    def _keep_sure(self, row: Sequence[str]) -> None:
        """Without a located change, let only runs speak that are clear by themselves."""
        for version in row:
            seen = self.hunt.ledger.seen.get(version)
            if seen and not self.sampler.is_hole(version):
                sure = abs(lean(seen, self.sampler.rates(without=row))) > 6
                fails = lean(seen, self.sampler.rates(without=row)) > 0
                verdict = FAILS if fails else PASSES
                self.hunt.ledger.decide(version, verdict if sure else Verdict.UNTESTABLE)

    def recommend(self, fixed: str | None) -> Generator[Ask, Mapping[str, Seen], str | None]:
        """Find the lowest release from the fix on that a resolver would take and that passes."""
        tree = self.hunt.tree
        for version in tree.versions[tree.rank[fixed] :] if fixed else ():
            if version in tree.unwanted:
                continue
            known = self.hunt.ledger.verdicts.get(version)
            if (known or (yield from self._settle(version))) is PASSES:
                return version
        return None
