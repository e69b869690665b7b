"""JSON that a person can read and a diff can show: short values on one line."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 160

_SCALAR = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def pretty(value: Any) -> bytes:
    """Spell plain JSON over several lines; what fits on one line stays on it."""
    return f"{_spelled(value, 0)}\n".encode()


def _spelled(value: Any, depth: int) -> str:
    if isinstance(value, Mapping):
        entries = [f"{_SCALAR(k)}: {_spelled(v, depth + 1)}" for k, v in value.items()]
        return _joined("{", entries, "}", depth)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _joined("[", [_spelled(item, depth + 1) for item in value], "]", depth)
    return _SCALAR(value)


def _joined(opening: str, entries: list[str], closing: str, depth: int) -> str:
    length = sum(map(len, entries)) + 2 * len(entries) + depth
    if length <= WIDTH and not any("\n" in entry for entry in entries):
        return f"{opening}{', '.join(entries)}{closing}"
    inner = " " * (depth + 1)
    lines = f",\n{inner}".join(entries)
    return f"{opening}\n{inner}{lines}\n{' ' * depth}{closing}"
