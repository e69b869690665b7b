"""The smallest guilty set of changes: prefix bisection by suspicion, delta debugging as fallback.

A trial is a set of changes applied to what works; its key is the sorted numbers joined by `+`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Ask, Search, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Guilty:
    """A set of changes that makes it fail, and of which none can be left out (`minimal`)."""

    changes: tuple[int, ...]
    minimal: bool = True


def key_of(changes: Iterable[int]) -> str:
    """Name a trial."""
    return "+".join(str(n) for n in sorted(changes))


def changes_of(key: str) -> tuple[int, ...]:
    """Read a trial's changes from its name."""
    return tuple(int(n) for n in key.split("+")) if key else ()


def find_guilty(ordered: Sequence[int], weights: Sequence[float]) -> Search[Guilty]:
    """Find a smallest guilty set among changes that fail together and of which none passes.

    `ordered` lists them, most suspect first; `weights[i]` says how suspect change i is.
    """
    guilty: list[int] = []
    pool = list(ordered)
    while pool:
        size = yield from _shortest_prefix(guilty, pool, weights)
        if size is None:
            return (yield from _minimise([*guilty, *pool]))
        guilty.append(pool[size - 1])
        pool = pool[: size - 1]
        if pool and (yield from _try(guilty)) is Verdict.FAILS:
            break
    return (yield from _without_each(guilty))


def _try(changes: Iterable[int]) -> Search[Verdict]:
    key = key_of(changes)
    reply: Mapping[str, Seen] = yield Ask(keys=(key,), why=f"{len(changes_of(key))} changes")
    return reply[key].verdict


def _shortest_prefix(
    guilty: Sequence[int], pool: Sequence[int], weights: Sequence[float]
) -> Search[int | None]:
    """Bisect for the shortest prefix that fails; None when a mixture cannot be told."""
    low, high = 0, len(pool)
    while high - low > 1:
        middle = _half(pool, weights, low, high)
        match (yield from _try([*guilty, *pool[:middle]])):
            case Verdict.FAILS:
                high = middle
            case Verdict.PASSES:
                low = middle
            case _:
                return None
    return high


def _half(pool: Sequence[int], weights: Sequence[float], low: int, high: int) -> int:
    """Split the suspicion, not the number, in two."""
    whole = sum(weights[n] for n in pool[low:high])
    so_far = 0.0
    for size in range(low + 1, high):
        so_far += weights[pool[size - 1]]
        if so_far >= whole / 2:
            return size
    return high - 1


def _without_each(guilty: Sequence[int]) -> Search[Guilty]:
    """Check that no change can be left out (one-minimal)."""
    kept = list(guilty)
    if len(kept) > 1:
        for number in guilty:
            rest = [n for n in kept if n != number]
            if rest and (yield from _try(rest)) is Verdict.FAILS:
                kept = rest
    return Guilty(changes=tuple(kept))


def _minimise(failing: Sequence[int]) -> Search[Guilty]:
    """Delta debugging (ddmin) for mixtures of which some can neither pass nor fail."""
    kept, parts = list(failing), 2
    while len(kept) > 1:
        pieces = _pieces(kept, parts)
        smaller = yield from _failing_part(kept, pieces)
        if smaller is not None:
            parts = 2 if smaller in pieces else max(parts - 1, 2)
            kept = smaller
        elif parts >= len(kept):
            break
        else:
            parts = min(len(kept), parts * 2)
    return Guilty(changes=tuple(kept))


def _failing_part(kept: Sequence[int], pieces: Sequence[list[int]]) -> Search[list[int] | None]:
    rests = [[n for n in kept if n not in piece] for piece in pieces]
    for trial in [*pieces, *(rests if len(pieces) > 2 else [])]:
        if (yield from _try(trial)) is Verdict.FAILS:
            return trial
    return None


def _pieces(items: Sequence[int], count: int) -> list[list[int]]:
    size, extra = divmod(len(items), count)
    cuts = [n * size + min(n, extra) for n in range(count + 1)]
    return [list(items[a:b]) for a, b in pairwise(cuts) if a < b]
