"""A shop for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support_drift import Shop, opened, this_python


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with opened(tmp_path / "cache", this_python()) as shop:
        yield shop
