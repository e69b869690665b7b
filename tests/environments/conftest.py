"""What the tests of environments share: a local index and a base Python."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixproof.environments.interpreters import choose, find_interpreters
from fixproof.model.environments import Interpreter
from tests.support_index import LocalIndex


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with LocalIndex() as served:
        yield served


@pytest.fixture(scope="session")
def interpreter() -> Interpreter:
    """The Python that runs these tests: always at hand."""
    wanted = ".".join(str(part) for part in sys.version_info[:3])
    found = find_interpreters(environ={"HOME": "/nonexistent", "PATH": ""})
    return choose(found, wanted)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"
