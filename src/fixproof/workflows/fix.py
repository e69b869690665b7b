"""`fix`: the smallest dependency change that makes a failing command work, proven by running it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from fixproof.model.errors import NotReproducedError
from fixproof.model.repairs import Broke, Change, Repair, Way
from fixproof.model.searches import Ask, Seen
from fixproof.strategy.drift import REPLICATES
from fixproof.strategy.repair import fewest_moves, smallest_step
from fixproof.strategy.subset import changes_of
from fixproof.strategy.uploads import mentioned
from fixproof.workflows.ask import Edges
from fixproof.workflows.drift import Search, look_at, peel_between, walk_back
from fixproof.workflows.drift import tell as tell_drift
from fixproof.workflows.drift_locks import changed
from fixproof.workflows.drift_report import Declared
from fixproof.workflows.drift_stage import timelines
from fixproof.workflows.drift_wish import BUILD, Wish
from fixproof.workflows.drive import drive
from fixproof.workflows.fix_moves import Move, leading, moves_of, request_with, suspects_first

# What was said and what is installed -> the known case that it is.
Recognise: TypeAlias = Callable[[str, Mapping[str, str]], str | None]
ALONE = "it may be the sandbox: allow the network (--allow-network) or pass variables (--env NAME)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The environment in which the command fails, and the day it is looked at."""

    lock: str
    day: datetime
    signs: tuple[str, ...] = ()  # that the sandbox may have made the failure


def find_fix(
    edges: Edges,
    wish: Wish,
    as_of: datetime | None,
    declared: Declared,
    *,
    quick: bool = False,
    recognise: Recognise | None = None,
) -> Repair:
    """Look outward from the present environment; `quick` stops at the first way that works.

    Raises NotReproducedError where the command works as it is.
    """
    began = edges.clock.now()
    search = Search(edges, wish, declared)
    broken = reproduce(search, as_of or began)
    ways = [way for way in (upgrade(search, broken),) if way]
    if not (ways and quick):
        ways += [way for way in (hold_back(search, broken),) if way]
    found = tell(search, broken, ways)
    if recognise:
        present = search.locks.versions(broken.lock)
        found = replace(found, known=recognise(search.trials.said(broken.lock), present))
    return replace(found, seconds=(edges.clock.now() - began).total_seconds())


def reproduce(search: Search, day: datetime) -> Broken:
    """See the failure in a clean copy of the environment."""
    lock = look_at(search, day)
    signs = search.trials.suspects(lock)
    seen = search.trials.see(lock)
    if seen.passes and not seen.fails:
        raise NotReproducedError(
            "the command works in a clean copy of this environment",
            hint="what differs is not a package: files, variables (--env), network, or the machine",
        )
    note = search.trials.note(lock)
    search.edges.progress.say(f"fails with {note.says if note else 'no message'}")
    return Broken(lock=lock, day=day, signs=signs)


def upgrade(search: Search, broken: Broken) -> Way | None:
    """Try newer releases of what the project asks for, fewest packages and smallest steps."""
    present = search.locks.versions(broken.lock)
    said = search.trials.said(broken.lock)
    named = mentioned((name for name, _ in search.wish.present), said)
    found = timelines(search.edges, search.wish.direct | set(named))
    moves = tuple(suspects_first(moves_of(search.wish, present, found, broken.day), said))
    if not moves:
        return None
    ladder = Ladder(search, broken, moves)
    needed = drive(fewest_moves(len(moves)), ladder.answer)
    if needed is None:
        return None
    chosen = {moves[n].package: ladder.works_at[needed][moves[n].package] for n in needed}
    for number in needed:
        chosen = shorten(search, broken, moves[number], chosen)
    return _way(search, broken, chosen, [m for m in moves if m.package in chosen])


class Ladder:
    """Tries sets of moves: the newest of each, then, for one alone, the heads of lower lines."""

    def __init__(self, search: Search, broken: Broken, moves: tuple[Move, ...]) -> None:
        self.search = search
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
            if works_with(self.search, self.broken, step):
                self.works_at[numbers] = step
                return Seen(passes=1)
        return Seen(fails=1)


def works_with(search: Search, broken: Broken, chosen: Mapping[str, str]) -> bool:
    """Try the command with some packages at other versions."""
    return search.trials.works(lock_with(search, broken, chosen))


def lock_with(search: Search, broken: Broken, chosen: Mapping[str, str]) -> str:
    """Resolve with some packages at other versions."""
    request = request_with(search.wish, chosen, broken.day, fresh=search.locks.fresh)
    return search.locks.of(request)


