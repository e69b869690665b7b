"""`drift` between two locks: the smallest sets of differences that carry the failure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from fixproof.model.environments import Environment, Pin, Request
from fixproof.model.errors import InputError, NotReproducedError
from fixproof.model.outcomes import Verdict
from fixproof.model.repairs import Broke, Change, Drift
from fixproof.model.runs import Unusable
from fixproof.model.searches import Ask
from fixproof.strategy.drift import REPLICATES
from fixproof.strategy.subset import Guilty, find_guilty
from fixproof.strategy.uploads import Ground, suspects
from fixproof.verdict.judge import Yardstick, is_same
from fixproof.verdict.showing import showing
from fixproof.workflows.ask import Edges
from fixproof.workflows.drift_locks import Locks
from fixproof.workflows.drift_mixtures import Admission, Mixtures, environment_of
from fixproof.workflows.drift_report import Declared
from fixproof.workflows.drift_trials import Trials
from fixproof.workflows.drift_wish import Wish
from fixproof.workflows.drive import drive

MOST_SETS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """One end: what is pinned, and what the project itself asks for where that is known."""

    label: str
    pins: tuple[str, ...]  # requirements with one exact version each
    roots: tuple[str, ...] = ()


def find_between(edges: Edges, wish: Wish, good: Pinned, bad: Pinned, declared: Declared) -> Drift:
    """Find every independent set of differences that makes the command fail.

    Raises NotReproducedError where the two locks do not disagree as good and bad.
    """
    began = edges.clock.now()
    locks = Locks(edges, wish)
    trials = Trials(edges, locks, expect=wish.expect)
    ends = [_resolved(locks, wish, end) for end in (good, bad)]
    trials.answer(Ask(keys=tuple(dict.fromkeys(ends)), why="both ends"))
    problem = trials.measure(ends[0], ends[1])
    if problem or not trials.works_well(ends[0]) or trials.works(ends[1]):
        raise NotReproducedError(problem or "the two locks do not disagree", hint="swap or check")
    mixtures = Mixtures(trials, ends[0], ends[1], Admission(roots=bad.roots, declared=declared))
    found = _told(mixtures, *_all_sets(mixtures))
    return replace(
        found,
        good=good.label,
        bad=bad.label,
        seconds=(edges.clock.now() - began).total_seconds(),
    )


def _told(mixtures: Mixtures, sets: Sequence[Guilty], rest: Verdict) -> Drift:
    trials, locks = mixtures.trials, mixtures.locks
    works = rest is Verdict.PASSES
    told = [_broke(mixtures, guilty, number) for guilty in sets for number in guilty.changes]
    culprits = tuple(sorted(told, key=_when))
    return Drift(
        culprits=culprits,
        remedy=tuple(one.remedy for one in culprits) if works else (),
        verified=works and all(one.verified for one in culprits),
        probes=trials.probes,
        failure=trials.note(mixtures.bad),
        locks=locks.distinct,
        resolutions=len(locks.asked),
        open=() if works else ("without the guilty changes it does not work",),
        python=locks.wish.interpreter.version,
    )


def _when(one: Broke) -> datetime:
    return one.uploaded or datetime.max.replace(tzinfo=UTC)


def _all_sets(mixtures: Mixtures) -> tuple[list[Guilty], Verdict]:
    """Take guilty sets out of the bad lock, one by one, until the command works."""
    left, sets = list(range(len(mixtures.names))), list[Guilty]()
    while left and len(sets) < MOST_SETS:
        verdict = _retarget(mixtures, left)
        if verdict is not Verdict.FAILS:
            return sets, verdict
        weights = _weights(mixtures, mixtures.lock(left))
        ordered = sorted(left, key=lambda n: -weights[n])
        guilty = drive(find_guilty(ordered, weights), mixtures.answer)
        sets.append(guilty)
        left = [n for n in left if n not in guilty.changes]
    return sets, _retarget(mixtures, left)


def _retarget(mixtures: Mixtures, left: Sequence[int]) -> Verdict:
    """See what is left of the bad lock; a failure of its own becomes what is looked for."""
    trials, lock = mixtures.trials, mixtures.lock(left)
    records = trials.records(lock)
    if records[0].unusable or trials.expectation:
        return trials.see(lock).verdict
    shown = tuple(map(showing, records))
    reference = tuple(map(showing, trials.records(mixtures.good)))
    if any(is_same(one, reference[0]) for one in shown):
        return Verdict.PASSES
    if all(one.is_clean for one in shown):
        return trials.see(lock).verdict if trials.yardstick else Verdict.PASSES
    # Mixtures fail in ways of their own: only this very failure counts.
    trials.yardstick = Yardstick(target=shown, reference=reference)
    return trials.see(lock).verdict


def _weights(mixtures: Mixtures, lock: str) -> list[float]:
    ground = Ground(
        before=mixtures.locks.versions(mixtures.good),
        after=mixtures.locks.versions(mixtures.bad),
        direct=mixtures.admission.direct,
        said=mixtures.trials.said(lock),
    )
    return suspects(mixtures.moved, ground)


def _broke(mixtures: Mixtures, guilty: Guilty, number: int) -> Broke:
    name = mixtures.names[number]
    old, new = mixtures.moved[name]
    carrier = mixtures.lock(guilty.changes)
    bad = environment_of(mixtures.locks, mixtures.bad)
    pin = _pin(bad, name)
    partners = [mixtures.names[n] for n in guilty.changes if n != number]
    trials = mixtures.trials
    seen = trials.see(carrier, runs=REPLICATES)
    return Broke(
        package=name,
        from_=old,
        to=new,
        uploaded=pin.uploaded if pin else None,
        file=pin.file if pin else "",
        admitted_by=mixtures.admission.of(bad, name) if new else "",
        gates=tuple(
            Change(package=p, from_=mixtures.moved[p][0], to=mixtures.moved[p][1]) for p in partners
        ),
        also_changed=mixtures.following(carrier, guilty),
        failure=trials.note(carrier),
        seen_today=_same(trials, carrier, mixtures.bad),
        remedy=f"{name}=={old}" if old else f"without {name}",
        verified=seen.runs > seen.passes == 0,
        confidence=0.99 if seen.passes == 0 else 0.9,
    )


def _same(trials: Trials, one: str, other: str) -> bool:
    first, second = trials.note(one), trials.note(other)
    return bool(first and second and first.signature == second.signature)


def _resolved(locks: Locks, wish: Wish, end: Pinned) -> str:
    """Lay a lock's pins out, as far as they apply here.

    Raises InputError where they do not fit together.
    """
    request = Request(
        requirements=end.roots or end.pins,
        interpreter=wish.interpreter,
        constraints=(*wish.constraints, *(end.pins if end.roots else ())),
    )
    lock = locks.of(request)
    found = locks.get(lock)
    if isinstance(found, Unusable) and not end.pins:
        raise InputError("nothing is pinned in it", at=end.label)
    return lock


def _pin(environment: Environment, name: str) -> Pin | None:
    return next((p for p in environment.pins if p.name == name), None)
