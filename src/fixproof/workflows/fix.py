"""`fix`: the smallest dependency change that makes a failing command work, proven by running it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from fixproof.model.errors import NotReproducedError
from fixproof.model.repairs import Broke, Change, Drift, Repair, Way
from fixproof.workflows.ask import Edges
from fixproof.workflows.drift import Search, look_at, peel_between, walk_back
from fixproof.workflows.drift import tell as tell_drift
from fixproof.workflows.drift_report import Declared
from fixproof.workflows.drift_wish import BUILD, Wish
from fixproof.workflows.fix_advice import Advice, KnownFix, NoAdvice
from fixproof.workflows.fix_backport import backported
from fixproof.workflows.fix_known import known_way
from fixproof.workflows.fix_proof import Broken, Draft, prove
from fixproof.workflows.fix_report import in_order, tell
from fixproof.workflows.fix_restore import restore
from fixproof.workflows.fix_upgrade import upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is wanted: `quick` stops at the first way that works.

    `backport` looks besides for the lines of an upgrade that mend the present release.
    """

    as_of: datetime | None = None  # now
    quick: bool = False
    backport: bool = False


def find_fix(
    edges: Edges,
    wish: Wish,
    aim: Aim,
    declared: Declared,
    *,
    advice: Advice | None = None,
) -> Repair:
    """Look outward from the present environment.

    Raises NotReproducedError where the command works as it is.
    """
    began = edges.clock.now()
    search = Search(edges, wish, declared)
    broken = reproduce(search, aim.as_of or began, advice or NoAdvice())
    known = broken.advice.recognise(broken.said, broken.versions)
    ways = list(_until_first(_ways(broken, known)) if aim.quick else _ways(broken, known))
    if aim.backport:
        ways += filter(None, [backported(broken, ways)])
    found = tell(broken, in_order(ways), known)
    return replace(found, seconds=(edges.clock.now() - began).total_seconds())


def reproduce(search: Search, day: datetime, advice: Advice) -> Broken:
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
    return Broken(search=search, lock=lock, day=day, advice=advice, signs=signs)


def _ways(broken: Broken, known: tuple[KnownFix, ...]) -> Iterator[Way]:
    """Look for ways out, the most promising kind first."""
    first = known_way(broken, known)
    if first:
        yield first
    taken = frozenset(change.package for change in first.changes) if first else frozenset[str]()
    # What is known to mend a package that the project asks for is the upgrade itself.
    if not taken & broken.search.wish.direct and (way := upgrade(broken, taken)):
        yield way
    for way in from_the_past(broken):
        if not (first and way.requirement_lines == first.requirement_lines):
            yield way


def _until_first(ways: Iterator[Way]) -> Iterator[Way]:
    for way in ways:
        yield way
        if way.verified:
            return


def from_the_past(broken: Broken) -> Iterator[Way]:
    """Walk back until it works, find what broke it since, and undo that."""
    search = broken.search
    try:
        good = walk_back(search, broken.day)
    except NotReproducedError:
        return
    peeled, span = peel_between(search, good, broken.day)
    if not peeled.works:
        return
    told = tell_drift(search, peeled, span)
    if way := restore(broken, told):
        yield way
    yield hold_back(broken, told)


def hold_back(broken: Broken, told: Drift) -> Way:
    """Hold back what broke it."""
    search = broken.search
    lock = search.locks.at(broken.day, told.remedy)
    build = all(line.startswith(BUILD) for line in told.remedy)
    draft = Draft(
        kind="build" if build else "hold",
        lock=lock,
        lines=told.remedy,
        named=frozenset(one.package for one in told.culprits if one.remedy in told.remedy),
    )
    held = tuple(_held(search, broken, lock, one) for one in told.culprits)
    return replace(prove(broken, draft), changes=held)


def _held(search: Search, broken: Broken, lock: str, one: Broke) -> Change:
    """Say from which to which version a culprit is held back, in a lock or in a build."""
    sides = [{**search.locks.builders(n), **search.locks.versions(n)} for n in (broken.lock, lock)]
    return Change(
        package=one.package,
        from_=sides[0].get(one.package, one.to),
        to=sides[1].get(one.package),
    )
