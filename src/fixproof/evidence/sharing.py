"""Many records in one document: what they have in common is written once."""

import hashlib
from collections.abc import Mapping
from typing import Any

from fixproof.evidence.canonical import plain, spelled
from fixproof.model.errors import InputError
from fixproof.model.evidence import RunRecord

SHORTEST = 160  # bytes: anything shorter costs less than the mention of it
MENTION = "shared"
NAME = 16  # hex digits: a chance meeting would show, for every record's digest is checked

Table = dict[str, Any]


def pack(records: Mapping[str, RunRecord]) -> tuple[Table, Table]:
    """Write records by digest; the first table holds what they mention by its digest."""
    shared: Table = {}
    packed = {
        digest: {key: _mentioned(value, shared) for key, value in _fields(record).items()}
        for digest, record in sorted(records.items())
    }
    return dict(sorted(shared.items())), packed


def unpack(shared: Table, packed: Table) -> Table:
    """Put what records mention back into them: plain records by digest.

    Raises InputError for a mention of what is not there.
    """
    return {
        digest: {key: _restored(value, shared, digest) for key, value in record.items()}
        for digest, record in packed.items()
    }


def _fields(record: RunRecord) -> Table:
    made = plain(record, sparse=True)
    assert isinstance(made, dict)
    return dict(sorted(made.items()))


def _mentioned(value: Any, shared: Table) -> Any:
    """Put a long value into the table, its own long parts first."""
    if isinstance(value, dict):
        value = {key: _mentioned(item, shared) for key, item in sorted(value.items())}
    elif isinstance(value, list):
        value = [_mentioned(item, shared) for item in value]
    if not isinstance(value, str | list | dict):
        return value
    spelling = spelled(value)
    if len(spelling) < SHORTEST:
        return value
    name = hashlib.sha256(spelling).hexdigest()[:NAME]
    shared[name] = value
    return {MENTION: name}


def _restored(value: Any, shared: Table, at: str) -> Any:
    if isinstance(value, list):
        return [_restored(item, shared, at) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {MENTION}:
        if value[MENTION] not in shared:
            raise InputError(f"mentions what is not there: {value[MENTION]}", at=at)
        return _restored(shared[value[MENTION]], shared, at)
    return {key: _restored(item, shared, at) for key, item in value.items()}
