"""`prove --check`: do the claims of a case follow from its evidence? Nothing is run.

Every claim is derived again from the run records alone and compared with what stands in the
statement and in case.toml. What no record can show is taken from the statement and held by its
digest in case.toml only: times and counts of the proof, the index's dates of uploads, the text
of hunks (the changed files themselves are bound by the overlay's digest), and notes.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping

from packaging.version import InvalidVersion

from fixproof.evidence.boundaries import boundary_problems
from fixproof.evidence.desk import Desk
from fixproof.evidence.evidenced import isolation_problems, option_problems
from fixproof.evidence.seen import outlook_problems, row_problems
from fixproof.evidence.standing import confidence_of, standing
from fixproof.evidence.statement import read, spell
from fixproof.model.cases import Case, Status, Summary
from fixproof.model.errors import InputError
from fixproof.model.findings import Bisection
from fixproof.model.releases import canonical


def check(case: Case, statement: bytes, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """List every contradiction between a case, its statement and its scripts; () when sound.

    `files` are the reproduction and the other scripts of the case, as they are now.
    """
    at = f"evidence/{case.summary.evidence or 'statement'}"
    problems = [*_digest_problems(case, statement)]
    try:
        desk = Desk(case=case, statement=read(statement, at=at))
        problems += _file_problems(desk, files)
        for find in CHECKS:
            problems += find(desk)
    except (InputError, InvalidVersion) as error:
        return (*problems, str(error))
    if spell(desk.statement) != statement:
        problems.append(f"{at}: its envelope is not that of its own proof and records")
    return tuple(dict.fromkeys(problems))


def summary_of(found: Bisection, *, evidence: str, statement: bytes) -> Summary:
    """Say in short, for case.toml, what a proof established."""
    return Summary(
        introduced=found.introduced,
        last_bad=found.last_bad,
        first_fixed=found.first_fixed,
        also_fixed=found.also_fixed,
        recommended=found.recommended,
        evidence=evidence,
        digest=hashlib.sha256(statement).hexdigest(),
    )


def _digest_problems(case: Case, statement: bytes) -> Iterator[str]:
    digest = hashlib.sha256(statement).hexdigest()
    if case.summary.digest != digest:
        yield f"case.toml: summary.digest: the statement's SHA-256 is another: {digest}"


def _file_problems(desk: Desk, files: Mapping[str, bytes]) -> Iterator[str]:
    now = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    tried = dict(desk.statement.grounds.files)
    scripts = {desk.case.reproduction, *(o.script for o in desk.case.options if o.script)}
    for name in sorted(scripts & (tried.keys() | now.keys()) | (tried.keys() - now.keys())):
        if tried.get(name) != now.get(name):
            yield f"{name}: it is not the file that was run"
    if desk.case.reproduction not in tried:
        yield f"{desk.case.reproduction}: the evidence does not say which file was run"


def _case_problems(desk: Desk) -> Iterator[str]:
    case, proof = desk.case, desk.statement.proof
    pairs = (
        ("id", case.id, proof.case),
        ("package", canonical(case.package), proof.bisection.package),
        ("bad", case.bad, desk.statement.grounds.bad),
        ("expect", case.expect, desk.statement.grounds.expect),
        ("status", case.status.value, proof.status),
    )
    for key, said, established in pairs:
        if said != established:
            yield f"case.toml: {key}: the evidence says {established}, not {said}"


def _summary_problems(desk: Desk) -> Iterator[str]:
    said, found = desk.case.summary, desk.found
    for key in ("introduced", "last_bad", "first_fixed", "also_fixed", "recommended"):
        if getattr(said, key) != getattr(found, key):
            yield (
                f"case.toml: summary.{key}: the evidence says {getattr(found, key)},"
                f" not {getattr(said, key)}"
            )


def _standing_problems(desk: Desk) -> Iterator[str]:
    proof = desk.statement.proof
    status = standing(desk.found, desk.seen)
    if proof.status != status:
        yield f"status: the runs make it {status}, not {proof.status}"
    if status is Status.REPORTED:
        yield "status: no run shows the failure"
    sure, reason = confidence_of(desk.found, desk.seen, bad=desk.statement.grounds.bad)
    for said in (proof.confidence, desk.found.confidence):
        if said != sure:
            yield f"confidence: the runs make it {sure}, not {said}"
    if proof.confidence_reason != reason:
        yield f"confidence_reason: the runs say: {reason}"


CHECKS: tuple[Callable[[Desk], Iterator[str]], ...] = (
    _case_problems,
    _summary_problems,
    row_problems,
    outlook_problems,
    boundary_problems,
    isolation_problems,
    option_problems,
    _standing_problems,
)
