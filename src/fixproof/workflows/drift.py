"""`drift`: which upload broke a command that worked, proven by running both sides of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fixproof.model.errors import NotReproducedError, PreparationError
from fixproof.model.repairs import Broke, Drift
from fixproof.strategy.drift import REPLICATES
from fixproof.strategy.peel import Layer, Peeled, peel
from fixproof.workflows.ask import Edges
from fixproof.workflows.drift_heals import with_healing
from fixproof.workflows.drift_locks import Locks
from fixproof.workflows.drift_report import Declared, broke
from fixproof.workflows.drift_stage import Span, Stage, span_of
from fixproof.workflows.drift_trials import Trials
from fixproof.workflows.drift_wish import Wish
from fixproof.workflows.drift_yanked import with_yanked
from fixproof.workflows.drive import drive

if TYPE_CHECKING:
    from fixproof.model.releases import Timeline

AMPLIFIED = 12  # runs of a bad end that works at first
WIDENINGS = 4  # how often packages that only appear in between may widen the list of uploads
HALVINGS = 12  # of the days in which a requirement came into being
AGAIN = "give --bad a day on which it failed; with --heals what mended it is found too"
LONGEST = timedelta(days=365 * 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Two dates; without `good` the search walks back until the command works.

    `until`: look also whether it works again by then.
    """

    good: datetime | None
    bad: datetime
    until: datetime | None = None


class Search:
    """Everything that one drift looks at."""

    def __init__(self, edges: Edges, wish: Wish, declared: Declared) -> None:
        self.edges = edges
        self.wish = wish
        self.declared = declared
        self.locks = Locks(edges, wish)
        self.trials = Trials(edges, self.locks, expect=wish.expect)
        self.timelines: dict[str, Timeline] = {}

    def span(self, good: datetime, bad: datetime) -> Span:
        """List the uploads of all packages seen so far."""
        return span_of(self.edges, self.locks.names, good, bad, self.timelines)


def find_drift(edges: Edges, wish: Wish, between: Between, declared: Declared) -> Drift:
    """Find every upload that broke the command between two dates.

    Raises NotReproducedError where the ends do not disagree as good and bad.
    """
    began = edges.clock.now()
    search = Search(edges, wish, declared)
    good = between.good or walk_back(search, between.bad)
    measure_ends(search, good, between.bad)
    peeled, span = peel_between(search, good, between.bad)
    found = tell(search, peeled, span)
    if between.until:
        found = with_healing(found, search.trials, between.bad, between.until)
    return replace(found, seconds=(edges.clock.now() - began).total_seconds())


def measure_ends(search: Search, good: datetime, bad: datetime) -> None:
    """Try both ends side by side and make sure that one works and the other does not."""
    search.locks.fresh = is_built(search, good, bad)
    ends = _both(search, good, bad)
    search.edges.workers.map([_trying(search, lock) for lock in dict.fromkeys(ends)])
    if ends[0] != ends[1] and search.trials.is_clean(ends[1]):
        search.trials.records(ends[1], runs=AMPLIFIED)  # it may show only sometimes
    problem = search.trials.measure(*ends)
    if problem:
        raise NotReproducedError(problem, hint="check --good, --bad, --python and the command")
    if not search.trials.works_well(ends[0]):
        raise NotReproducedError(
            "the command does not work at the good end either",
            hint="choose an earlier --good, leave it out to walk back, or say what works: --expect",
        )
    if search.trials.works(ends[1]):
        raise NotReproducedError("the command works at the bad end", hint=AGAIN)
    # Where the break shows in the run, builds are no part of it: those made before will do.
    search.locks.fresh = search.trials.unusable_fails
    search.edges.progress.say(f"breaks between {good:%Y-%m-%d} and {bad:%Y-%m-%d}")


def is_built(search: Search, good: datetime, bad: datetime) -> bool:
    """Tell whether something is built from source: then builds are part of the question."""
    ends = _both(search, good, bad)
    return any(search.locks.builds(lock) or not search.locks.versions(lock) for lock in ends)


def _both(search: Search, good: datetime, bad: datetime) -> list[str]:
    return [search.locks.at(moment) for moment in (good, bad)]


def _trying(search: Search, lock: str) -> Callable[[], None]:
    return lambda: void(search.trials.records(lock, runs=REPLICATES))


def void(_: object) -> None:
    """Drop a result."""


def look_at(search: Search, bad: datetime) -> str:
    """Try the bad end, built afresh where anything is built, and learn whether builds matter."""
    search.locks.fresh = is_built(search, bad, bad)
    lock = search.locks.at(bad)
    search.trials.unusable_fails = search.trials.records(lock)[0].unusable is not None
    search.locks.fresh = search.trials.unusable_fails  # else builds made before will do
    return lock


