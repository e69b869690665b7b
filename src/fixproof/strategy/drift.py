"""Which upload broke it: a bisect over the distinct locks between two dates.

A *position* p stands for the moment after the first p uploads: 0 is the good end, the last one
the bad end. What the resolver chooses at a position is looked up through `lock_at`, which costs
no probe; only locks that differ from both neighbours are asked about.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil, log
from typing import TypeAlias

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Ask, Search, Seen

LockAt: TypeAlias = Callable[[int], str]
MISS = 0.01  # how likely a boundary may rest on runs that missed a failure
MOST_RUNS = 40
REPLICATES = 3  # runs of both sides of a boundary
CALIBRATION = 8  # runs of the failing side once it is known to be unsteady


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The place where passing turns into failing.

    With `first_bad == last_good + 1` one upload did it; otherwise the locks between could not
    be told good or bad (`unclear`), and each upload of the stretch may be it. `doubt` says why
    the answer may be wrong all the same.
    """

    last_good: int
    first_bad: int
    unclear: tuple[str, ...] = ()
    runs: int = 1  # that a lock had to pass to count as good
    doubt: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether one upload is left."""
        return self.first_bad - self.last_good == 1


@dataclass(slots=True)
class _Known:
    """What has been answered so far, by lock; `runs` is what a pass takes."""

    runs: int
    replicates: int
    answers: dict[str, Seen] = field(default_factory=dict)

    def ask(self, lock: str) -> Search[Verdict]:
        seen = self.answers.get(lock)
        if seen is None or _wants_more(seen, self.runs):
            reply: Mapping[str, Seen] = yield Ask(
                keys=(lock,), runs=self.runs, why="between good and bad"
            )
            seen = self.answers[lock] = reply[lock]
        return seen.verdict


def find_break(
    weights: Sequence[float],
    lock_at: LockAt,
    *,
    low: int = 0,
    runs: int = 1,
    replicates: int = REPLICATES,
) -> Search[Break]:
    """Narrow the break down to one upload, given that position `low` passes and the end fails.

    `weights[i]` says how likely upload i is the one. Uploads that change no lock cost nothing.
    Both sides of the boundary are run `replicates` times at least.
    """
    known = _Known(runs, replicates)
    while True:
        found = yield from _narrow(weights, lock_at, low, known)
        need, doubt = yield from _recheck(lock_at, found, known)
        if doubt and (found.last_good == low or known.runs >= MOST_RUNS):
            return Break(
                last_good=found.last_good,
                first_bad=found.first_bad,
                unclear=found.unclear,
                runs=known.runs,
                doubt=doubt,
            )
        if need <= known.runs:
            return found
        # The good side may have passed by luck, and every other pass too: ask for more runs.
        known.runs = min(need, MOST_RUNS)


def find_heal(
    weights: Sequence[float], lock_at: LockAt, *, runs: int = 1, replicates: int = REPLICATES
) -> Search[Break | None]:
    """Find the upload with which it works again, given that position 0 fails.

    In what is returned `last_good` is the last position that fails and `first_bad` the first that
    works. None: it fails at the end too, or nobody can tell.
    """
    end = lock_at(len(weights))
    reply: Mapping[str, Seen] = yield Ask(keys=(end,), runs=runs, why="does it work again")
    if reply[end].verdict is not Verdict.PASSES:
        return None
    search = find_break(weights, lock_at, runs=runs, replicates=replicates)
    try:
        ask = next(search)
        while True:
            answers: Mapping[str, Seen] = yield ask
            ask = search.send({key: _turned(seen) for key, seen in answers.items()})
    except StopIteration as done:
        found: Break = done.value
        return found


def _turned(seen: Seen) -> Seen:
    """Swap working and failing: what fails only sometimes fails all the same."""
    match seen.verdict:
        case Verdict.FAILS:
            return Seen(passes=seen.runs)
        case Verdict.PASSES:
            return Seen(fails=seen.runs)
        case _:
            return seen


def runs_to_trust(seen: Seen) -> int:
    """How often a lock must pass, given how often the failing end showed the failure."""
    if not seen.fails or seen.fails == seen.runs:
        return 1
    # Few runs say little about a rate: lean to the lower side, where more runs are needed.
    rate = (seen.fails + 0.5) / (seen.runs + 1.5)
    return min(MOST_RUNS, ceil(log(MISS) / log(1 - rate)))


def _wants_more(seen: Seen, runs: int) -> bool:
    return seen.verdict is Verdict.PASSES and seen.runs < runs


def _narrow(weights: Sequence[float], lock_at: LockAt, low: int, known: _Known) -> Search[Break]:
    high = len(weights)
    total = [0.0, *accumulate(weights)]
    unclear: dict[int, str] = {}
    while (position := _middle(total, low, high, unclear)) is not None:
        lock = lock_at(position)
        if lock == lock_at(low):
            low = position
        elif lock == lock_at(high):
            high = position
        else:
            match (yield from known.ask(lock)):
                case Verdict.PASSES:
                    low = position
                case Verdict.FAILS:
                    high = position
                case _:
                    unclear[position] = lock
    names = tuple(dict.fromkeys(k for p, k in sorted(unclear.items()) if low < p < high))
    return Break(last_good=low, first_bad=high, unclear=names, runs=known.runs)


def _middle(total: Sequence[float], low: int, high: int, unclear: Mapping[int, str]) -> int | None:
    """Pick the position that splits what is left most evenly; None when none is left to ask."""
    half = (total[low] + total[high]) / 2
    left = (p for p in range(low + 1, high) if p not in unclear)
    return min(left, key=lambda p: abs(total[p] - half), default=None)


def _recheck(lock_at: LockAt, found: Break, known: _Known) -> Search[tuple[int, str]]:
    """Look at both sides again; say how many passing runs a good lock needs, and the doubt."""
    good, bad = lock_at(found.last_good), lock_at(found.first_bad)
    runs = max(known.runs + (known.runs > 1), known.replicates)
    reply: Mapping[str, Seen] = yield Ask(keys=(good, bad), runs=runs, why="the boundary again")
    if reply[bad].fails == reply[bad].runs and not reply[good].fails:
        return known.runs, ""
    again: Mapping[str, Seen] = yield Ask(
        keys=(bad,), runs=max(CALIBRATION, runs), why="how often it shows"
    )
    need = max(runs_to_trust(again[bad]), known.runs)
    more: Mapping[str, Seen] = yield Ask(keys=(good,), runs=need, why="the good side in earnest")
    known.answers |= {good: more[good], bad: again[bad]}
    if not more[good].fails:
        return need, ""
    need = max(need + 1, runs_to_trust(more[good]))
    return need, f"the good side fails too: {more[good].fails} of {more[good].runs} runs"
