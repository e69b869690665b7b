"""The smallest set of changes that, applied to the last bad release, makes the failure vanish.

A trial is a set of changes applied to the bad release; its key is their numbers, joined by
commas. No change fails; all changes should pass. A mixture may also do neither (half a rename):
it then simply does not pass.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Ask, Search, Seen

MANY = 12  # changes from which whole files are looked at before their parts
ALONE = 6  # suspects tried one by one before sets are

Changes = frozenset[int]
Part = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolated:
    """Changes that flip the outcome. `minimal`: none of them can be left out.

    `reason` says why there are none, or why they may not be the smallest set.
    """

    needed: tuple[int, ...] = ()
    minimal: bool = False
    reason: str = ""


def key_of(changes: Iterable[int]) -> str:
    """Name a trial."""
    return ",".join(map(str, sorted(changes)))


def changes_of(key: str) -> tuple[int, ...]:
    """Read a trial's changes from its name."""
    return tuple(map(int, key.split(","))) if key else ()


def find_hunks(  # noqa: PLR0913 - what is known of the changes, and the means
    count: int,
    *,
    suspects: Sequence[int] = (),
    groups: Iterable[Sequence[int]] = (),
    needs: Mapping[int, Changes] | None = None,
    budget: int = 200,
    runs: int = 1,
    workers: int = 1,
) -> Search[Isolated]:
    """Search among changes 0 to `count` - 1.

    `suspects` (on the failing stack) come first, the likeliest first. `groups` are the changes
    of one file each. `needs` names the changes without which one is of no use: they come along.
    Each trial gets `runs` runs and passes only if all of them do.
    """
    if not count:
        return Isolated(reason="the releases have the same files: only metadata differs")
    hunt = _Hunt(budget=budget, runs=runs, workers=max(1, workers), needs=needs or {})
    try:
        return (yield from _search(hunt, count, tuple(dict.fromkeys(suspects)), groups))
    except _Spent:
        reason = f"stopped at the limit of trials: {budget}"
        return Isolated(needed=tuple(sorted(hunt.smallest or ())), reason=reason)


def _search(
    hunt: "_Hunt", count: int, suspects: Part, groups: Iterable[Sequence[int]]
) -> Search[Isolated]:
    alone = [{n} for n in suspects[:ALONE]]
    first = yield from hunt.first_passing(alone, "a suspect, and what it needs")
    if first is not None:
        kept = yield from hunt.reduce(set(hunt.closed(first)))
        return Isolated(needed=tuple(sorted(kept)), minimal=True)
    whole = (yield from hunt.ask([range(count)], "all changes together"))[0]
    if whole is not Verdict.PASSES:
        return Isolated(reason=_WHY_NOT[whole])
    ordered = [*suspects, *(n for n in range(count) if n not in suspects)]
    if count > MANY:
        files = sorted((tuple(g) for g in groups), key=lambda g: min(map(ordered.index, g)))
        kept = yield from hunt.shrink(files or [(n,) for n in ordered])
        ordered = [n for n in ordered if n in kept]
    kept = yield from hunt.shrink([(n,) for n in ordered])
    kept = yield from hunt.reduce(set(hunt.closed(kept)))
    return Isolated(needed=tuple(sorted(kept)), minimal=True)


_WHY_NOT: Mapping[Verdict, str] = {
    Verdict.FAILS: "all changes of the files together do not change the outcome:"
    " what fixed it is outside them (metadata, requirements, compiled code)",
    Verdict.DIFFERS: "all changes of the files together show another outcome:"
    " they need more than the files (metadata, requirements, compiled code)",
    Verdict.UNTESTABLE: "the bad release with all changes of the files cannot be tested",
}


class _Spent(Exception):  # noqa: N818 - a signal within this module, no error
    """The budget is used up."""


