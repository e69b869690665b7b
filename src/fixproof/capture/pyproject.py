"""A pyproject.toml edited in place: comments, order and all that is not meant stay as they are."""

import tomllib
from collections.abc import MutableMapping, MutableSequence, Sequence
from typing import Any

import tomlkit
from packaging.requirements import InvalidRequirement, Requirement
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import String

from fixproof.model.errors import InputError
from fixproof.model.releases import canonical

BUILD = "build:"  # a line that applies to isolated builds only
AT = "pyproject.toml"


def edited_toml(text: str, lines: Sequence[str], tool: str) -> str:
    """Write requirement lines where `tool` (uv, poetry, or "" for any other) keeps them.

    A requirement that the project itself states is changed there. What bounds a package that the
    project does not name becomes a constraint for uv, and a requirement for the others.
    Raises InputError for what cannot be written, or not without touching anything else.
    """
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise InputError(f"cannot be read: {error}", at=AT) from error
    if tomlkit.dumps(document) != text:
        raise InputError("cannot be edited without changing more than asked", at=AT)
    for line in lines:
        _put(document, line, tool)
    written = tomlkit.dumps(document)
    if "\r\n" in text:  # what was added ends as the rest does
        written = written.replace("\r\n", "\n").replace("\n", "\r\n")
    return _checked(written, lines)


def _checked(written: str, lines: Sequence[str]) -> str:
    """Make sure that what was written can be read, and names every package."""
    try:
        tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        hint = "apply these lines: " + ", ".join(lines)
        raise InputError(f"cannot be edited: {error}", at=AT, hint=hint) from error
    return written


def _put(document: Any, line: str, tool: str) -> None:
    build, plain = line.startswith(BUILD), line.removeprefix(BUILD)
    if build and tool != "uv":
        hint = f"constrain builds with the tool in use: {plain}"
        raise InputError("only uv keeps bounds of builds in it", at=AT, hint=hint)
    if build:
        _listed(_table(document, "tool", "uv"), "build-constraint-dependencies", plain)
    elif not _changed(document, plain):
        if tool == "poetry" and not document.get("project", {}).get("dependencies"):
            table = _table(document, "tool", "poetry", "dependencies")
            table[Requirement(plain).name] = str(Requirement(plain).specifier)
        elif tool == "uv":
            _listed(_table(document, "tool", "uv"), "constraint-dependencies", plain)
        else:
            _listed(_table(document, "project"), "dependencies", plain)


def _changed(document: Any, line: str) -> bool:
    """Change the requirement that the project states; False where it names no such package."""
    found = _replaced(document.get("project", {}).get("dependencies"), line)
    poetry = document.get("tool", {}).get("poetry", {}).get("dependencies", {})
    for name in list(poetry):
        if canonical(name) == canonical(Requirement(line).name):
            _bound(poetry, name, str(Requirement(line).specifier))
            found = True
    return found


def _bound(table: MutableMapping[str, Any], name: str, specifier: str) -> None:
    """Write a version into poetry's own notation: a word, or a table with more in it."""
    if isinstance(table[name], str):
        table[name] = _like(table[name], specifier)
    elif isinstance(table[name], MutableMapping) and "version" in table[name]:
        table[name]["version"] = _like(table[name]["version"], specifier)
    else:
        raise InputError(f"{name} has no one version in it", at=AT, hint=f"write: {specifier}")


def _replaced(array: MutableSequence[Any] | None, line: str) -> bool:
    found = False
    for number, old in enumerate(array or ()):
        if _name(str(old)) == canonical(Requirement(line).name):
            assert array is not None
            array[number] = _like(old, restated(str(old), line))
            found = True
    return found


def _listed(table: MutableMapping[str, Any], key: str, line: str) -> None:
    """Put a line into a list, in the place of one about the same package if there is any."""
    if key not in table:
        table[key] = tomlkit.array()
        table[key].multiline(multiline=True)
    if not _replaced(table[key], line):
        table[key].append(line)


def restated(old: str, line: str) -> str:
    """Write a requirement anew; extras and marker of the old one stay."""
    before, after = Requirement(old), Requirement(line)
    extras = after.extras or before.extras
    marker = after.marker or before.marker
    named = f"{before.name}[{','.join(sorted(extras))}]" if extras else before.name
    return f"{named}{after.specifier}" + (f" ; {marker}" if marker else "")


def _like(old: object, text: str) -> String:
    """Quote a text as the old one was, where it can be."""
    literal = isinstance(old, String) and old.as_string().startswith("'") and "'" not in text
    return tomlkit.string(text, literal=literal)


def _name(line: str) -> str | None:
    try:
        return canonical(Requirement(line).name)
    except InvalidRequirement:
        return None


def _table(document: Any, *path: str) -> MutableMapping[str, Any]:
    """Find a table, or make it at the end."""
    table = document
    for depth, name in enumerate(path):
        if name not in table:
            table[name] = tomlkit.table(is_super_table=depth < len(path) - 1)
        table = table[name]
    found: MutableMapping[str, Any] = table
    return found
