"""Searches whose single answers may be wrong: locate a change, verify it, settle one release."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Ask, Search, Seen
from fixproof.strategy.ledger import Ledger
from fixproof.strategy.noise import Belief, Noise, Rates, lean, rates

BELIEVED = 0.8  # weight at which a change is handed over to verification
FIRST = 8  # runs of either end before anything else
WORTH = 0.1  # bits that one question should tell: several runs where one tells less

Step = Generator[Ask, Mapping[str, Seen], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Between which two releases of a row the change is.

    `place` is that of the first that works, None if none does (or nothing can be said: `open`).
    `confidence` is the weight of the answer among all others.
    """

    place: int | None
    confidence: float
    open: str = ""


class Sampler:
    """Asks for runs, and keeps what is known of the rates."""

    def __init__(self, ledger: Ledger, noise: Noise, workers: int = 1) -> None:
        self.ledger = ledger
        self.noise = noise
        self.workers = workers
        self.bad: set[str] = set()  # known to fail, and to work: what the rates are learnt from
        self.good: set[str] = set()
        self.ends: tuple[str, ...] = ()

    def rates(
        self, bad: Iterable[str] = (), good: Iterable[str] = (), without: Iterable[str] = ()
    ) -> tuple[Rates, ...]:
        """Weigh the rates by the releases whose side is known, and by those taken to be so."""
        seen = {k: s for k, s in self.ledger.seen.items() if k not in without}
        return rates(
            [seen[key] for key in {*self.bad, *bad} if key in seen],
            [seen[key] for key in {*self.good, *good} if key in seen],
        )

    def more(self, keys: Sequence[str], runs: int, why: str) -> Step:
        """Run each of these (all with equally many runs so far) some more times."""
        before = self._runs(keys[0])
        answers = yield Ask(keys=tuple(keys), runs=before + runs, why=why)
        for key in keys:
            self.ledger.note(key, answers.get(key))

    def _runs(self, key: str) -> int:
        return self.ledger.seen[key].runs if key in self.ledger.seen else 0

    def is_hole(self, key: str) -> bool:
        """Whether a release was asked and said neither."""
        seen = self.ledger.seen.get(key)
        return seen is not None and not seen.fails and not seen.passes

    def calibrate(self, bad: str, newest: str) -> Step:
        """Run both ends until the failure has shown, and they are told apart (or cannot be)."""
        self.bad.add(bad)
        self.ends = (bad, newest)
        for key in (bad, newest):
            if self._runs(key) < FIRST:
                yield from self.more((key,), FIRST - self._runs(key), "how often it shows")
        while not self._is_calibrated(bad, newest):
            few = min((bad, newest), key=self._runs)
            if self._runs(few) >= self.noise.limit or self.is_hole(few):
                return
            yield from self.more((few,), max(2, self._runs(few) // 2), "how often it shows")

    def _is_calibrated(self, bad: str, newest: str) -> bool:
        seen = self.ledger.seen
        shown = seen[bad].fails >= 3
        apart = abs(lean(seen[newest], self.rates()))
        return shown and apart > log(1 / self.noise.error)

    def locate(self, row: Sequence[str], prior: Sequence[float]) -> Search[Change]:
        """Find the first release of a row that works; the row begins next to a failing one.

        `prior` has one weight more than the row has releases: the last says that all fail.
        """
        unverified = 0
        while unverified < 8:
            belief, places = self._belief(row, prior)
            if not places:
                return Change(place=None, confidence=0.0, open="none of them can be tested")
            best = belief.likeliest
            if belief.weights[best] >= BELIEVED:
                keys = [row[i] for i in places]
                if (yield from self._verified(keys[:best], keys[best:])):
                    found = places[best] if best < len(places) else None
                    return Change(place=found, confidence=1 - self.noise.error)
                unverified += 1
            elif not (yield from self._ask_best(belief, [row[i] for i in places])):
                break
        return Change(place=None, confidence=0.0, open="the runs do not agree on one change")

    def _belief(self, row: Sequence[str], prior: Sequence[float]) -> tuple[Belief, list[int]]:
        """Weigh the hypotheses; a change at a hole is one at the next that can be tested."""
        places, weights, carried = [], [], 0.0
        for i, key in enumerate(row):
            carried += prior[i]
            if not self.is_hole(key):
                places.append(i)
                weights.append(carried)
                carried = 0.0
        weights.append(carried + prior[-1])
        seen = {
            n: self.ledger.seen[row[i]] for n, i in enumerate(places) if row[i] in self.ledger.seen
        }
        return Belief.of(weights, seen, self.rates(without=row)), places

    def _ask_best(self, belief: Belief, keys: Sequence[str]) -> Search[bool]:
        """Run the release that tells most; with more workers some that tell nearly as much."""
        gains = belief.gains()
        order = sorted(range(len(keys)), key=lambda i: -gains[i])
        open_ = [i for i in order if self._runs(keys[i]) < self.noise.limit and gains[i] > 1e-6]
        if not open_:
            return False
        runs = self._runs(keys[open_[0]])
        # rates that the ends hardly know must not be learnt from releases of unknown side
        if few := [end for end in self.ends if self._runs(end) <= runs and not self.is_hole(end)]:
            yield from self.more(few[:1], max(1, runs // 2), "how often it shows")
            return True
        alike = [keys[i] for i in open_ if self._runs(keys[i]) == runs][: self.workers]
        more = max(1, min(16, ceil(WORTH / gains[open_[0]])))
        yield from self.more(alike, more, f"tells most: {keys[open_[0]]}")
        return True

    def _verified(self, failing: Sequence[str], working: Sequence[str]) -> Search[bool]:
        """Check both sides of a change with runs of their own, to the stated error."""
        sides = [(key, Verdict.FAILS) for key in failing[-1:] if key not in self.bad]
        sides += [(key, Verdict.PASSES) for key in working[:1] if key not in self.good]
        for key, wanted in sides:
            pairs = self.rates(failing, working, without=(key,))
            verdict = yield from self._settled(key, self.ledger.seen.get(key, Seen()), pairs)
            if verdict is not wanted:
                return False
        return True

    def settle(self, key: str) -> Search[Verdict]:
        """Run one release until it is known, to the stated error, whether it fails."""
        return (yield from self._settled(key, Seen(), self.rates(without=(key,))))

    def _settled(self, key: str, before: Seen, pairs: tuple[Rates, ...]) -> Search[Verdict]:
        """Decide by the runs since `before`: the earlier ones chose what is verified now."""
        enough = log(1 / self.noise.error)
        while True:
            seen = self.ledger.seen.get(key, Seen())
            said = lean(_since(before, seen), pairs)
            if abs(said) >= enough:
                return Verdict.FAILS if said > 0 else Verdict.PASSES
            if seen.runs >= self.noise.limit + before.runs:
                return Verdict.DIFFERS
            yield from self.more((key,), _steps(said, enough, pairs), f"verifying {key}")
            if self.is_hole(key):
                return self.ledger.verdicts[key]


def _steps(said: float, enough: float, pairs: Sequence[Rates]) -> int:
    """Count the runs that are needed at least if all say the same; half of them go at once."""
    one = -lean(Seen(passes=1), pairs) if said <= 0 else lean(Seen(fails=1), pairs)
    return max(1, min(16, int((enough - abs(said)) / max(one, 0.05) / 2)))


def _since(before: Seen, now: Seen) -> Seen:
    return Seen(fails=now.fails - before.fails, passes=now.passes - before.passes)