class _Hunt:
    """Trials asked so far, and what they showed."""

    def __init__(
        self, *, budget: int, runs: int, workers: int, needs: Mapping[int, Changes]
    ) -> None:
        self.budget = budget
        self.runs = runs
        self.workers = workers
        self.needs = needs
        self.smallest: Changes | None = None
        self._verdicts: dict[str, Verdict] = {"": Verdict.FAILS}

    def closed(self, trial: Iterable[int]) -> Changes:
        """Add to a set of changes what they need."""
        chosen = frozenset(trial)
        return chosen.union(*(self.needs.get(number, frozenset()) for number in chosen))

    def ask(
        self, trials: Iterable[Iterable[int]], why: str, *, bare: bool = False
    ) -> Generator[Ask, Mapping[str, Seen], list[Verdict]]:
        """Try sets of changes with what they need (`bare`: without), none of them twice."""
        keys = [key_of(trial if bare else self.closed(trial)) for trial in trials]
        fresh = tuple(key for key in dict.fromkeys(keys) if key not in self._verdicts)
        if len(self._verdicts) - 1 + len(fresh) > self.budget:
            raise _Spent
        if fresh:
            answers = yield Ask(keys=fresh, runs=self.runs, why=why)
            for key in fresh:
                self._note(key, answers.get(key, Seen()).verdict)
        return [self._verdicts[key] for key in keys]

    def _note(self, key: str, verdict: Verdict) -> None:
        self._verdicts[key] = verdict
        changes = frozenset(changes_of(key))
        if verdict is Verdict.PASSES and len(changes) < len(self.smallest or range(10**9)):
            self.smallest = changes

    def first_passing(
        self, trials: Sequence[set[int]], why: str
    ) -> Generator[Ask, Mapping[str, Seen], set[int] | None]:
        """Try sets in turn, as many at once as there are workers, until one passes."""
        for start in range(0, len(trials), self.workers):
            batch = trials[start : start + self.workers]
            verdicts = yield from self.ask(batch, why)
            for trial, verdict in zip(batch, verdicts, strict=True):
                if verdict is Verdict.PASSES:
                    return trial
        return None

    def shrink(self, parts: Sequence[Part]) -> Generator[Ask, Mapping[str, Seen], set[int]]:
        """Find the parts that are needed, given that all of them together pass.

        The shortest passing prefix ends with a needed part; what comes before it is searched
        again beside what was found. Mixtures that do neither are no obstacle: a prefix that
        passes beside one that does not is always found.
        """
        found: set[int] = set()
        pool = list(parts)
        while pool:
            length = yield from self._prefix(found, pool)
            if not length:
                break
            found |= set(pool[length - 1])
            pool = pool[: length - 1]
        return found

    def _prefix(
        self, found: set[int], pool: Sequence[Part]
    ) -> Generator[Ask, Mapping[str, Seen], int]:
        """Bisect for a length that passes while one less does not; 0 if `found` suffices."""
        unions = list(accumulate(pool, lambda had, part: had | set(part), initial=set(found)))
        low, high = 0, len(pool)
        if (yield from self.ask([found], f"{len(found)} changes"))[0] is Verdict.PASSES:
            return 0
        while high - low > 1:
            cuts = _cuts(low, high, self.workers)
            why = f"{len(unions[cuts[-1]])} changes"
            verdicts = yield from self.ask([unions[cut] for cut in cuts], why)
            passing = [c for c, v in zip(cuts, verdicts, strict=True) if v is Verdict.PASSES]
            high = min(passing, default=high)
            low = max((cut for cut in cuts if cut < high), default=low)
        return high

    def reduce(self, kept: set[int]) -> Generator[Ask, Mapping[str, Seen], set[int]]:
        """Leave out what it passes without: half of the changes, then less, at last single ones."""
        size = max(1, len(kept) // 2)
        while len(kept) > 1:
            before = len(kept)
            kept = yield from self._without(kept, size)
            if size == 1 and len(kept) == before:
                break
            size = max(1, min(size // 2, len(kept) // 2))
        return kept

    def _without(self, kept: set[int], size: int) -> Generator[Ask, Mapping[str, Seen], set[int]]:
        """Try to leave out each row of so many changes once."""
        rows = sorted(kept)
        chunks = [set(rows[start : start + size]) for start in range(0, len(rows), size)]
        while chunks and len(kept) > size:
            batch, chunks = chunks[: self.workers], chunks[self.workers :]
            trials = [kept - chunk for chunk in batch]
            verdicts = yield from self.ask(trials, f"without {size} of {len(kept)}", bare=True)
            gone = [c for c, v in zip(batch, verdicts, strict=True) if v is Verdict.PASSES]
            if gone:
                kept = kept - gone[0]
                chunks = [*gone[1:], *chunks]  # with the first gone they are tried anew
        return kept


def _cuts(low: int, high: int, count: int) -> list[int]:
    """Divide the suspicion between two lengths evenly; it falls with the place in the order."""
    mass = list(accumulate(1 / (place + 1) for place in range(low, high)))
    wanted = [mass[-1] * n / (count + 1) for n in range(1, count + 1)]
    cuts = {low + 1 + sum(m < share for m in mass) for share in wanted}
    return sorted({min(cut, high - 1) for cut in cuts})
