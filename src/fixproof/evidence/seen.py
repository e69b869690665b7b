"""Checks what a proof says that releases did: every row from the records behind it."""

import re
from collections.abc import Iterator

from packaging.version import Version

from fixproof.evidence.desk import Desk
from fixproof.evidence.rows import outlook_of, told, version_in
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Outlook, Shown
from fixproof.model.outcomes import Verdict

ENDS = {"target": Verdict.FAILS, "reference": Verdict.PASSES}
COMPARED = ("verdict", "exit", "signature", "runs", "says", "reason")


def row_problems(desk: Desk) -> Iterator[str]:
    """Derive every row of the version map, and of the interpreters', again."""
    versions = [row.version for row in desk.found.outcomes]
    if len(versions) != len(set(versions)):
        yield "outcomes: a release stands in two rows"
    for row in desk.found.outcomes:
        yield from _row(desk, row, f"outcomes: {row.version}")
        yield from _listed(desk, row)
        if row.python != desk.found.python and not _says_so(desk, row):
            yield f"outcomes: {row.version}: another interpreter than {desk.found.python}"
    for row in desk.statement.proof.interpreters:
        yield from _row(desk, row, f"interpreters: {row.python}, {row.version}")


def _says_so(desk: Desk, row: Shown) -> bool:
    """Whether a note names the release that another interpreter ran."""
    return any(
        row.python in note and row.version in re.split("[ ,:]+", note) for note in desk.found.notes
    )


def outlook_problems(desk: Desk) -> Iterator[str]:
    """Derive the descriptions of target and reference, and the yardstick, again."""
    grounds, found = desk.statement.grounds, desk.found
    looks = (
        ("target", found.target, grounds.bad, grounds.target),
        ("reference", found.reference, grounds.newest, grounds.reference),
    )
    for name, look, version, measured in looks:
        if look is None:
            if measured:
                yield f"{name}: outcomes are measured against runs that it does not name"
            continue
        yield from _look(desk, look, version, name)
        if not set(measured) <= set(look.records):
            yield f"{name}: outcomes are measured against runs that it does not name"
    if not desk.yardstick.target:
        yield "target: no run shows what the failure looks like"
    elif desk.count(grounds.target).verdict is not Verdict.FAILS:
        yield "target: the runs that show the failure are not judged as failing"


def run_problems(
    desk: Desk, digests: tuple[str, ...], version: str | None, at: str
) -> Iterator[str]:
    """Check that runs are there, belong together, and had the release that they stand for."""
    records = desk.records(digests)
    if len(records) != len(digests):
        yield f"{at}: names runs that the evidence does not hold"
    if len(set(digests)) != len(digests):
        yield f"{at}: counts a run twice"
    if len({record.probe for record in records}) > 1:
        yield f"{at}: its runs are of different probes"
    if any(version_in(record, desk.found.package) != version for record in records):
        yield f"{at}: its runs had another release: {_had(desk, records)}"


def _row(desk: Desk, row: Shown, at: str) -> Iterator[str]:
    records = desk.records(row.records)
    yield from run_problems(desk, row.records, row.version, at)
    yield from _circumstances(desk, row, records, at)
    if not records:
        if (row.verdict, row.runs, row.exit) != (Verdict.UNTESTABLE, 0, None):
            yield f"{at}: no run backs it: {row.verdict}"
        if row.signature is not None or row.says:
            yield f"{at}: no run said that: {row.says}"
        return
    derived = told(records, desk.yardstick)
    for name in COMPARED:
        if getattr(row, name) != getattr(derived, name):
            yield f"{at}: {name}: its runs say {getattr(derived, name)}, not {getattr(row, name)}"


def _circumstances(
    desk: Desk, row: Shown, records: tuple[RunRecord, ...], at: str
) -> Iterator[str]:
    script = dict(desk.statement.grounds.files).get(desk.case.reproduction)
    for record in records:
        if record.machine is None or record.machine.python != row.python:
            yield f"{at}: a run had another interpreter than {row.python}"
        if record.overlay:
            yield f"{at}: a run had patched files"
        if script not in {sha256 for _, sha256 in record.files}:
            yield f"{at}: a run was not of {desk.case.reproduction}"


def _listed(desk: Desk, row: Shown) -> Iterator[str]:
    listed = {r.version: r for r in desk.statement.grounds.releases}.get(row.version)
    if listed is None:
        yield f"outcomes: {row.version}: the index did not list it"
        return
    if row.uploaded != listed.uploaded:
        yield f"outcomes: {row.version}: the index dates it {listed.uploaded}"
    if row.yanked != listed.yanked:
        yield f"outcomes: {row.version}: the index says otherwise whether it is withdrawn"
    if row.prerelease != Version(row.version).is_prerelease:
        yield f"outcomes: {row.version}: its number says otherwise whether it is a pre-release"


def _look(desk: Desk, look: Outlook, version: str | None, at: str) -> Iterator[str]:
    yield from run_problems(desk, look.records, version, at)
    if look.version != version:
        yield f"{at}: it is {version}, not {look.version}"
    known = desk.statement.records
    records = {d: known[d] for d in look.records if d in known}
    if not records:
        yield f"{at}: no run backs it"
        return
    derived = outlook_of(look.version, records, desk.yardstick, ENDS[at])
    if derived != look:
        yield f"{at}: its runs show otherwise"


def _had(desk: Desk, records: tuple[RunRecord, ...]) -> str:
    return ", ".join(sorted({str(version_in(r, desk.found.package)) for r in records}))
