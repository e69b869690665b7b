"""JSON logs and error trackers' events, written back as the text that Python would have printed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fixproof.signature import shapes

_DEEPEST = 12
_MOST = 500  # values of one document that are looked at
_FIELDS = ("filename", "lineno", "function", "line")
_MALFORMED = (RecursionError, ValueError)
_OPENERS = ("{", "[", '"')
_CLOSERS = ("}", "]", '"')


def told(text: str) -> str | None:
    """Write a JSON document's tracebacks and messages as text; None for what is no JSON."""
    bare = text.strip()
    if not (bare.startswith(_OPENERS) and bare.endswith(_CLOSERS)):
        return None
    try:
        document = json.loads(bare)
    except _MALFORMED:
        return None
    if isinstance(document, str):
        return document
    if not isinstance(document, dict | list):
        return None
    return "\n".join(_texts(document))


def _texts(document: Any) -> Iterator[str]:
    """Walk a document: events by their form, everything else by the strings in it."""
    waiting: list[tuple[Any, int]] = [(document, 0)]
    for _ in range(_MOST):
        if not waiting:
            return
        value, depth = waiting.pop(0)
        if isinstance(value, str):
            yield value
        elif (chain := _chain(value)) is not None:
            yield "\n".join(_printed(chain))
        elif isinstance(value, dict) and {"errorType", "stackTrace"} <= value.keys():
            yield "\n".join(_answered(value))
        elif depth < _DEEPEST and isinstance(value, dict | list):
            inner = value.values() if isinstance(value, dict) else value
            waiting += [(one, depth + 1) for one in inner]


def _chain(value: Any) -> Sequence[Mapping[str, Any]] | None:
    """Recognise a list of exceptions, oldest first: Sentry's values, structlog's dictionaries."""
    listed = value.get("values") if isinstance(value, dict) else value
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
        return None
    chain = [one for one in listed if isinstance(one, dict)]
    if all("type" in one and one.keys() & {"value", "stacktrace"} for one in chain):
        return chain
    if all("exc_type" in one for one in chain):  # structlog tells the newest first
        return chain[::-1]
    return None


def _printed(chain: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, one in enumerate(chain):
        if number:
            source = str(_inside(one, "mechanism", "source") or "__cause__")
            yield from ("", shapes.CONTEXT if "context" in source else shapes.CAUSE, "")
        yield "Traceback (most recent call last):"
        for frame in _frames(one):
            yield from _frame(frame)
        kind, message = (
            one.get("type") or one.get("exc_type"),
            one.get("value", one.get("exc_value")),
        )
        yield f"{kind}: {message}" if message else str(kind)


def _answered(value: Mapping[str, Any]) -> Iterator[str]:
    """Write a cloud function's error document: frames as text, or as lists of their fields."""
    yield "Traceback (most recent call last):"
    stack = value["stackTrace"] if isinstance(value["stackTrace"], list) else []
    for entry in stack:
        if isinstance(entry, list) and len(entry) >= 3:
            yield from _frame(dict(zip(_FIELDS, entry, strict=False)))
        else:
            yield str(entry).rstrip()
    yield f"{value['errorType']}: {value.get('errorMessage') or ''}"


def _frames(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    frames = _inside(one, "stacktrace", "frames") or one.get("frames") or []
    return (
        [frame for frame in frames if isinstance(frame, dict)] if isinstance(frames, list) else []
    )


def _frame(frame: Mapping[str, Any]) -> Iterator[str]:
    path = frame.get("abs_path") or frame.get("filename") or "<unknown>"
    line = frame.get("lineno") or 0
    function = frame.get("function") or frame.get("name") or "<module>"
    yield f'  File "{path}", line {line}, in {function}'
    source = frame.get("context_line") or frame.get("line")
    if isinstance(source, str) and source.strip():
        yield f"    {source.strip()}"


def _inside(value: Mapping[str, Any], *keys: str) -> Any:
    found: Any = value
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found
