"""Findings as the JSON documents that callers rely on."""

from typing import Any

import msgspec


def document(value: object) -> bytes:
    """Spell a finding as one JSON document, readable and with stable order.

    A field whose name is a word of Python's ends in an underscore there (`from_`), not here.
    """
    return msgspec.json.format(msgspec.json.encode(builtins(value)), indent=2)


def builtins(value: object) -> Any:
    """Turn a finding into plain dictionaries and lists."""
    return _renamed(msgspec.to_builtins(value))


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.removesuffix("_"): _renamed(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(inner) for inner in value]
    return value
