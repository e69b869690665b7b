"""JSON that a person can read and a diff can show: short values on one line."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 160


def pretty(value: Any) -> bytes:
    """Spell plain JSON over several lines; what fits on one line stays on it."""
    return f"{_spelled(value, 0)}\n".encode()


def _spelled(value: Any, depth: int) -> str:
    short = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(short) + depth <= WIDTH or not value:
        return short
    inner = " " * (depth + 1)
    if isinstance(value, Mapping):
        entries = [f"{json.dumps(k)}: {_spelled(v, depth + 1)}" for k, v in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        entries = [_spelled(item, depth + 1) for item in value]
        opening, closing = "[", "]"
    else:
        return short
    lines = f",\n{inner}".join(entries)
    return f"{opening}\n{inner}{lines}\n{' ' * depth}{closing}"
