"""Who is to blame: the package under test, another package, or the interpreter.

At a fix whose environments differ in more than the package, the swap decides. A failure that no
release of the package ends is looked for among the other packages of a later day.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fixproof.model.environments import Environment
from fixproof.model.findings import Culprit, Trigger
from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Boundaries
from fixproof.workflows.beginning import find_trigger
from fixproof.workflows.elsewhere import bisected, named_in, runs_of
from fixproof.workflows.ends import Ends
from fixproof.workflows.lab import Laboratory, others
from fixproof.workflows.question import freed, request_for
from fixproof.workflows.swap import Versions, differing, flipping, swapped, verdict_among

LATER = (timedelta(days=30), timedelta(days=180), timedelta(days=730))


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """On which axis the failure began, and whose release ended it if not the package's own."""

    trigger: Trigger | None = None
    culprit: Culprit | None = None
    notes: tuple[str, ...] = ()


def find_blame(lab: Laboratory, ends: Ends, boundaries: Boundaries) -> Blame:
    """Test what differs at the boundaries, and the other axes where there is none."""
    if ends.slips:
        note = "it fails now and then where it is fixed, too: other packages were not tested"
        return Blame(notes=(note,))
    note = _between_interpreters(lab, boundaries.last_good, boundaries.introduced)
    blame = Blame(trigger=find_trigger(lab, boundaries), notes=(note,) if note else ())
    if boundaries.first_fixed and boundaries.last_bad:
        return _at_fix(lab, boundaries.last_bad, boundaries.first_fixed, blame)
    if ends.persists:
        return _elsewhere(lab, ends, blame)
    return blame


def _at_fix(lab: Laboratory, last_bad: str, first_fixed: str, blame: Blame) -> Blame:
    """Test whether the fixed release fixes, or only what moved with it."""
    if note := _between_interpreters(lab, last_bad, first_fixed):
        return replace(blame, notes=(*blame.notes, note))
    if not _confounded(lab, last_bad, first_fixed):
        return blame
    old, new = _environments(lab, last_bad, first_fixed)
    name = lab.question.name
    kept = verdict_among(lab, first_fixed, others(old, name))
    if kept.verdict is Verdict.PASSES:
        return blame
    moved = flipping(lab, last_bad, others(old, name), others(new, name), named_in(lab, last_bad))
    if not moved:
        return blame
    change = ", ".join(f"{n} {old.version_of(n)} -> {new.version_of(n)}" for n in moved)
    if kept.verdict is Verdict.UNTESTABLE:
        note = f"the fix of {first_fixed} is a changed requirement, no code: {change}"
        return replace(blame, notes=(*blame.notes, note))
    culprit = Culprit(
        package=moved[0],
        from_=old.version_of(moved[0]),
        to=new.version_of(moved[0]),
        records=swapped(lab, last_bad, others(old, name), others(new, name), moved),
    )
    return replace(blame, culprit=culprit)


def _elsewhere(lab: Laboratory, ends: Ends, blame: Blame) -> Blame:
    """No release of the package fixes it: try the same release among younger packages."""
    environment = lab.environment(ends.bad)
    if not isinstance(environment, Environment):
        return blame
    before = others(environment, lab.question.name)
    for day in _later_days(lab.question.as_of, lab.edges.clock.now()):
        request = request_for(lab.question, ends.bad, lab.interpreter, day)
        free = freed(request.requirements, frozenset(before))
        later = lab.edges.environments.resolve(replace(request, requirements=free))
        if not isinstance(later, Environment):
            continue
        after = others(later, lab.question.name)
        names = flipping(lab, ends.bad, before, after, named_in(lab, ends.bad))
        if names:
            runs = swapped(lab, ends.bad, before, after, names)
            whole = Culprit(
                package=names[0],
                from_=before.get(names[0]),
                to=after.get(names[0]),
                records=runs,
            )
            return _of_other(lab, ends.bad, whole, before, blame)
    return blame


def _of_other(lab: Laboratory, bad: str, whole: Culprit, before: Versions, blame: Blame) -> Blame:
    """Bisect the releases of the package that flips the outcome; `whole` is its move so far."""
    name = whole.package
    found, other = bisected(lab, bad, name, before)
    trigger = Trigger(
        axis="dependency",
        name=name,
        from_=found.last_good,
        to=found.introduced,
        records=runs_of(other, found.last_good, found.introduced),
    )
    step = Culprit(
        package=name,
        from_=found.last_bad,
        to=found.first_fixed,
        records=runs_of(other, found.last_bad, found.first_fixed),
    )
    note = f"no release of {lab.question.name} changes the outcome; {name} does"
    return replace(
        blame,
        trigger=trigger if found.introduced else blame.trigger,
        culprit=step if found.first_fixed else whole,
        notes=(*blame.notes, note),
    )


def _between_interpreters(lab: Laboratory, one: str | None, other: str | None) -> str:
    """Say so where two releases were run by different interpreters; "" where they were not."""
    if one is None or other is None:
        return ""
    first, second = lab.interpreter_of(one).version, lab.interpreter_of(other).version
    if first == second:
        return ""
    return (
        f"{one} ran under Python {first} and {other} under {second}: no interpreter at hand runs"
        " both, so the interpreter may have a part in it"
    )


def _confounded(lab: Laboratory, one: str, other: str) -> tuple[str, ...]:
    first, second = lab.environment(one), lab.environment(other)
    if not isinstance(first, Environment) or not isinstance(second, Environment):
        return ()
    return differing(first, second, lab.question.name)


def _environments(lab: Laboratory, one: str, other: str) -> tuple[Environment, Environment]:
    first, second = lab.environment(one), lab.environment(other)
    assert isinstance(first, Environment)
    assert isinstance(second, Environment)
    return first, second


def _later_days(as_of: datetime | None, now: datetime) -> list[datetime]:
    if as_of is None:
        return [now]
    return [*(as_of + step for step in LATER if as_of + step < now), now]
