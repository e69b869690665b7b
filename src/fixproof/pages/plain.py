"""A page as JSON: the case, the proof, and where each statement comes from."""

from collections.abc import Mapping
from typing import Any

import msgspec

from fixproof.pages.page import CasePage
from fixproof.pages.provenance import Said, statements
from fixproof.pages.runs import run_file
from fixproof.pages.view import View

SCHEMA_VERSION = 1


def document(page: CasePage, view: View) -> str:
    """Write the document, indented, with a line break at the end."""
    tally = view.tally
    whole = {
        "schema_version": SCHEMA_VERSION,
        "case": _public(page.case),
        "proof": _public(page.proof),
        "answer": view.answer.headline.text,
        "requirement": view.answer.requirement.said.text if view.answer.requirement else None,
        "confidence": page.proof.confidence if page.proof else None,
        "confidence_reason": view.answer.sure.text,
        "own_content": {
            "ratio": round(tally.own, 4),
            "ran": tally.ran,
            "written": tally.written,
            "cited": tally.cited,
        },
        "statements": [_statement(said) for said in statements(view)],
        "runs": {digest: run_file(digest) for digest in page.records},
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"


def _statement(said: Said) -> dict[str, Any]:
    shown: dict[str, Any] = {"text": said.text, "provenance": said.by}
    if said.records:
        shown["records"] = said.records
    if said.url:
        shown["url"] = said.url
    return shown


def _public(value: object) -> Any:
    return _renamed(msgspec.to_builtins(value))


def _renamed(value: Any) -> Any:
    """Drop the underscore that keeps `from_` from being a keyword."""
    if isinstance(value, Mapping):
        return {key.rstrip("_"): _renamed(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(part) for part in value]
    return value
