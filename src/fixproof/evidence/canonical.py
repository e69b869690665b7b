"""The one spelling of a value as JSON, so that equal values have equal digests."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import PurePath
from typing import Any, TypeAlias

import msgspec

from fixproof.model.errors import InputError

Plain: TypeAlias = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None

EXACT = 2**53  # integers up to here are exact as floats

_FIELDS: dict[type[Any], tuple[tuple[str, str, object], ...]] = {}


def canonical(value: object) -> bytes:
    """Spell a value: sorted keys, no insignificant whitespace, times in UTC.

    Fields of a dataclass that hold an empty default (None, "", ()) are left out, so that an
    optional field that the model gains later changes no digest.
    """
    return spelled(plain(value, sparse=True))


def spelled(value: Plain) -> bytes:
    """Spell what is plain already."""
    return msgspec.json.encode(value, order="sorted")


def digest_of(value: object) -> str:
    """SHA-256 of the canonical spelling."""
    return hashlib.sha256(canonical(value)).hexdigest()


def plain(value: object, *, sparse: bool = False) -> Plain:
    """Reduce a value to what JSON can say. A trailing `_` of a field's name is not part of it."""
    kind: type[Any] = type(value)
    if kind is str or isinstance(value, bool | int | float):
        return _scalar(value)
    if kind is tuple or kind is list:
        return [plain(item, sparse=sparse) for item in value]  # type: ignore[attr-defined] # narrowed by `kind`, for speed
    if known := _fields_of(kind):
        return {
            name: plain(content, sparse=sparse)
            for name, key, default in known
            if not (_is_empty(content := getattr(value, key)) and sparse and content == default)
        }
    if isinstance(value, Mapping):
        return {str(key): plain(item, sparse=sparse) for key, item in value.items()}
    return _scalar(value)


def _scalar(value: object) -> Plain:
    if isinstance(value, Enum):
        return _scalar(value.value)
    if isinstance(value, str):
        # Lone surrogates come from file names and arguments that are no Unicode.
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if value is None or isinstance(value, int):
        return value
    return _scalar(value.as_posix()) if isinstance(value, PurePath) else _measure(value)


def _measure(value: object) -> Plain:
    if isinstance(value, float) and math.isfinite(value):
        # 60 and 60.0 are one number and must have one spelling.
        return int(value) if value.is_integer() and abs(value) < EXACT else value
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise InputError(f"cannot be recorded: {value!r}", hint="a time needs a zone, a number an end")


def _is_empty(value: object) -> bool:
    return not value and (value is None or value in ("", ()))


def _fields_of(kind: type[Any]) -> tuple[tuple[str, str, object], ...]:
    """Look up, once a type: a field's name as spelled, as written, and its default."""
    if kind not in _FIELDS:
        listed = fields(kind) if is_dataclass(kind) else ()
        _FIELDS[kind] = tuple((f.name.removesuffix("_"), f.name, f.default) for f in listed)
    return _FIELDS[kind]
