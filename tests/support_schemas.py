"""Makes the published schemas from the documents' types: `python -m tests.support_schemas`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fixproof.evidence.documents import builtins
from fixproof.evidence.pretty import pretty
from fixproof.model.findings import Bisection, Proof
from fixproof.model.repairs import Drift, Repair
from fixproof.workflows.explain import Explanation

FOLDER = Path(__file__).parents[1] / "src" / "fixproof" / "library" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = 1  # changes when a field is taken away or changes its meaning
TEXTS = {"type": "array", "items": {"type": "string"}}


@dataclass(frozen=True, kw_only=True)
class InterpreterHere:
    """A Python that probes can use."""

    version: str
    implementation: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Level:
    """One level of isolation: what it enforces, and why it is not available where it is not.

    `chosen` is what runs get where no other is asked for; `refused` is what a witness inside
    tried in vain, just now.
    """

    level: str
    available: bool
    version: str
    chosen: bool
    enforces: tuple[str, ...]
    refused: tuple[str, ...]
    why: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """The package indexes that are asked.

    `dates_hold`: a release was refused a day before its upload; null where that was not tried.
    """

    endpoints: tuple[str, ...]
    dates_hold: bool | None
    why: str


@dataclass(frozen=True, kw_only=True)
class CacheHere:
    """Where everything is kept."""

    path: str
    writable: bool
    free: int


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One attempt to break out, at one level."""

    id: int
    name: str
    level: str
    contained: bool
    observed: str


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """What this machine offers. `attacks` is there with --attack only."""

    interpreters: tuple[InterpreterHere, ...]
    isolation: tuple[Level, ...]
    index: Endpoints
    cache: CacheHere
    attacks: tuple[Attack, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the cache."""

    part: str
    entries: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Cache:
    """What is kept on disk. `evicted` and `freed` say what --evict removed."""

    path: str
    parts: tuple[Part, ...]
    bytes: int
    free: int
    evicted: int
    freed: int
    problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ScanFinding:
    """A known failure that affects what a project pins."""

    package: str
    version: str
    case: str
    title: str
    first_fixed: str | None
    confidence: float
    source: str
    line: int | None


@dataclass(frozen=True, kw_only=True)
class ScanSkipped:
    """A pin that could not be checked, and why."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Scan:
    """Known failures that affect what a project pins. `checked` says how much was looked at."""

    checked: int
    skipped: tuple[ScanSkipped, ...]
    findings: tuple[ScanFinding, ...]


@dataclass(frozen=True, kw_only=True)
class Import:
    """A draft case made from an issue. With --prove also the fields of `bisect`."""

    case: str
    status: str
    package: str
    python: str | None
    as_of: str | None
    requirements: tuple[str, ...]
    target: Any
    warnings: tuple[str, ...]


DOCUMENTS: dict[str, type[Any]] = {
    "bisect": Bisection,
    "prove": Proof,
    "drift": Drift,
    "fix": Repair,
    "explain": Explanation,
    "import": Import,
    "doctor": Doctor,
    "scan": Scan,
    "cache": Cache,
}
OPTIONAL = {"doctor": {"attacks"}}
EXTRA: dict[str, dict[str, Any]] = {
    "explain": {"command": {"type": "object", "properties": {"exit": {"type": "integer"}}}}
}


def schema_of(verb: str) -> dict[str, Any]:
    """Make the schema of a verb's document."""
    made = _named(msgspec.json.schema(DOCUMENTS[verb], ref_template="#/$defs/{name}"))
    assert isinstance(made, dict)
    definitions = made.pop("$defs")
    top = definitions.pop(made.pop("$ref").rpartition("/")[2])
    if verb == "prove":
        top = _merged(top, definitions)
    for table in (top, *definitions.values()):
        if "properties" in table:
            # every field is always there, null or empty where nothing is known
            table["required"] = sorted(table["properties"])
    top["required"] = sorted(set(top["required"]) - OPTIONAL.get(verb, set()))
    top["properties"] |= EXTRA.get(verb, {})
    return {
        "$schema": DIALECT,
        "$id": f"urn:fixproof:schema:{verb}:{VERSION}",
        **_without_defaults(top),
        "$defs": _without_defaults(definitions),
    }


def _merged(top: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """`prove` prints the fields of its bisection beside its own."""
    own = {k: v for k, v in top["properties"].items() if k != "bisection"}
    properties = definitions.pop("Bisection")["properties"] | own
    properties |= {"evidence": TEXTS, "page": {"anyOf": [{"type": "string"}, {"type": "null"}]}}
    return {**top, "properties": properties}


def _named(value: Any) -> Any:
    return json.loads(json.dumps(builtins(value)).replace('from_"', 'from"'))


def _without_defaults(value: Any) -> Any:
    """Defaults are of no interest where every field is there."""
    if isinstance(value, dict):
        return {k: _without_defaults(v) for k, v in value.items() if k != "default"}
    return [_without_defaults(v) for v in value] if isinstance(value, list) else value


def published() -> Iterator[tuple[Path, bytes]]:
    """List the files and what belongs into them."""
    for verb in DOCUMENTS:
        yield FOLDER / f"{verb}.v{VERSION}.json", pretty(schema_of(verb))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, content in published():
        path.write_bytes(content)
