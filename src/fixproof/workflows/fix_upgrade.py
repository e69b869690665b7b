"""Newer releases of what the project asks for: fewest packages, smallest steps, sound releases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from packaging.version import Version

from fixproof.model.repairs import Way
from fixproof.model.searches import Ask, Seen
from fixproof.strategy.repair import fewest_moves, smallest_step
from fixproof.strategy.subset import changes_of
from fixproof.strategy.uploads import mentioned
from fixproof.workflows.drift_locks import changed
from fixproof.workflows.drift_stage import timelines
from fixproof.workflows.drive import drive
from fixproof.workflows.fix_advice import Advice, is_sound
from fixproof.workflows.fix_moves import Move, leading, moves_of, suspects_first
from fixproof.workflows.fix_proof import Broken, Draft, prove

SAFER = 3  # sound releases that are tried in the place of one that is not


def upgrade(broken: Broken, without: frozenset[str] = frozenset()) -> Way | None:
    """Try newer releases; those that the library records as failing only when no other helps."""
    moves = tuple(m for m in _moves(broken) if m.package not in without)
    for some in dict.fromkeys((unrecorded(moves, broken.advice), moves)):
        ladder = Ladder(broken, some)
        needed = drive(fewest_moves(len(some)), ladder.answer) if some else None
        if needed is not None:
            chosen = {some[n].package: ladder.works_at[needed][some[n].package] for n in needed}
            return nearest_way(broken, [some[n] for n in needed], chosen)
    return None


def _moves(broken: Broken) -> tuple[Move, ...]:
    wish = broken.search.wish
    named = mentioned((name for name, _ in wish.present), broken.said)
    found = timelines(broken.search.edges, wish.direct | set(named))
    moves = moves_of(wish, broken.versions, found, broken.day)
    return tuple(suspects_first(moves, broken.said))


def unrecorded(moves: Sequence[Move], advice: Advice) -> tuple[Move, ...]:
    """Leave releases out that are known to fail, and moves of which nothing is left."""
    kept = []
    for move in moves:
        versions = tuple(v for v in move.versions if not advice.failing(move.package, v))
        if versions:
            kept.append(replace(move, versions=versions))
    return tuple(kept)


def nearest_way(
    broken: Broken, moves: Sequence[Move], chosen: Mapping[str, str], case: str = ""
) -> Way:
    """Shorten each step of what works, step past what is known against it, and prove it."""
    for move in moves:
        chosen = safer(broken, move, shorten(broken, move, chosen))
    lock = broken.lock_with(chosen)
    lines = _lines(broken, moves, chosen)
    draft = Draft(kind="upgrade", lock=lock, lines=lines, named=frozenset(chosen), case=case)
    return prove(broken, draft)


def _lines(broken: Broken, moves: Sequence[Move], chosen: Mapping[str, str]) -> tuple[str, ...]:
    """Write lower bounds where what a resolver makes of them works too, else exact versions."""
    lines = tuple(move.line(chosen[move.package]) for move in moves)
    if broken.works_as_written(lines):
        return lines
    return tuple(move.line(chosen[move.package], exact=True) for move in moves)


class Ladder:
    """Tries sets of moves: the newest of each, then, for one alone, the heads of lower lines."""

    def __init__(self, broken: Broken, moves: tuple[Move, ...]) -> None:
        self.broken = broken
        self.moves = moves
        self.works_at: dict[tuple[int, ...], Mapping[str, str]] = {}

    def answer(self, ask: Ask) -> Mapping[str, Seen]:
        """Answer a search over sets of moves."""
        return {key: self._try(changes_of(key)) for key in ask.keys}

    def _try(self, numbers: tuple[int, ...]) -> Seen:
        chosen = [self.moves[n] for n in numbers]
        steps = [{m.package: m.newest for m in chosen}]
        if len(chosen) == 1:
            steps = [{chosen[0].package: v} for v in leading(chosen[0].versions)]
        for step in steps:
            if self.broken.works_with(step):
                self.works_at[numbers] = step
                return Seen(passes=1)
        return Seen(fails=1)


def shorten(broken: Broken, move: Move, chosen: Mapping[str, str]) -> dict[str, str]:
    """Find the nearest version of one package that works, among those that move least else."""
    search, reached = broken.search, chosen[move.package]
    steps = list(move.versions[: move.versions.index(reached) + 1])
    locks = {v: broken.lock_with({**chosen, move.package: v}) for v in steps}
    extent = {v: _extent(broken.versions, search.locks.versions(locks[v])) for v in steps}
    least = [v for v in steps if extent[v] <= extent[reached]]

    def answer(ask: Ask) -> Mapping[str, Seen]:
        return {v: search.trials.see(locks[v]) for v in ask.keys}

    nearest = drive(smallest_step(least, present=move.present), answer)
    return {**chosen, move.package: nearest or reached}


def _extent(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    return len(changed(before, after)) if after else 10**6


def safer(broken: Broken, move: Move, chosen: Mapping[str, str]) -> dict[str, str]:
    """Step on to the nearest release that works and has nothing known against it, if any does."""
    reached = chosen[move.package]
    if is_sound(broken.advice, move.package, reached):
        return dict(chosen)
    for _, version in zip(range(SAFER), _sound_above(broken.advice, move, reached), strict=False):
        step = {**chosen, move.package: version}
        if broken.works_with(step):
            return step
    return dict(chosen)


def _sound_above(advice: Advice, move: Move, reached: str) -> Iterator[str]:
    """Find sound releases above one: the lowest of each line X.Y whose newest release is sound.

    A line whose newest release is not is passed over unread: each look-up is a page of the index.
    """
    above = move.versions[move.versions.index(reached) + 1 :]
    for _, line in groupby(above, key=lambda version: Version(version).release[:2]):
        releases = list(line)
        if is_sound(advice, move.package, releases[-1]):
            yield next(v for v in releases if is_sound(advice, move.package, v))