def shorten(
    search: Search, broken: Broken, move: Move, chosen: Mapping[str, str]
) -> dict[str, str]:
    """Find the nearest version of one package that works, among those that move least else."""
    reached = chosen[move.package]
    steps = list(move.versions[: move.versions.index(reached) + 1])
    locks = {v: lock_with(search, broken, {**chosen, move.package: v}) for v in steps}
    before = search.locks.versions(broken.lock)
    extent = {v: _extent(before, search.locks.versions(locks[v])) for v in steps}
    least = [v for v in steps if extent[v] <= extent[reached]]

    def answer(ask: Ask) -> Mapping[str, Seen]:
        return {v: search.trials.see(locks[v]) for v in ask.keys}

    nearest = drive(smallest_step(least), answer)
    return {**chosen, move.package: nearest or reached}


def _extent(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    return len(changed(before, after)) if after else 10**6


def _way(search: Search, broken: Broken, chosen: Mapping[str, str], moves: list[Move]) -> Way:
    lock = lock_with(search, broken, chosen)
    lines = tuple(move.line(chosen[move.package]) for move in moves)
    return _proven(search, broken, lock, "upgrade", lines, frozenset(chosen))


def hold_back(search: Search, broken: Broken) -> Way | None:
    """Walk back until it works, find what broke it since, and hold that back."""
    try:
        good = walk_back(search, broken.day)
    except NotReproducedError:
        return None
    peeled, span = peel_between(search, good, broken.day)
    if not peeled.works:
        return None
    told = tell_drift(search, peeled, span)
    lock = search.locks.at(broken.day, told.remedy)
    build = all(line.startswith(BUILD) for line in told.remedy)
    named = frozenset(one.package for one in told.culprits if one.remedy in told.remedy)
    way = _proven(search, broken, lock, "build" if build else "hold", told.remedy, named)
    return replace(way, changes=tuple(_held(search, broken, lock, one) for one in told.culprits))


def _held(search: Search, broken: Broken, lock: str, one: Broke) -> Change:
    """Say from which to which version a culprit is held back, in a lock or in a build."""
    sides = [{**search.locks.builders(n), **search.locks.versions(n)} for n in (broken.lock, lock)]
    return Change(
        package=one.package,
        from_=sides[0].get(one.package, one.to),
        to=sides[1].get(one.package),
    )


def _proven(
    search: Search,
    broken: Broken,
    lock: str,
    kind: str,
    lines: tuple[str, ...],
    named: frozenset[str],
) -> Way:
    """Run it again, and list what changes: what the lines name, and what follows from it."""
    seen = search.trials.see(lock, runs=REPLICATES)
    again = search.trials.see(broken.lock, runs=REPLICATES)
    moved = changed(search.locks.versions(broken.lock), search.locks.versions(lock))
    if not search.locks.versions(broken.lock):
        moved = {n: m for n, m in moved.items() if n in named}
    changes = [Change(package=n, from_=old, to=new) for n, (old, new) in moved.items()]
    return Way(
        kind=kind,
        changes=tuple(c for c in changes if c.package in named),
        also_changed=tuple(c for c in changes if c.package not in named),
        requirement_lines=lines,
        verified=seen.passes == seen.runs > 0 and again.fails > 0,
    )


def tell(search: Search, broken: Broken, ways: list[Way]) -> Repair:
    """Put the ways in order: the first is the answer, the rest are alternatives."""
    records = search.trials.records(broken.lock)
    note = search.trials.note(broken.lock)
    first = next((way for way in ways if way.verified), None)
    return Repair(
        failure=note,
        changes=first.changes if first else (),
        also_changed=first.also_changed if first else (),
        requirement_lines=first.requirement_lines if first else (),
        verified=first is not None,
        alternatives=tuple(way for way in ways if way is not first),
        tried=_tried(search),
        notes=() if first else _next_steps(broken),
        command_exit=note.exit if note else None,
        probes=search.trials.probes,
        python=search.wish.interpreter.version if records else "",
    )


def _tried(search: Search) -> tuple[str, ...]:
    counted = f"{search.trials.probes} environments were tried"
    return (counted, f"{len(search.locks.asked)} resolutions gave {search.locks.distinct} locks")


def _next_steps(broken: Broken) -> tuple[str, ...]:
    if broken.signs:
        return (f"the failure may be the sandbox's own making ({', '.join(broken.signs)})", ALONE)
    return (
        "no newer release of what the project asks for makes it work, and no earlier day did",
        "probably not a dependency: look at the program, its files, or another interpreter",
    )
