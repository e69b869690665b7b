"""The smallest change that makes it work: which moves are needed, and how far each must go."""

from collections.abc import Mapping, Sequence

from packaging.version import Version

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Ask, Search, Seen
from fixproof.strategy.subset import key_of


def fewest_moves(count: int) -> Search[tuple[int, ...] | None]:
    """Find the fewest of `count` moves, most promising first, that make it work together.

    Each alone first; then all at once, which is reduced to what is needed. None: not even all
    of them help.
    """
    for number in range(count):
        if (yield from _works((number,))):
            return (number,)
    if count < 2 or not (yield from _works(tuple(range(count)))):
        return None
    kept = list(range(count))
    for number in reversed(range(count)):
        rest = [n for n in kept if n != number]
        if rest and (yield from _works(tuple(rest))):
            kept = rest
    return tuple(kept)


def smallest_step(
    versions: Sequence[str], *, present: str | None = None, tries: int = 24
) -> Search[str | None]:
    """Find the nearest version that works, nearest first in `versions`; the last one works.

    What was mended may have been mended in older lines as well: those of `present` are asked
    first. Then bisects as if all beyond the first that works worked too; a version that relapses
    costs at most a wider step, never an unproven answer.
    """
    if not versions:
        return None
    versions = yield from _own_line(versions, present)
    low, high = -1, len(versions) - 1
    while high - low > 1 and tries:
        middle = (low + high) // 2
        tries -= 1
        if (yield from _passes(versions[middle])):
            high = middle
        else:
            low = middle
    return versions[high]


def _own_line(versions: Sequence[str], present: str | None) -> Search[Sequence[str]]:
    """Keep to the line X.Y of what is present, else to X, if the newest release there works."""
    for depth in (2, 1):
        own = [v for v in versions if present and _line(v, depth) == _line(present, depth)]
        if own and len(own) < len(versions):
            if (yield from _passes(own[-1])):
                return own
            versions = versions[versions.index(own[-1]) + 1 :]
    return versions


def _line(version: str, depth: int) -> tuple[int, ...]:
    read = Version(version)
    return (read.epoch, *(*read.release, 0)[:depth])


def _works(moves: tuple[int, ...]) -> Search[bool]:
    return (yield from _passes(key_of(moves)))


def _passes(key: str) -> Search[bool]:
    reply: Mapping[str, Seen] = yield Ask(keys=(key,), why="does it work")
    return reply[key].verdict is Verdict.PASSES
