"""The index of known failures on this machine, brought up to date where a source changed."""

import sys
from collections.abc import Sequence
from pathlib import Path

from fixproof.cli.places import cache_dir
from fixproof.library.index import Index
from fixproof.library.index_schema import file_name
from fixproof.model.errors import InputError


def index_path() -> Path:
    """Find the index's file."""
    return cache_dir() / "index" / file_name()


def open_index(named: Path | None, imports: Sequence[Path] = ()) -> Index:
    """Open the index; written to only where a source changed.

    Raises InputError where the named folder of cases does not exist.
    """
    path, cases = index_path(), named or Path("cases")
    if named and not cases.is_dir():
        raise InputError("no such folder", at=str(cases))
    if not (path.is_file() and not imports and not cases.is_dir()):
        _update(path, cases, imports)
    return Index.reading(path)


def _update(path: Path, cases: Path, imports: Sequence[Path]) -> None:
    from fixproof.library.index_sources import import_lines, refresh

    with Index.writing(path) as index:
        for file in imports:
            count = import_lines(index, file)
            print(f"imported {count} reported issues: {file}", file=sys.stderr)
        if cases.is_dir():
            for problem in refresh(index, cases)[1]:
                print(f"warning: case left out: {problem}", file=sys.stderr)
