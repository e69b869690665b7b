"""A script's own metadata (PEP 723): what it needs and up to which date."""

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from fixproof.model.errors import InputError

# The expression that PEP 723 itself gives.
BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptMetadata:
    """What a script says about itself; empty where it says nothing."""

    dependencies: tuple[str, ...] = ()
    requires_python: str | None = None
    exclude_newer: datetime | None = None


def script_metadata(text: str, *, at: str = "script") -> ScriptMetadata:
    """Read a script's inline metadata.

    Raises InputError for a block that is not TOML, two blocks, or values of the wrong kind.
    """
    # A file written on Windows ends its lines otherwise; the expression does not know that.
    text = text.replace("\r\n", "\n")
    blocks = [match for match in BLOCK.finditer(text) if match["type"] == "script"]
    if not blocks:
        return ScriptMetadata()
    if len(blocks) > 1:
        raise InputError("two blocks of metadata", at=at, hint="keep one # /// script block")
    line = text.count("\n", 0, blocks[0].start()) + 1
    return _read(blocks[0]["content"], f"{at}:{line}")


def _read(content: str, at: str) -> ScriptMetadata:
    lines = (line[2:] if line.startswith("# ") else line[1:] for line in content.splitlines())
    try:
        table = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the metadata is not TOML: {error}", at=at) from error
    tool = table.get("tool", {})
    uv = tool.get("uv", {}) if isinstance(tool, dict) else {}
    return ScriptMetadata(
        dependencies=_dependencies(table.get("dependencies", []), at),
        requires_python=_requires_python(table.get("requires-python"), at),
        exclude_newer=_date(uv.get("exclude-newer") if isinstance(uv, dict) else None, at),
    )


def _dependencies(value: Any, at: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise InputError("dependencies: expected a list of strings", at=at)
    for entry in value:
        try:
            # `{version}` stands for the version under test, in requirements that move with it.
            Requirement(entry.replace("{version}", "0"))
        except InvalidRequirement as error:
            raise InputError(f"dependencies: not a requirement: {entry}", at=at) from error
    return tuple(value)


def _requires_python(value: Any, at: str) -> str | None:
    if value is None:
        return None
    try:
        SpecifierSet(value)
    except (InvalidSpecifier, TypeError, AttributeError) as error:
        hint = 'write requires-python = ">=3.9"'
        raise InputError(f"requires-python: not a specifier: {value}", at=at, hint=hint) from error
    return str(value)


def _date(value: Any, at: str) -> datetime | None:
    """Read a date as uv does: a day means up to its end, in UTC here and local time there."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _no_date(value, at) from error
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        moment = moment.date()
    if isinstance(moment, datetime):
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(moment, date):
        return datetime.combine(moment, time.max, tzinfo=UTC)
    raise _no_date(value, at)


def _no_date(value: Any, at: str) -> InputError:
    hint = 'write exclude-newer = "2021-08-31T00:00:00Z"'
    return InputError(f"tool.uv.exclude-newer: not a date: {value}", at=at, hint=hint)
