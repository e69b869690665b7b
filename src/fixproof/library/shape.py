"""What case.toml may contain: keys, kinds, and the words for what is wrong."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import msgspec

from fixproof.model.cases import (
    Case,
    FixOption,
    OptionKind,
    Prevention,
    Quote,
    Source,
    Status,
    Summary,
)

NARRATIVE = ("symptom", "cause", "remedy", "production")
TABLES: Mapping[str, type[Any]] = {
    "report": Source,
    "fix": Source,
    "summary": Summary,
    "options": FixOption,
    "prevention": Prevention,
    "quotes": Quote,
    "sources": Source,
}
EXAMPLES = {
    "id": 'id = "starlette/1255"',
    "package": 'package = "starlette"',
    "title": 'title = "What goes wrong, in one sentence"',
    "bad": 'bad = "0.16.0", a release that shows the failure',
    "kind": f"kind = one of {', '.join(OptionKind)}",
    "when": 'when = "When to use it"',
    "when_not": 'when_not = "When not to use it"',
    "url": 'url = "the address of the page"',
    "text": 'text = "The words themselves"',
}
ENUMS = {"status": Status, "kind": OptionKind}
WORDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date such as 2021-08-31",
    "datetime": "a date with a time",
    "null": "nothing",
}


class ShapeError(Exception):
    """A key that is wrong: its path in the file, what is wrong, and what would be right."""

    def __init__(self, path: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.hint = hint


def shaped(document: Mapping[str, Any]) -> Case:
    """Give a parsed case.toml its type.

    Raises ShapeError for the first key that is unknown, missing or of the wrong kind.
    """
    _check_keys(document)
    flat = {key: value for key, value in document.items() if key != "narrative"}
    flat.update(document.get("narrative", {}))
    try:
        return msgspec.convert(flat, Case)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from error


def _check_keys(document: Mapping[str, Any]) -> None:
    known = {f.name for f in fields(Case)} - set(NARRATIVE) | {"narrative"}
    _check(document, known, "")
    narrative = document.get("narrative", {})
    if not isinstance(narrative, Mapping):
        raise ShapeError("narrative", "expected a table", "write [narrative] on a line of its own")
    _check(narrative, set(NARRATIVE), "narrative")
    for name, kind in TABLES.items():
        keys = {f.name for f in fields(kind)}
        value = document.get(name)
        if isinstance(value, Mapping):
            _check(value, keys, name)
        for position, entry in enumerate(value if isinstance(value, list) else ()):
            if isinstance(entry, Mapping):
                _check(entry, keys, f"{name}[{position}]")


def _check(table: Mapping[str, Any], known: set[str], at: str) -> None:
    for key in table:
        if key in known:
            continue
        path = f"{at}.{key}" if at else key
        near = difflib.get_close_matches(key, sorted(known), n=1)
        place = f"it belongs under [narrative]: {key}" if not at and key in NARRATIVE else ""
        hint = place or (
            f"did you mean: {near[0]}" if near else f"known: {', '.join(sorted(known))}"
        )
        raise ShapeError(path, f"unknown key: {key}", hint)


def _explained(text: str) -> ShapeError:
    """Say in our words what msgspec found."""
    message, _, at = text.partition(" - at `$")
    path = at.rstrip("`").removeprefix(".")
    if missing := re.search(r"missing required field `(\w+)`", message):
        key = missing[1]
        example = EXAMPLES.get(key, f"{key} =")
        return ShapeError(f"{path}.{key}" if path else key, "missing", f"add {example}")
    if path in NARRATIVE:
        path = f"narrative.{path}"
    if "RFC3339" in message:
        return ShapeError(path, "not a date", "write a date such as 2021-08-31, without quotes")
    key = path.rpartition(".")[2]
    if key in ENUMS and "enum" in message:
        return ShapeError(path, message.lower(), f"expected one of: {', '.join(ENUMS[key])}")
    return ShapeError(path, _reworded(message))


def _reworded(message: str) -> str:
    found = re.fullmatch(r"Expected `([^`]+)`, got `(\w+)`", message)
    if not found:
        return message[:1].lower() + message[1:]
    wanted = [WORDS.get(kind, kind) for kind in found[1].split(" | ") if kind != "null"]
    return f"expected {' or '.join(wanted)}, found {WORDS.get(found[2], found[2])}"
