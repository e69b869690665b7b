"""Who is to blame: the package under test, another package, or the interpreter.

At a boundary whose environments differ in more than the package, the swap decides. A failure
without a boundary in the package's own releases is looked for on the other axes: the other
packages of an earlier or a later day, then the interpreters at hand.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fixproof.model.environments import Environment
from fixproof.model.findings import Culprit, Trigger
from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Boundaries
from fixproof.strategy.bisect import find_boundaries
from fixproof.strategy.tree import ReleaseTree
from fixproof.workflows.drive import drive
from fixproof.workflows.ends import Ends
from fixproof.workflows.lab import Laboratory, freed, others
from fixproof.workflows.question import Question, request_for
from fixproof.workflows.report import digests
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
    blame = _beginning(lab, boundaries)
    if boundaries.first_fixed and boundaries.last_bad:
        return _at_fix(lab, boundaries.last_bad, boundaries.first_fixed, blame)
    if ends.persists:
        return _elsewhere(lab, ends, blame)
    return blame


def _beginning(lab: Laboratory, boundaries: Boundaries) -> Blame:
    introduced, good = boundaries.introduced, boundaries.last_good
    if introduced is None or good is None:
        return _began_elsewhere(lab, boundaries.last_bad or lab.question.bad or "")
    own = Trigger(axis="release", name=lab.question.name, from_=good, to=introduced)
    moved = _confounded(lab, good, introduced)
    if not moved:
        return Blame(trigger=own)
    old, new = _environments(lab, good, introduced)
    kept = verdict_among(lab, introduced, others(old, lab.question.name))
    if kept.verdict is not Verdict.PASSES:
        return Blame(trigger=own)
    names = flipping(
        lab, introduced, others(old, lab.question.name), others(new, lab.question.name), moved
    )
    return Blame(trigger=_dependency(lab, introduced, names, old, new) or own)


def _began_elsewhere(lab: Laboratory, bad: str) -> Blame:
    """Every release fails: look for an upload of another package, then an interpreter."""
    environment = lab.environment(bad)
    if not isinstance(environment, Environment):
        return Blame()
    era = lab.environment_in_era(bad)
    if isinstance(era, Environment) and differing(era, environment, lab.question.name):
        now, then = others(environment, lab.question.name), others(era, lab.question.name)
        names = flipping(lab, bad, now, then, _suspects(lab, bad))
        if names:
            return Blame(trigger=_refined(lab, bad, names[0], then.get(names[0]), now))
    return Blame(trigger=_interpreter(lab, bad))


def _interpreter(lab: Laboratory, bad: str) -> Trigger | None:
    """Find an older interpreter at hand under which the same release works."""
    older = [
        i
        for i in lab.edges.environments.interpreters()
        if _number(i.version) < _number(lab.interpreter.version)
    ]
    worse, failing = lab.interpreter.version, lab.tried.get(bad, ())
    for interpreter in sorted(older, key=lambda i: _number(i.version), reverse=True):
        other = lab.under(interpreter)
        verdict = other.see(bad).verdict
        if verdict is Verdict.PASSES:
            return Trigger(
                axis="interpreter",
                name="python",
                from_=interpreter.version,
                to=worse,
                records=(*digests(other.tried[bad]), *digests(failing)),
            )
        if verdict is Verdict.FAILS:
            worse, failing = interpreter.version, other.tried[bad]
    return None


def _at_fix(lab: Laboratory, last_bad: str, first_fixed: str, blame: Blame) -> Blame:
    """Test whether the fixed release fixes, or only what moved with it."""
    if not _confounded(lab, last_bad, first_fixed):
        return blame
    old, new = _environments(lab, last_bad, first_fixed)
    name = lab.question.name
    kept = verdict_among(lab, first_fixed, others(old, name))
    if kept.verdict is Verdict.PASSES:
        return blame
    moved = flipping(lab, last_bad, others(old, name), others(new, name), _suspects(lab, last_bad))
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
        names = flipping(lab, ends.bad, before, after, _suspects(lab, ends.bad))
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
    found, other = _bisected(lab, bad, name, before)
    trigger = Trigger(
        axis="dependency",
        name=name,
        from_=found.last_good,
        to=found.introduced,
        records=_runs(other, found.last_good, found.introduced),
    )
    step = Culprit(
        package=name,
        from_=found.last_bad,
        to=found.first_fixed,
        records=_runs(other, found.last_bad, found.first_fixed),
    )
    note = f"no release of {lab.question.name} changes the outcome; {name} does"
    return replace(
        blame,
        trigger=trigger if found.introduced else blame.trigger,
        culprit=step if found.first_fixed else whole,
        notes=(*blame.notes, note),
    )


def _refined(
    lab: Laboratory, bad: str, name: str, good: str | None, now: Versions
) -> Trigger | None:
    """Narrow the upload of another package that began it down to one release."""
    if name not in now:
        return Trigger(axis="dependency", name=name, from_=good, to=None)
    found, other = _bisected(lab, bad, name, now)
    before, after = found.last_good or good, found.introduced or now[name]
    return Trigger(
        axis="dependency",
        name=name,
        from_=before,
        to=after,
        records=_runs(other, before, after),
    )


def _runs(lab: Laboratory, *versions: str | None) -> tuple[str, ...]:
    """Name the runs of some releases, running those that a search passed over."""
    for version in versions:
        if version and version not in lab.tried:
            lab.see(version)
    return tuple(one for v in versions if v for one in digests(lab.tried[v]))


def _bisected(
    lab: Laboratory, bad: str, name: str, pins: Versions
) -> tuple[Boundaries, Laboratory]:
    """Search the releases of another package, the one under test held where it fails."""
    question = _about(lab.question, name, pins, bad)
    timeline = lab.edges.index.timeline(name)
    other = Laboratory(lab.edges, question, timeline, lab.interpreter)
    other.yardstick, other.runs, other.job = lab.yardstick, lab.runs, lab.job
    other.prober = lab.prober
    tree = ReleaseTree.of(timeline, include={pins[name]})
    search = find_boundaries(
        tree, tree.named(pins[name]), newest=tree.versions[-1], workers=lab.edges.workers.count
    )
    return drive(search, other.answer), other


def _about(question: Question, name: str, pins: Versions, bad: str) -> Question:
    held = tuple(f"{n}=={v}" for n, v in sorted(pins.items()) if n != name)
    own = tuple(r for r in question.requirements if "[" in r)
    return replace(
        question,
        package=name,
        bad=pins[name],
        good=None,
        requirements=(*own, *held, f"{question.package}=={bad}"),
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


def _dependency(
    lab: Laboratory, version: str, names: tuple[str, ...], old: Environment, new: Environment
) -> Trigger | None:
    if not names:
        return None
    own, name = lab.question.name, names[0]
    return Trigger(
        axis="dependency",
        name=name,
        from_=old.version_of(name),
        to=new.version_of(name),
        records=swapped(lab, version, others(old, own), others(new, own), names),
    )


def _suspects(lab: Laboratory, version: str) -> tuple[str, ...]:
    """List packages that the failing run's own words name."""
    record = lab.records(version)[0]
    said = (record.stderr.excerpt if record.stderr else "").lower()
    environment = lab.environment(version)
    names = [p.name for p in environment.pins] if isinstance(environment, Environment) else []
    return tuple(n for n in names if n in said or n.replace("-", "_") in said)


def _later_days(as_of: datetime | None, now: datetime) -> list[datetime]:
    if as_of is None:
        return [now]
    return [*(as_of + step for step in LATER if as_of + step < now), now]


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
