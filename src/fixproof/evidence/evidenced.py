"""Checks the isolated change and the fix options of a proof: each has its own runs."""

import hashlib
import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from fixproof.evidence.desk import Desk
from fixproof.evidence.rows import told, version_in
from fixproof.evidence.seen import run_problems
from fixproof.model.cases import FixOption, OptionKind
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Isolation, OptionProof
from fixproof.model.outcomes import Verdict
from fixproof.model.releases import canonical


def overlay_digest(overlay: tuple[tuple[str, str], ...]) -> str:
    """Name a set of changed files by path and SHA-256 of the content ("-": removed)."""
    digest = hashlib.sha256()
    for path, content in sorted(overlay):
        digest.update(path.encode() + b"\0")
        known = re.fullmatch("[0-9a-f]{64}", content)
        digest.update(bytes.fromhex(content) if known else content.encode())
    return digest.hexdigest()


def isolation_problems(desk: Desk) -> Iterator[str]:
    """Check that the isolated change was run on the last bad release, and flipped the verdict."""
    isolation = desk.found.isolation
    if isolation is None:
        return
    if isolation.hunks_needed != len(isolation.hunks):
        yield f"isolation: {len(isolation.hunks)} changes are shown, not {isolation.hunks_needed}"
    if isolation.hunks_total < isolation.hunks_needed:
        yield "isolation: more changes are needed than there are"
    records = desk.records(isolation.records)
    if len(records) != len(isolation.records):
        yield "isolation: names runs that the evidence does not hold"
    if isolation.hunks:
        yield from _ends(desk, isolation)
        yield from _flip(desk, isolation, records)


def option_problems(desk: Desk) -> Iterator[str]:
    """Check that every fix option was run, with what it names, and did what is said."""
    options = {option.id: option for option in desk.case.options}
    proofs = [proof.option for proof in desk.statement.proof.options]
    for name in options.keys() - set(proofs):
        yield f"options: {name}: it was not run"
    for name in {name for name in proofs if proofs.count(name) > 1}:
        yield f"options: {name}: it stands there twice"
    for proof in desk.statement.proof.options:
        at = f"options: {proof.option}"
        option = options.get(proof.option)
        if option is None:
            yield f"{at}: case.toml does not name it"
            continue
        yield from _outcome(desk, proof, at)
        for record in desk.records(proof.records):
            yield from _fits(desk, option, record, at)


def _ends(desk: Desk, isolation: Isolation) -> Iterator[str]:
    ends = (isolation.from_, isolation.to)
    if ends != (desk.found.last_bad, desk.found.first_fixed):
        yield f"isolation: it is not between {desk.found.last_bad} and {desk.found.first_fixed}"


def _flip(desk: Desk, isolation: Isolation, records: tuple[RunRecord, ...]) -> Iterator[str]:
    package = desk.found.package
    if any(version_in(r, package) != isolation.from_ or not r.overlay for r in records):
        yield f"isolation: a run was not of {isolation.from_} with changes"
    wanted = overlay_digest(isolation.overlay)
    runs = tuple(
        digest
        for digest in isolation.records
        if digest in desk.statement.records and desk.statement.records[digest].overlay == wanted
    )
    if not runs or desk.count(runs).verdict is not Verdict.PASSES:
        yield "isolation: no run with the change shows that it is enough"
    files = {path for path, _ in isolation.overlay}
    if {hunk.file for hunk in isolation.hunks} != files:
        yield f"isolation: the run changed other files: {', '.join(sorted(files))}"


def _outcome(desk: Desk, proof: OptionProof, at: str) -> Iterator[str]:
    records = desk.records(proof.records)
    if not records:
        if proof.verdict is not Verdict.UNTESTABLE or len(proof.records):
            yield f"{at}: no run backs it: {proof.verdict}"
        return
    version = version_in(records[0], desk.found.package)
    yield from run_problems(desk, proof.records, version, at)
    derived = told(records, desk.yardstick)
    if derived.verdict is not proof.verdict:
        yield f"{at}: its runs say {derived.verdict}, not {proof.verdict}"
    if derived.says != proof.says:
        yield f"{at}: its runs say: {derived.says}"
    if proof.requirements != (f"{desk.found.package}=={version}",):
        yield f"{at}: its runs had {desk.found.package}=={version}"
    if any(r.machine is None or r.machine.python != proof.python for r in records):
        yield f"{at}: a run had another interpreter than {proof.python}"


def _fits(desk: Desk, option: FixOption, record: RunRecord, at: str) -> Iterator[str]:
    """Check that a run did what its option says."""
    version = version_in(record, desk.found.package)
    if option.script and not _ran(desk, option.script, record):
        yield f"{at}: a run was not of {option.script}"
    if not option.script and not _ran(desk, desk.case.reproduction, record):
        yield f"{at}: a run was not of {desk.case.reproduction}"
    if option.kind is OptionKind.BACKPORT:
        isolation = desk.found.isolation
        wanted = overlay_digest(isolation.overlay) if isolation else None
        if version != desk.found.last_bad or record.overlay != wanted:
            yield f"{at}: a run was not of {desk.found.last_bad} with the isolated change"
        return
    if record.overlay:
        yield f"{at}: a run had patched files"
    for requirement in _requirements(option):
        had = version_in(record, canonical(requirement.name))
        if had is not None and not requirement.specifier.contains(Version(had), prereleases=True):
            yield f"{at}: a run had {requirement.name} {had}, which {requirement} does not allow"


def _ran(desk: Desk, script: str, record: RunRecord) -> bool:
    wanted = dict(desk.statement.grounds.files).get(script)
    return wanted in {sha256 for _, sha256 in record.files}


def _requirements(option: FixOption) -> Iterator[Requirement]:
    for line in option.requirement.splitlines():
        try:
            yield Requirement(line)
        except InvalidRequirement:
            continue  # reading the case says so
