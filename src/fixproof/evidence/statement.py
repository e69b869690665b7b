"""A proof as an in-toto Statement with the test-result predicate, the run records inside.

What in-toto's predicate has no place for stands under one key of ours in the predicate:
what was asked, the releases and their order, the yardstick, the proof as it is printed, and
every run record by its digest.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from fixproof.evidence.canonical import canonical, plain, spelled
from fixproof.evidence.pretty import pretty
from fixproof.evidence.record import decode
from fixproof.evidence.sharing import Table, pack, unpack
from fixproof.evidence.standing import Claims, claims_of
from fixproof.model.errors import InputError
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Proof
from fixproof.model.releases import Timeline
from fixproof.strategy.tree import ReleaseTree
from fixproof.verdict.judge import Yardstick
from fixproof.verdict.showing import Showing, showing

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
OURS = "fixproof/v1"
MALFORMED = (
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One release as the index listed it."""

    version: str
    uploaded: datetime | None = None
    yanked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a proof rests on, besides the records: what was asked, and how outcomes are judged.

    `target` and `reference` are digests of the records that outcomes are measured against.
    `files` are the reproduction and other scripts of the case: name, SHA-256.
    """

    bad: str
    newest: str | None = None
    expect: str | None = None
    target: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    releases: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A proof, what it rests on, and its run records by digest."""

    proof: Proof
    grounds: Grounds
    records: Mapping[str, RunRecord]


def grounds_of(  # noqa: PLR0913 - a proof rests on that many things
    proof: Proof,
    records: Mapping[str, RunRecord],
    *,
    bad: str,
    newest: str | None,
    expect: str | None,
    yardstick: Yardstick,
    tree: ReleaseTree,
    timeline: Timeline,
    files: Mapping[str, str],
) -> Grounds:
    """Put down what a proof rests on. `files` maps the case's scripts to their SHA-256."""
    target, reference = proof.bisection.target, proof.bisection.reference
    return Grounds(
        bad=bad,
        newest=newest,
        expect=expect,
        target=_shown_by(target.records if target else (), records, yardstick.target),
        reference=_shown_by(reference.records if reference else (), records, yardstick.reference),
        files=tuple(sorted(files.items())),
        releases=tuple(
            Listed(version=r.version, uploaded=r.uploaded, yanked=r.is_yanked)
            for version in tree.versions
            if (r := timeline.release(version))
        ),
    )


def spell(statement: Statement) -> bytes:
    """Write a statement: readable, in a stable order, the same bytes for the same content."""
    proof, grounds = statement.proof, statement.grounds
    claims = claims_of(proof)
    shared, packed = pack(statement.records)
    return pretty(
        {
            "_type": TYPE,
            "subject": list(_subjects(statement)),
            "predicateType": PREDICATE,
            "predicate": {
                "result": claims.result,
                "configuration": list(_configuration(statement)),
                **_tests(claims),
                OURS: {
                    "grounds": plain(grounds, sparse=True),
                    "proof": plain(proof, sparse=True),
                    "records": packed,
                    "shared": shared,
                },
            },
        }
    )


def read(data: bytes, *, at: str = "statement") -> Statement:
    """Read a statement back.

    Raises InputError for what is no statement of ours, and for a record whose content is not
    what its digest says.
    """
    try:
        ours = _ours(json.loads(data))
        proof = msgspec.convert(_named(ours["proof"]), Proof)
        grounds = msgspec.convert(ours["grounds"], Grounds)
        packed = unpack(ours["shared"], ours["records"])
    except MALFORMED as error:
        raise InputError(f"not a statement of a proof: {error}", at=at) from error
    return Statement(proof=proof, grounds=grounds, records=_records(packed, at))


def essence(data: bytes) -> bytes:
    """Leave out of a statement what changes although nothing new was learned: times, counts."""
    document = json.loads(data)
    proof = _ours(document)["proof"]
    for passing in ("proved", "tool"):
        proof.pop(passing, None)
    for passing in ("seconds", "probes"):
        proof["bisection"].pop(passing, None)
    return canonical(document)


def _ours(document: Any) -> Any:
    if document["_type"] != TYPE or document["predicateType"] != PREDICATE:
        raise ValueError(f"its type is {document['_type']}")
    return document["predicate"][OURS]


def _named(value: Any) -> Any:
    """Give fields that are called by a word of Python's the name that they have there."""
    if isinstance(value, dict):
        return {"from_" if k == "from" else k: _named(v) for k, v in value.items()}
    return [_named(item) for item in value] if isinstance(value, list) else value


def _records(packed: Table, at: str) -> Mapping[str, RunRecord]:
    records = {}
    for name, content in packed.items():
        record = decode(spelled(content), at=f"{at}: {name}")
        again = plain(record, sparse=True)
        if again != content or hashlib.sha256(spelled(again)).hexdigest() != name:
            raise InputError("the record is not what its digest says", at=f"{at}: {name}")
        records[name] = record
    return records


def _shown_by(
    digests: tuple[str, ...], records: Mapping[str, RunRecord], showings: tuple[Showing, ...]
) -> tuple[str, ...]:
    return tuple(d for d in digests if showing(records[d]) in showings)


def _subjects(statement: Statement) -> Iterator[Table]:
    """List the tested package's files, every one that some run had installed."""
    package = statement.proof.bisection.package
    pins = {p for r in statement.records.values() for p in r.pins if p.name == package}
    files = sorted({(pin.file, pin.sha256) for pin in pins})
    yield from ({"name": name, "digest": {"sha256": sha256}} for name, sha256 in files)


def _configuration(statement: Statement) -> Iterator[Table]:
    """List what the tests were run with: scripts, interpreters, environments."""
    for name, sha256 in statement.grounds.files:
        yield {"name": name, "digest": {"sha256": sha256}}
    machines = {r.machine for r in statement.records.values() if r.machine}
    for machine in sorted(machines, key=lambda m: (m.python, m.build, m.system)):
        named = plain(machine, sparse=True)
        uri = f"pkg:generic/{machine.implementation}@{machine.python}"
        yield {"name": "interpreter", "uri": uri, "annotations": named}
    for environment in sorted({r.environment for r in statement.records.values()}):
        yield {"name": "environment", "digest": {"sha256": environment}}


def _tests(claims: Claims) -> Table:
    tests = {
        "passedTests": list(claims.passed),
        "warnedTests": list(claims.warned),
        "failedTests": list(claims.failed),
    }
    return {name: names for name, names in tests.items() if names}
