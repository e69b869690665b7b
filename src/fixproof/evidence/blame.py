"""Checks who is said to be to blame: the swap must have been run, and flip the outcome."""

from collections.abc import Iterator

from fixproof.evidence.desk import Desk
from fixproof.evidence.rows import version_in
from fixproof.model.evidence import RunRecord
from fixproof.model.outcomes import Verdict

AXES = ("release", "dependency", "interpreter")


def trigger_problems(desk: Desk) -> Iterator[str]:
    """Check on which axis the failure is said to begin, and whose release is said to end it."""
    trigger, culprit, found = desk.found.trigger, desk.found.culprit, desk.found
    if trigger and trigger.axis not in AXES:
        yield f"trigger: no such axis: {trigger.axis}"
    if trigger and trigger.axis == "release":
        own = (found.package, found.last_good, found.introduced)
        if (trigger.name, trigger.from_, trigger.to) != own:
            yield f"trigger: the boundary makes it {own[0]} {own[1]} -> {own[2]}"
    elif trigger:
        sides = (trigger.from_, Verdict.PASSES), (trigger.to, Verdict.FAILS)
        yield from _swap(desk, "trigger", trigger.name, trigger.records, sides)
    if culprit:
        sides = (culprit.from_, Verdict.FAILS), (culprit.to, Verdict.PASSES)
        yield from _swap(desk, "culprit", culprit.package, culprit.records, sides)


def _swap(
    desk: Desk,
    at: str,
    name: str,
    digests: tuple[str, ...],
    sides: tuple[tuple[str | None, Verdict], ...],
) -> Iterator[str]:
    """Check that with each version of what was swapped a run showed what is said."""
    if len(desk.records(digests)) != len(digests):
        yield f"{at}: names runs that the evidence does not hold"
    for version, verdict in sides:
        shown = {
            desk.count((digest,)).verdict
            for digest in digests
            if (record := desk.statement.records.get(digest)) and _version(record, name) == version
        }
        if verdict not in shown:
            yield f"{at}: no run with {name} {version} {verdict}"


def _version(record: RunRecord, name: str) -> str | None:
    if name == "python":
        return record.machine.python if record.machine else None
    return version_in(record, name)