def walk_back(search: Search, bad: datetime) -> datetime:
    """Step back in growing steps, over distinct locks, until the command works.

    Raises NotReproducedError where it never does.
    """
    last = look_at(search, bad)
    if search.trials.works(last):
        raise NotReproducedError("the command works at the bad end", hint=AGAIN)
    step = timedelta(days=1)
    while step < LONGEST:
        moment = bad - step
        lock = search.locks.at(moment)
        if lock != last and search.trials.works(lock):
            return moment
        if not search.locks.versions(lock) and search.locks.versions(last):
            return _earliest(search, moment, bad - step / 2)
        last, step = lock, step * 2
    raise _never(bad - step)


def _earliest(search: Search, before: datetime, after: datetime) -> datetime:
    """Look between the day when the requirements did not exist yet and one when it failed.

    Raises NotReproducedError where it fails there too.
    """
    for _ in range(HALVINGS):
        middle = before + (after - before) / 2
        lock = search.locks.at(middle)
        if search.trials.works(lock):
            return middle
        if search.locks.versions(lock):
            after = middle
        else:
            before = middle
    raise _never(after)


def _never(since: datetime) -> NotReproducedError:
    return NotReproducedError(
        f"the command never worked since {since:%Y-%m-%d}", hint="give a --good date"
    )


def peel_between(search: Search, good: datetime, bad: datetime) -> tuple[Peeled, Span]:
    """Search, and search again where packages showed up whose uploads were not in the list."""
    for _ in range(WIDENINGS):
        span = search.span(good, bad)
        known = search.locks.names
        peeled = drive(peel(_stages(search, span)), search.trials.answer)
        if search.locks.names <= known:
            return peeled, span
    return peeled, span


def _stages(search: Search, span: Span) -> Callable[[tuple[str, ...]], Stage]:
    return lambda held: Stage(search.trials, span, held)


def tell(search: Search, peeled: Peeled, span: Span) -> Drift:
    """Put what was found into words and mark the culprit of the failure seen at the bad end."""
    origin, end = search.locks.at(span.good), search.locks.at(span.bad)
    today = search.trials.note(end)
    told = [_told(search, span, layer, origin) for layer in peeled.layers]
    if not told:
        raise PreparationError("no upload lies between the ends", hint="check --good and --bad")
    culprits = tuple(_seen_today(one, today.signature if today else None) for one in told)
    remedy, works = _remedy(search, peeled, culprits, span)
    return Drift(
        culprits=culprits,
        remedy=remedy,
        verified=works and all(one.verified for one in culprits),
        probes=search.trials.probes,
        good=span.good.isoformat(),
        bad=span.bad.isoformat(),
        failure=today,
        locks=search.locks.distinct,
        resolutions=len(search.locks.asked),
        open=(*peeled.open, *_doubts(peeled)),
        notes=tuple(_yank_note(one) for one in culprits if one.withdrawn),
        python=search.wish.interpreter.version,
    )


def _told(search: Search, span: Span, layer: Layer, origin: str) -> Broke:
    stage = Stage(search.trials, span, layer.held)
    told = broke(stage, layer, search.declared, origin)
    return with_yanked(stage, told, search.timelines.get(told.package))


def _remedy(
    search: Search, peeled: Peeled, culprits: tuple[Broke, ...], span: Span
) -> tuple[tuple[str, ...], bool]:
    """Take the lines that were seen to work; wider ones, where withdrawn releases ask for it."""
    if not peeled.works:
        return (), False
    wider = {layer.hold: one.remedy for layer, one in zip(peeled.layers, culprits, strict=True)}
    lines = tuple(wider.get(line, line) for line in peeled.remedy)
    if lines != peeled.remedy and not search.trials.works(search.locks.at(span.bad, lines)):
        return peeled.remedy, True
    return lines, True


def _doubts(peeled: Peeled) -> Iterator[str]:
    for number, layer in enumerate(peeled.layers, 1):
        found = layer.found
        if found.doubt:
            yield f"culprit {number}: {found.doubt}"
        if not found.is_exact:
            count = found.first_bad - found.last_good
            yield f"culprit {number}: one of {count} uploads; the locks between cannot be told"


def _yank_note(one: Broke) -> str:
    names = ", ".join(one.withdrawn)
    if one.yanked:
        lowest = one.yanked[0]
        return (
            f"{one.package} {names} came before and was withdrawn since; pinned, {lowest} breaks"
            " it too: what people got then differs from what a resolver answers today"
        )
    return f"{one.package} {names} came before and was withdrawn since; not seen to break it"


def _seen_today(one: Broke, signature: str | None) -> Broke:
    shown = one.failure.signature if one.failure else None
    return replace(one, seen_today=signature is not None and shown == signature)
