"""Where on a line of releases something is still to be asked before its changes are known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from fixproof.model.outcomes import Verdict
from fixproof.strategy.gaps import Gap, depth_for, weigh

NEVER = 0.35  # prior of "it failed from the first release on" or "to the last"
LOOKS_BELOW = 2  # how many older releases with another outcome are asked before it is believed
LOOKS_ABOVE = 4  # the same for newer ones: a reference may be hidden among them
STRETCH = 16  # longest stretch of another outcome in which every release is asked

FAILS, PASSES, DIFFERS = Verdict.FAILS, Verdict.PASSES, Verdict.DIFFERS


def assumed(lines: Iterable[Sequence[str]], verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Take releases between two like ones to be like them; tested ones stand for themselves."""
    known: dict[str, Verdict] = {}
    for line in lines:
        tested = [i for i, v in enumerate(line) if _tells(verdicts.get(v))]
        for i in tested:
            known[line[i]] = verdicts[line[i]]
        for low, high in pairwise(tested):
            if verdicts[line[low]] is verdicts[line[high]]:
                between = (v for v in line[low + 1 : high] if v not in verdicts)
                known |= dict.fromkeys(between, verdicts[line[low]])
    return known


def _tells(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict is not Verdict.UNTESTABLE


@dataclass(frozen=True, kw_only=True)  # no slots: what is derived is kept beside the fields
class Line:
    """One path of the release tree, oldest first, and what is known about it."""

    path: tuple[str, ...]
    bad: str
    verdicts: Mapping[str, Verdict]  # tested
    known: Mapping[str, Verdict]  # tested or assumed; untestable ones are absent

    @cached_property
    def marks(self) -> list[tuple[int, Verdict]]:
        """Places with a known outcome."""
        return [(i, self.known[v]) for i, v in enumerate(self.path) if v in self.known]

    @cached_property
    def origin(self) -> int | None:
        """The place of the release known bad."""
        return self.path.index(self.bad) if self.bad in self.path else None

    @cached_property
    def tried(self) -> list[tuple[int, bool]]:
        """Places that were tried, and whether they could be tested."""
        return [(i, v in self.known) for i, v in enumerate(self.path) if v in self.verdicts]

    def gaps(self) -> list[Gap]:
        """List what is open on this line; the newer end first."""
        found = [self._end(), *(self._between(k) for k in range(len(self.marks) - 2, -1, -1))]
        return [gap for gap in [*found, self._start()] if gap] or self._stretches()

    def _between(self, k: int) -> Gap | None:
        (low, before), (high, after) = self.marks[k], self.marks[k + 1]
        if before is after or not self._matters(k):
            return None
        middle = self._unasked(low + 1, high)
        if not middle:
            ends = [i for i in (low, high) if self.path[i] not in self.verdicts]
            return self._gap(ends, ends[0], high) if ends else None
        if after is FAILS:
            return self._gap(middle[::-1], high, low)
        return self._gap(middle, low, high)

    def _matters(self, k: int) -> bool:
        """Whether a change between neighbours decides about where the failure begins or ends."""
        before, after = self.marks[k][1], self.marks[k + 1][1]
        said_before = self._other_than_differs(self.marks[k::-1])
        said_after = self._other_than_differs(self.marks[k + 1 :])
        if DIFFERS not in {before, after}:
            return True
        if FAILS in {before, after}:  # within a bad range another outcome changes nothing
            return said_before is not said_after
        # the failure may lie behind the other outcome; after the fix nothing of it matters
        return said_before is FAILS or said_after is FAILS

    @staticmethod
    def _other_than_differs(marks: Sequence[tuple[int, Verdict]]) -> Verdict | None:
        return next((verdict for _, verdict in marks if verdict is not DIFFERS), None)

    def _stretches(self) -> list[Gap]:
        """Leave nothing unasked between the last failing and the first passing release."""
        found = []
        for k, (_, verdict) in enumerate(self.marks):
            before = self._other_than_differs(self.marks[k::-1])
            after = self._other_than_differs(self.marks[k:])
            place = self.marks[k][0]
            if verdict is DIFFERS and (before, after) == (FAILS, PASSES):
                found += [place] if self.path[place] not in self.verdicts else []
        return [self._gap(found, found[0], None)] if 0 < len(found) <= STRETCH else []

    def _start(self) -> Gap | None:
        """Look for what was before the oldest known release."""
        low, verdict = self.marks[0]
        below = self._unasked(0, low)
        if not below or self._other_than_differs(self.marks) is not FAILS:
            return None
        if verdict is FAILS:
            return self._gap(below[::-1], low, None)
        first = next(i for i, mark in self.marks if mark is FAILS)
        asked = [v for v in self.path[:first] if self.verdicts.get(v) is DIFFERS]
        return self._gap(below[::-1], low, None) if len(asked) < LOOKS_BELOW else None

    def _end(self) -> Gap | None:
        """Look for what came after the newest known release, if the newest of all is a hole."""
        high, verdict = self.marks[-1]
        if self._other_than_differs(self.marks[::-1]) is not FAILS:
            return None
        if verdict is DIFFERS:
            return self._behind_another_outcome()
        above = self._unasked(high + 1, len(self.path))
        return self._gap(above, high, None) if above else None

    def _behind_another_outcome(self) -> Gap | None:
        """Look for a release that passes where the newest shows neither."""
        last = max(i for i, mark in self.marks if mark is FAILS)
        asked = [v for v in self.path[last:] if self.verdicts.get(v) is DIFFERS]
        above = [i for i in range(last + 1, len(self.path)) if self.path[i] not in self.verdicts]
        return self._gap(above, last, None) if above and len(asked) < LOOKS_ABOVE else None

    def _unasked(self, start: int, stop: int) -> list[int]:
        return [
            i
            for i in range(start, stop)
            if self.path[i] not in self.verdicts and self.path[i] not in self.known
        ]

    def _gap(self, places: Sequence[int], near: int, far: int | None) -> Gap:
        """Make a gap of places in order outward from `near`; `far` None: open-ended."""
        origin = near if self.origin is None else self.origin
        span = self._span(upward=places[0] >= origin)
        distances = [max(1, abs(i - origin)) for i in places]
        if far is None:
            weights = [*weigh(distances, span), NEVER]
        else:
            weights = weigh([*distances, max(1, abs(far - origin))], span)
        hopes = [*(self._hope(i) for i in places), 1.0]
        if far is None:
            hopes[-1] = hopes[-2]
        outer = self.path[far] if far is not None else "the end"
        return Gap(
            keys=tuple(self.path[i] for i in places),
            weights=tuple(weights),
            hopes=tuple(hopes),
            depth=depth_for(sum(hopes), span, self._used(upward=places[0] >= origin)),
            why=f"between {self.path[near]} and {outer}",
        )

    def _span(self, *, upward: bool) -> int:
        origin = self.origin or 0
        return len(self.path) - 1 - origin if upward else origin

    def _used(self, *, upward: bool) -> int:
        origin = self.origin or 0
        side = self.path[origin + 1 : -1] if upward else self.path[:origin]
        return sum(v in self.verdicts and v in self.known for v in side)

    def _hope(self, place: int) -> float:
        """Estimate whether a release can be tested, by its nearest neighbours that were tried."""
        tried = [(abs(at - place), works) for at, works in self.tried]
        hole = min((far for far, works in tried if not works), default=None)
        works = min((far for far, works in tried if works), default=1)
        return 1.0 if hole is None else hole / (hole + works)
