"""Statements beside their case: written whole, found again, checked."""

import hashlib
from dataclasses import replace
from pathlib import Path

from fixproof.evidence.check import check, summary_of
from fixproof.evidence.statement import MALFORMED, Statement, essence, read, spell
from fixproof.library.cases import FILE, read_case, write_summary
from fixproof.library.files import write_whole
from fixproof.model.cases import Case, Status
from fixproof.model.errors import InputError

FOLDER = "evidence"


def scripts_of(folder: Path, case: Case) -> dict[str, bytes]:
    """Read the reproduction (a file, or all of a folder) and the scripts of the options."""
    names = dict.fromkeys([case.reproduction, *(o.script for o in case.options if o.script)])
    found: dict[str, bytes] = {}
    for name in names:
        path = folder / name
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        found |= {file.relative_to(folder).as_posix(): _content(file) for file in files}
    return found


def write_evidence(folder: Path, case: Case, statement: Statement) -> Path:
    """Write a proof's statement, and its summary into case.toml; return the statement's file.

    A statement that says nothing new is not written: the one that stands there stays.
    """
    data = spell(statement)
    if (old := _current(folder, case)) and essence(old[1]) == essence(data):
        path, data = old
    else:
        day = statement.proof.proved.date().isoformat() if statement.proof.proved else "proof"
        path = folder / FOLDER / f"{day}-{hashlib.sha256(data).hexdigest()[:8]}.json"
        write_whole(path, data)
    summary = summary_of(statement.proof.bisection, evidence=path.name, statement=data)
    proven = replace(case, status=Status(statement.proof.status), summary=summary)
    if proven != case:
        write_summary(folder, proven)
    return path


def read_evidence(folder: Path, case: Case) -> Statement | None:
    """Read the statement that a case refers to; None where it refers to none.

    Raises InputError where it is not there, or is not a statement.
    """
    if not case.summary.evidence:
        return None
    path = _path(folder, case)
    return read(_content(path), at=str(path))


def check_case(folder: Path) -> tuple[str, ...]:
    """List every contradiction between a case, its evidence and its scripts; runs nothing."""
    case = read_case(folder)
    if not case.summary.evidence:
        claims = case.status is not Status.REPORTED or case.summary != type(case.summary)()
        return (f"{FILE}: it claims what no evidence backs",) if claims else ()
    try:
        statement = _content(_path(folder, case))
    except InputError as error:
        return (str(error),)
    return check(case, statement, scripts_of(folder, case))


def _current(folder: Path, case: Case) -> tuple[Path, bytes] | None:
    """Find the statement that stands there, if it is one and is the one that was written."""
    if not case.summary.evidence:
        return None
    try:
        path = _path(folder, case)
        data = _content(path)
        essence(data)
    except (InputError, *MALFORMED):
        return None
    return (path, data) if hashlib.sha256(data).hexdigest() == case.summary.digest else None


def _path(folder: Path, case: Case) -> Path:
    name = case.summary.evidence
    if Path(name).name != name:
        raise InputError(f"not the name of a file: {name}", at=f"{folder / FILE}: summary.evidence")
    return folder / FOLDER / name


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", at=str(path)) from error
