"""Whole bisects: small packages from a local index, run in the real sandbox."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fixproof.model.errors import InputError, NotReproducedError
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Bisection, Culprit, Trigger
from fixproof.model.outcomes import Verdict
from fixproof.workflows.bisect import PREPARING, sweep_takes
from tests.support_histories_real import History
from tests.support_index import LocalIndex

GOOD = "def work():\n    return 'fine'\n"
BAD = "def work():\n    raise ValueError('broken inside')\n"
WRONG = "def work():\n    return 'awry'\n"
CALL = "import thing\nprint(thing.work())\n"


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with LocalIndex() as index:
        yield History(index=index, cache=tmp_path / "cache")


def _releases(history: History, *bodies: tuple[str, str]) -> None:
    for version, body in bodies:
        history.release(version, body)


def _bounds(found: Bisection) -> tuple[str | None, str | None, str | None]:
    return found.introduced, found.last_bad, found.first_fixed


def test_finds_both_boundaries_of_an_exception(history: History) -> None:
    _releases(history, ("1.0", GOOD), ("1.1", BAD), ("1.2", BAD), ("1.3", GOOD), ("1.4", GOOD))

    found = history.bisected(CALL, bad="1.2")

    assert _bounds(found) == ("1.1", "1.2", "1.3")
    assert found.target is not None
    assert found.target.says == "ValueError: broken inside"
    assert found.trigger == Trigger(axis="release", name="thing", from_="1.0", to="1.1")


def test_tells_failures_apart_when_every_run_exits_with_one(history: History) -> None:
    raises = "def work():\n    raise {}\n"
    plain, hidden = raises.format("KeyError('mine')"), raises.format("RuntimeError('no answer')")
    _releases(history, ("1.0", plain), ("1.1", hidden), ("1.2", hidden), ("1.3", plain))

    found = history.bisected(CALL, bad="1.1")

    assert _bounds(found) == ("1.1", "1.2", "1.3")
    assert {row.exit for row in found.outcomes} == {1}


def test_wrong_output_is_a_failure_although_it_exits_with_zero(history: History) -> None:
    _releases(history, ("1.0", GOOD), ("1.1", WRONG), ("1.2", GOOD))

    found = history.bisected(CALL, bad="1.1")

    assert _bounds(found) == ("1.1", "1.1", "1.2")


def test_a_version_number_in_the_output_is_no_difference(history: History) -> None:
    body = "__version__ = '{}'\ndef work():\n    return '{}'\n"
    for version, word in (("1.0", "fine"), ("1.1", "awry"), ("1.2", "fine"), ("1.3", "fine")):
        history.release(version, body.format(version, word))
    script = "import thing\nprint('thing', thing.__version__, thing.work())\n"

    found = history.bisected(script, bad="1.1")

    assert _bounds(found) == ("1.1", "1.1", "1.2")


def test_a_release_without_the_api_is_neither_good_nor_bad(history: History) -> None:
    old = "def other():\n    return 1\n"
    _releases(history, ("0.8", old), ("0.9", old), ("1.0", GOOD), ("1.1", BAD), ("1.2", GOOD))

    found = history.bisected(CALL, bad="1.1")

    assert _bounds(found) == ("1.1", "1.1", "1.2")
    verdicts = {row.version: row.verdict for row in found.outcomes}
    assert verdicts.get("0.9", Verdict.UNTESTABLE) is Verdict.UNTESTABLE


def test_walks_around_a_release_that_cannot_be_tried(history: History) -> None:
    _releases(history, ("1.0", GOOD), ("1.1", BAD))
    history.release("1.2", BAD, requires=("nothing-of-that-name==9",))
    _releases(history, ("1.3", GOOD), ("1.4", GOOD))

    found = history.bisected(CALL, bad="1.1")

    assert found.last_bad == "1.1"
    assert found.first_fixed == "1.3"
    assert any("1.2" in sentence for sentence in found.open)


def test_finds_a_back_port_on_another_line(history: History) -> None:
    _releases(history, ("1.0.0", GOOD), ("1.1.0", BAD), ("1.2.0", BAD))
    _releases(history, ("1.1.1", GOOD), ("1.2.1", GOOD), ("1.3.0", GOOD))

    found = history.bisected(CALL, bad="1.2.0")

    assert _bounds(found) == ("1.1.0", "1.2.0", "1.2.1")
    assert "1.1.1" in found.also_fixed


def test_recommends_what_a_resolver_would_take(history: History) -> None:
    _releases(history, ("1.0", GOOD), ("1.1", BAD))
    history.release("1.2", GOOD, yanked=True)
    _releases(history, ("1.3", GOOD))

    found = history.bisected(CALL, bad="1.1")

    assert (found.first_fixed, found.recommended) == ("1.2", "1.3")


def test_a_hang_is_an_outcome(history: History) -> None:
    hangs = "import time\ndef work():\n    time.sleep(600)\n"
    _releases(history, ("1.0", GOOD), ("1.1", hangs), ("1.2", GOOD))

    found = history.bisected(CALL, bad="1.1", wall=1.5)

    assert _bounds(found) == ("1.1", "1.1", "1.2")
    assert found.target is not None
    assert found.target.exit == "wall time"


def test_a_failure_that_shows_in_one_run_of_ten_is_bisected(history: History) -> None:
    flaky = (
        "import os\ndef work():\n"
        "    if os.environ['PYTHONHASHSEED'].endswith('7'):\n"
        "        raise ValueError('now and then')\n"
        "    return 'fine'\n"
    )
    _releases(history, ("1.0", GOOD), ("1.1", flaky), ("1.2", flaky), ("1.3", GOOD), ("1.4", GOOD))

    found = history.bisected(CALL, bad="1.1")

    assert _bounds(found) == ("1.1", "1.2", "1.3")
    assert min(row.runs for row in found.outcomes) >= 29


def test_output_that_varies_with_the_hash_seed_is_bisected(history: History) -> None:
    varies = "def work():\n    return list({'a', 'b', 'c', 'd'})\n"
    steady = "def work():\n    return sorted({'a', 'b', 'c', 'd'})\n"
    _releases(history, ("1.0", steady), ("1.1", varies), ("1.2", steady), ("1.3", steady))

    found = history.bisected(CALL, bad="1.1")

    assert _bounds(found) == ("1.1", "1.1", "1.2")


def test_names_the_other_package_that_fixes_it(history: History) -> None:
    uses = "import part\ndef work():\n    return part.work()\n"
    history.release("1.0", GOOD, name="part")
    history.release("1.0", uses, requires=("part",))
    day = history.release("1.1", BAD, name="part")
    history.release("1.1", uses, requires=("part",))
    history.release("1.2", GOOD, name="part")

    found = history.bisected(CALL, bad="1.0", as_of=day)

    assert found.first_fixed is None
    assert found.culprit
    assert replace(found.culprit, records=()) == Culprit(package="part", from_="1.1", to="1.2")
    assert found.trigger
    assert replace(found.trigger, records=()) == Trigger(
        axis="dependency", name="part", from_="1.0", to="1.1"
    )
    assert len(set(found.culprit.records)) >= 2
    assert len(set(found.trigger.records)) >= 2


def test_the_behaviour_map_groups_releases_by_what_they_do(history: History) -> None:
    _releases(history, ("0.9", "def other():\n    return 1\n"), ("1.0", GOOD), ("1.1", BAD))
    _releases(history, ("1.2", WRONG), ("1.3", BAD), ("1.4", GOOD))

    found = history.bisected(CALL, bad="1.1", exhaustive=True)

    groups = {group.name: (group.verdict, group.versions) for group in found.behaviours}
    assert groups == {
        "A": (Verdict.UNTESTABLE, ("0.9",)),
        "B": (Verdict.PASSES, ("1.0", "1.4")),
        "C": (Verdict.FAILS, ("1.1", "1.3")),
        "D": (Verdict.PASSES, ("1.2",)),
    }


def test_the_fix_is_isolated_where_that_is_asked_for(history: History) -> None:
    _releases(history, ("1.0", GOOD), ("1.1", BAD))
    history.release("1.2", GOOD, files={"unrelated.py": "NEW = 1\n"})

    isolation = history.bisected(CALL, bad="1.1", isolate=True).isolation

    assert isolation
    assert (isolation.hunks_needed, isolation.hunks_total) == (1, 2)
    assert history.bisected(CALL, bad="1.1").isolation is None


def test_expect_states_the_reference(history: History) -> None:
    bodies = [("1.0", "0"), ("1.1", "1"), ("1.2", "41"), ("1.3", "42"), ("1.4", "42")]
    for version, number in bodies:
        history.release(version, f"def work():\n    return {number}\n")

    found = history.bisected(CALL, bad="1.2", expect="^42$")

    assert (found.last_bad, found.first_fixed) == ("1.2", "1.3")


def test_says_so_when_the_failure_does_not_show(history: History) -> None:
    _releases(history, ("1.0", GOOD), ("1.1", GOOD))

    with pytest.raises(NotReproducedError) as caught:
        history.bisected(CALL, bad="1.0")

    assert "does not show at thing 1.0" in str(caught.value)
    assert caught.value.hint


def test_an_unknown_version_is_named_with_those_that_exist(history: History) -> None:
    _releases(history, ("1.0", GOOD), ("1.1", BAD))

    with pytest.raises(InputError) as caught:
        history.bisected(CALL, bad="7.0")

    assert "7.0" in str(caught.value)
    assert "1.0, 1.1" in (caught.value.hint or "")


def test_nothing_is_run_twice(history: History) -> None:
    _releases(history, ("1.0", GOOD), ("1.1", BAD), ("1.2", GOOD))
    first = history.bisected(CALL, bad="1.1")
    records = sorted((history.cache / "records").rglob("*.json"))

    again = history.bisected(CALL, bad="1.1")

    assert _bounds(first) == _bounds(again)
    assert sorted((history.cache / "records").rglob("*.json")) == records


def test_a_slip_in_the_packages_name_is_told_from_the_requirements(history: History) -> None:
    _releases(history, ("1.0", GOOD), ("1.1", BAD))

    with pytest.raises(InputError, match="no such package: thnig") as caught:
        history.bisected(CALL, bad="1.1", package="thnig", requirements=("thing",))

    assert caught.value.hint == "did you mean: thing"


def test_one_slow_run_on_a_busy_machine_does_not_keep_from_trying_everything() -> None:
    runs = [
        RunRecord(probe="p", attempt=n, environment="e", pins=(), seconds=seconds)
        for n, seconds in enumerate((9.0, 0.1, 0.3))
    ]

    assert sweep_takes(runs, releases=160, workers=2) == pytest.approx(80 * (0.1 + PREPARING))
