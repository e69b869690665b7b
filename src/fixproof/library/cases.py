"""Cases on disk: case.toml read and checked, and the summary that `prove` writes into it."""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import tomlkit
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version
from tomlkit.items import Table

from fixproof.library.files import write_whole
from fixproof.library.lines import line_of
from fixproof.library.shape import ShapeError, shaped
from fixproof.model.cases import Case, OptionKind, Summary
from fixproof.model.errors import InputError
from fixproof.verdict.expect import expectation

FILE = "case.toml"
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
PYTHON = re.compile(r"\d+\.\d+(\.\d+)?")


def read_case(folder: Path) -> Case:
    """Read the case in a folder.

    Raises InputError that names file, line and key, and says what was expected.
    """
    path = folder / FILE
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(path, error) from error
    try:
        case = shaped(document)
        for check in CHECKS:
            check(case, folder)
    except ShapeError as error:
        line = line_of(text, error.path)
        at = f"{path}:{line}: {error.path}" if line else f"{path}: {error.path}"
        raise InputError(error.message, at=at, hint=error.hint) from error
    return case


def read_cases(root: Path) -> tuple[tuple[Path, Case], ...]:
    """Read all cases below a folder, in the order of their paths."""
    if not root.is_dir():
        raise InputError("no such folder", at=str(root), hint="name the folder that holds cases")
    return tuple((path.parent, read_case(path.parent)) for path in sorted(root.rglob(FILE)))


def write_summary(folder: Path, case: Case) -> None:
    """Write status and summary into case.toml; comments, order and everything else stay."""
    path = folder / FILE
    document = tomlkit.parse(_text(path))
    document["status"] = case.status.value
    table = document.get("summary")
    if not isinstance(table, Table):
        table = tomlkit.table()
        document["summary"] = table
    for key, value in _said(case.summary):
        if value:
            table[key] = value
        elif key in table:
            del table[key]
    write_whole(path, tomlkit.dumps(document).encode())


def _said(summary: Summary) -> Iterator[tuple[str, str | list[str]]]:
    for field in fields(summary):
        value = getattr(summary, field.name)
        yield field.name, list(value) if isinstance(value, tuple) else value or ""


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = f"a case is a folder that holds {FILE}"
        raise InputError("no such file", at=str(path), hint=hint) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError("not UTF-8", at=f"{path}:{line}") from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", at=str(path)) from error


def _not_toml(path: Path, error: tomllib.TOMLDecodeError) -> InputError:
    message, _, place = str(error).partition(" (at ")
    line = re.search(r"line (\d+)", place)
    at = f"{path}:{line[1]}" if line else str(path)
    hint = None if line else "the file ends inside a string or a list"
    return InputError(f"not TOML: {message[:1].lower()}{message[1:]}", at=at, hint=hint)


def _identity(case: Case, _: Path) -> None:
    package, slug = case.id.partition("/")[::2]
    if not (NAME.fullmatch(package) and NAME.fullmatch(slug)):
        raise ShapeError("id", f"not PACKAGE/SLUG: {case.id}", 'write id = "starlette/1255"')
    if not NAME.fullmatch(case.package):
        raise ShapeError("package", f"not the name of a package: {case.package}")


def _versions(case: Case, _: Path) -> None:
    try:
        Version(case.bad)
    except InvalidVersion as error:
        raise ShapeError("bad", f"not a version: {case.bad}", 'write bad = "1.2.3"') from error
    if case.python is not None and not PYTHON.fullmatch(case.python):
        raise ShapeError("python", f"not a Python version: {case.python}", 'write python = "3.11"')
    if case.timeout is not None and case.timeout <= 0:
        raise ShapeError("timeout", f"not a number of seconds: {case.timeout}")


def _requirements(case: Case, _: Path) -> None:
    wanted = [(f"requirements[{i}]", text) for i, text in enumerate(case.requirements)]
    wanted += [(f"options[{i}].requirement", o.requirement) for i, o in enumerate(case.options)]
    for key, text in wanted:
        for line in text.splitlines():
            _requirement(key, line.replace("{version}", case.bad))


def _requirement(path: str, text: str) -> None:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise ShapeError(
            path, f"not a requirement: {text}", f"the parser says: {reason}"
        ) from error


def _expectation(case: Case, _: Path) -> None:
    if case.expect is None:
        return
    try:
        expectation(case.expect)
    except InputError as error:
        raise ShapeError("expect", error.message, error.hint) from error


def _options(case: Case, _: Path) -> None:
    seen: set[str] = set()
    for position, option in enumerate(case.options):
        at = f"options[{position}]"
        if option.id in seen:
            raise ShapeError(f"{at}.id", f"used twice: {option.id}", "give each option its own id")
        seen.add(option.id)
        if option.kind is OptionKind.WORKAROUND and not option.script:
            hint = 'add script = "workaround.py", a reproduction that works around the failure'
            raise ShapeError(f"{at}.script", "missing", hint)


def _scripts(case: Case, folder: Path) -> None:
    named = [("reproduction", case.reproduction)]
    named += [(f"options[{i}].script", o.script) for i, o in enumerate(case.options) if o.script]
    for key, name in named:
        inside = (folder / name).resolve()
        if not inside.is_relative_to(folder.resolve()):
            raise ShapeError(key, f"outside the case's folder: {name}")
        if not inside.exists():
            raise ShapeError(key, f"no such file: {name}", f"put it into {folder}")


def _links(case: Case, _: Path) -> None:
    named = [(f"quotes[{i}].url", q.url) for i, q in enumerate(case.quotes)]
    named += [(f"sources[{i}].url", s.url) for i, s in enumerate(case.sources)]
    named += [(f"{n}.url", s.url) for n, s in (("report", case.report), ("fix", case.fix)) if s]
    for key, url in named:
        if not re.fullmatch(r"https?://\S+", url):
            raise ShapeError(key, f"not a web address: {url}", "write https://...")


CHECKS: tuple[Callable[[Case, Path], None], ...] = (
    _identity,
    _versions,
    _requirements,
    _expectation,
    _options,
    _scripts,
    _links,
)
