"""On which axis a failure began: a release, an upload of another package, or the interpreter.

The release that first shows a failure began it only where the release before it works. Where
that one fails in another way, cannot be tried, or works only among packages of its own day, the
failure may have come with what surrounds the package, and that is tried before a release is named.
"""

from fixproof.model.environments import Environment, Interpreter
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Trigger
from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Boundaries
from fixproof.workflows.elsewhere import bisected, find_upload, named_in, runs_of
from fixproof.workflows.lab import Laboratory, others
from fixproof.workflows.report import digests
from fixproof.workflows.swap import (
    Versions,
    differing,
    flipping,
    records_among,
    swapped,
    verdict_among,
)


def find_trigger(lab: Laboratory, boundaries: Boundaries) -> Trigger | None:
    """Say on which axis the failure began; None where no change was seen to begin it."""
    introduced, good = boundaries.introduced, boundaries.last_good
    if introduced is None or good is None:
        bad = boundaries.last_bad or lab.question.bad or ""
        return _of_surroundings(lab, bad) or _of_interpreter(lab, bad)
    own = Trigger(axis="release", name=lab.question.name, from_=good, to=introduced)
    if lab.see(good).verdict is not Verdict.PASSES:
        bad = lab.question.bad or introduced  # the report's own release: nearest to its day
        return _of_surroundings(lab, bad) or _of_interpreter(lab, bad) or own
    if lab.uses_era(good):  # that the release known bad fails on its own day was seen
        return own
    return _of_what_moved(lab, good, introduced) or own


def _of_what_moved(lab: Laboratory, good: str, introduced: str) -> Trigger | None:
    """Where more than the package differs at the boundary, swap the others."""
    old, new = lab.environment(good), lab.environment(introduced)
    if not isinstance(old, Environment) or not isinstance(new, Environment):
        return None
    own = lab.question.name
    if not differing(old, new, own):
        return None
    then, now = others(old, own), others(new, own)
    if verdict_among(lab, introduced, then).verdict is not Verdict.PASSES:
        return None
    names = flipping(lab, introduced, then, now, named_in(lab, introduced))
    if not names:
        return None
    runs = swapped(lab, introduced, then, now, names)
    return _of_package(names[0], then.get(names[0]), now.get(names[0]), runs)


def _of_surroundings(lab: Laboratory, bad: str) -> Trigger | None:
    """Look for the upload since which a release fails that worked on its own day."""
    return find_upload(lab, bad) or _of_swapped(lab, bad)


def _of_swapped(lab: Laboratory, bad: str) -> Trigger | None:
    """Where the days cannot tell (a requirement pins what moved), swap what the release needs."""
    environment, era = lab.environment(bad), lab.environment_in_era(bad)
    if not isinstance(environment, Environment) or not isinstance(era, Environment):
        return None
    name = lab.question.name
    if not differing(era, environment, name):
        return None
    now, then = others(environment, name), others(era, name)
    names = flipping(lab, bad, now, then, named_in(lab, bad))
    return _refined(lab, bad, names[0], then.get(names[0]), now) if names else None


def _refined(
    lab: Laboratory, bad: str, name: str, good: str | None, now: Versions
) -> Trigger | None:
    """Narrow the upload of another package that began it down to one release."""
    if name not in now:
        return _of_package(name, good, None)
    found, other = bisected(lab, bad, name, now)
    before, after = found.last_good or good, found.introduced or now[name]
    return _of_package(name, before, after, runs_of(other, before, after))


def _of_interpreter(lab: Laboratory, bad: str) -> Trigger | None:
    """Find the newest older interpreter at hand under which the same release works."""
    worse, failing = lab.interpreter.version, lab.records(bad)
    for interpreter in _older(lab):
        records = _under(lab, bad, interpreter)
        verdict = lab.count(records).verdict
        if verdict is Verdict.PASSES:
            return Trigger(
                axis="interpreter",
                name="python",
                from_=interpreter.version,
                to=worse,
                records=(*digests(records), *digests(failing)),
            )
        if verdict is Verdict.FAILS:
            worse, failing = interpreter.version, records
    return None


def _under(lab: Laboratory, bad: str, interpreter: Interpreter) -> tuple[RunRecord, ...]:
    """Try a release under another interpreter, all other packages as they are."""
    here, other = lab.environment(bad), lab.under(interpreter)
    there = other.environment(bad)
    if not isinstance(here, Environment) or not isinstance(there, Environment):
        return other.records(bad)
    if not differing(here, there, lab.question.name):
        return other.records(bad)
    return records_among(other, bad, others(here, lab.question.name))


def _older(lab: Laboratory) -> list[Interpreter]:
    at_hand = lab.edges.environments.interpreters()
    older = [i for i in at_hand if _number(i.version) < _number(lab.interpreter.version)]
    return sorted(older, key=lambda i: _number(i.version), reverse=True)


def _of_package(
    name: str, before: str | None, after: str | None, records: tuple[str, ...] = ()
) -> Trigger:
    return Trigger(axis="dependency", name=name, from_=before, to=after, records=records)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
