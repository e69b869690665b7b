"""Histories that no single interpreter can run: another one stands in where that is honest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixproof.model.environments import Interpreter
from fixproof.strategy.pythons import order
from tests.support_histories_real import History
from tests.support_index import LocalIndex

GOOD = "def work():\n    return 'fine'\n"
BAD = "def work():\n    raise ValueError('broken inside')\n"
CALL = "import thing\nprint(thing.work())\n"


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with LocalIndex() as index:
        yield History(index=index, cache=tmp_path / "cache")


@pytest.fixture
def pythons(history: History) -> tuple[Interpreter, Interpreter]:
    """The interpreter that is chosen by itself for releases of 2020, and a younger one."""
    at_hand = sorted(history.edges().environments.interpreters(), key=order)
    of_the_day = [i for i in at_hand if order(i) < (3, 9)] or at_hand[:1]
    younger = [i for i in at_hand if order(i)[:2] > order(of_the_day[-1])[:2]]
    if not younger:
        pytest.skip("needs interpreters of two minor versions")
    return of_the_day[-1], younger[-1]


def _history(history: History, old: Interpreter, middle: str) -> None:
    for version in ("1.0", "1.1", "1.2"):
        history.release(version, GOOD if version == "1.0" else BAD)
    history.release("1.3", middle, requires_python=f">{old.minor}.99")
    history.release("1.4", GOOD, requires_python=f">{old.minor}.99")


def test_another_interpreter_runs_what_the_own_cannot(
    history: History, pythons: tuple[Interpreter, Interpreter]
) -> None:
    old, _ = pythons
    _history(history, old, BAD)

    found = history.bisected(CALL, bad="1.1")

    assert (found.introduced, found.last_bad, found.first_fixed) == ("1.1", "1.3", "1.4")
    assert found.python == old.version
    assert any("cannot run these" in note and "1.3" in note for note in found.notes)
    rows = {row.version: row.python for row in found.outcomes}
    assert rows["1.1"] == old.version
    assert rows["1.4"] != old.version


def test_a_boundary_between_two_interpreters_is_not_put_down_to_a_release_alone(
    history: History, pythons: tuple[Interpreter, Interpreter]
) -> None:
    old, _ = pythons
    _history(history, old, GOOD)

    found = history.bisected(CALL, bad="1.1")

    assert (found.last_bad, found.first_fixed) == ("1.2", "1.3")
    assert any("may have a part in it" in note for note in found.notes)


def test_an_interpreter_under_which_the_failure_looks_different_does_not_stand_in(
    history: History, pythons: tuple[Interpreter, Interpreter]
) -> None:
    old, _ = pythons
    only_old = f"import sys\n{BAD}    \nif sys.version_info[:2] != {order(old)[:2]}:\n    1 / 0\n"
    history.release("1.0", GOOD)
    history.release("1.1", only_old)
    history.release("1.2", GOOD, requires_python=f">{old.minor}.99")

    found = history.bisected(CALL, bad="1.1")

    assert found.first_fixed is None


def test_a_named_interpreter_is_the_only_one(
    history: History, pythons: tuple[Interpreter, Interpreter]
) -> None:
    old, _ = pythons
    _history(history, old, BAD)

    found = history.bisected(CALL, bad="1.1", python=old.minor)

    assert found.first_fixed is None
