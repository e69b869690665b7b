"""Which package flips the outcome, where two environments differ in more than one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from fixproof.model.environments import Environment
from fixproof.model.evidence import RunRecord
from fixproof.model.outcomes import Verdict
from fixproof.model.runs import Unusable
from fixproof.model.searches import Ask, Seen
from fixproof.strategy.subset import changes_of, find_guilty
from fixproof.workflows.ask import Probe
from fixproof.workflows.drive import drive
from fixproof.workflows.lab import Laboratory, others
from fixproof.workflows.question import among, request_for
from fixproof.workflows.report import digests

Versions: TypeAlias = dict[str, str]


def verdict_among(lab: Laboratory, version: str, pins: Mapping[str, str]) -> Seen:
    """Try one release of the package with everything else at given versions."""
    return lab.count(records_among(lab, version, pins))


def records_among(lab: Laboratory, version: str, pins: Mapping[str, str]) -> tuple[RunRecord, ...]:
    """Run one release of the package with everything else at given versions."""
    environment = mixed(lab, version, pins)
    if isinstance(environment, Unusable):
        return (RunRecord(probe="", attempt=0, environment="", pins=(), unusable=environment),)
    return lab.prober.observe(Probe(environment=environment, job=lab.job), runs=lab.runs)


def swapped(
    lab: Laboratory, version: str, before: Versions, after: Versions, names: Sequence[str]
) -> tuple[str, ...]:
    """Name the runs of both sides: as before, and with nothing but these packages moved."""
    pins = dict(before)
    for name in names:
        _move(pins, after, name)
    sides = records_among(lab, version, before), records_among(lab, version, pins)
    return tuple(one for side in sides for one in digests(side))


def mixed(lab: Laboratory, version: str, pins: Mapping[str, str]) -> Environment | Unusable:
    """Resolve one release with everything else at given versions, whatever their age."""
    held = request_for(lab.question, version, lab.interpreter, None)
    return lab.edges.environments.resolve(among(replace(held, as_of=None), pins, None))


def differing(one: Environment, other: Environment, package: str) -> tuple[str, ...]:
    """Name the packages, but the one under test, whose versions differ."""
    before, after = others(one, package), others(other, package)
    return tuple(sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n)))


def flipping(
    lab: Laboratory, version: str, before: Versions, after: Versions, suspects: Sequence[str]
) -> tuple[str, ...]:
    """Find the packages whose move from `before` to `after` flips the outcome at `version`.

    `suspects` come first. Empty where all of them together do not flip it.
    """
    flipped = _other_verdict(lab, version, before, after)
    if flipped is None:
        return ()
    names = _ordered(before, after, suspects)
    weights = [float(len(names) - place) for place in range(len(names))]
    search = find_guilty(range(len(names)), weights)
    guilty = drive(search, _answering(lab, version, before, after, names, flipped))
    return tuple(names[n] for n in guilty.changes)


def _other_verdict(
    lab: Laboratory, version: str, before: Versions, after: Versions
) -> Verdict | None:
    one, other = verdict_among(lab, version, before), verdict_among(lab, version, after)
    settled = {Verdict.FAILS, Verdict.PASSES}
    return other.verdict if {one.verdict, other.verdict} == settled else None


def _ordered(before: Versions, after: Versions, suspects: Sequence[str]) -> list[str]:
    changed = [n for n in before.keys() | after.keys() if before.get(n) != after.get(n)]
    return sorted(changed, key=lambda name: (name not in suspects, name))


def _answering(
    lab: Laboratory,
    version: str,
    before: Versions,
    after: Versions,
    names: Sequence[str],
    flipped: Verdict,
) -> Callable[[Ask], Mapping[str, Seen]]:
    def one(key: str) -> Seen:
        pins = dict(before)
        for number in changes_of(key):
            _move(pins, after, names[number])
        seen = verdict_among(lab, version, pins)
        if seen.verdict is flipped:
            return Seen(fails=1)
        return seen if seen.verdict is Verdict.UNTESTABLE else Seen(passes=1)

    return lambda ask: {key: one(key) for key in ask.keys}


def _move(pins: Versions, after: Versions, name: str) -> None:
    if name in after:
        pins[name] = after[name]
    else:
        pins.pop(name, None)
