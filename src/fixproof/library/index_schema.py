"""The index's file: tables, settings, and the version by which an old file is made anew."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fixproof.model.errors import PreparationError
from fixproof.signature.rules import RECIPE

VERSION = 3
_WAIT = 10_000  # milliseconds that a writer waits for another

_TABLES = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again: postings of removed ones may stay
    key TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,                  -- what it was read from
    stamp TEXT NOT NULL,                   -- digest of what was read
    packed BLOB NOT NULL                   -- what is known, and the features
);
CREATE INDEX IF NOT EXISTS by_source ON entries (source) WHERE source <> 'imported';
CREATE TABLE IF NOT EXISTS terms (term INTEGER PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS size (one INTEGER PRIMARY KEY CHECK (one = 1), entries INTEGER NOT NULL);
INSERT OR IGNORE INTO size VALUES (1, 0);
CREATE VIRTUAL TABLE IF NOT EXISTS postings
    USING fts5 (terms, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
"""


def file_name() -> str:
    """Name the file so that an index made by other rules is never read."""
    return f"known-failures-{VERSION}.{RECIPE}.sqlite"


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open or make an index; readers go on reading while it is written.

    Raises PreparationError where the file is no index.
    """
    with _telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None, timeout=_WAIT / 1000)
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -65536")
        connection.executescript(_TABLES)
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open an index that exists; nothing can be changed through it.

    Raises PreparationError where the file is no index.
    """
    address = f"{path.absolute().as_uri()}?mode=ro"
    with _telling(path):
        connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=_WAIT / 1000)
        connection.execute("PRAGMA mmap_size = 1073741824")
        connection.execute("SELECT entries FROM size")
    return connection


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        hint = "delete it: it is made anew from the cases and the imports"
        raise PreparationError(f"unusable index: {error}", at=str(path), hint=hint) from error
