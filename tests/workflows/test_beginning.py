"""On which axis a failure began: small packages from a local index, run in the real sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixproof.model.findings import Bisection
from fixproof.model.outcomes import Verdict
from tests.support_histories_real import History
from tests.support_index import LocalIndex

GOOD = "def work():\n    return 'fine'\n"
BAD = "def work():\n    raise ValueError('broken inside')\n"
OTHER = "def work():\n    raise KeyError('an older trouble')\n"
USES = "import part\ndef work():\n    return part.work()\n"
CALL = "import thing\nprint(thing.work())\n"


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with LocalIndex() as index:
        yield History(index=index, cache=tmp_path / "cache")


def _trigger(found: Bisection) -> tuple[str, str, str | None, str | None]:
    assert found.trigger is not None
    return found.trigger.axis, found.trigger.name, found.trigger.from_, found.trigger.to


def test_an_upload_is_named_where_the_release_before_fails_in_another_way(
    history: History,
) -> None:
    history.release("1.0", GOOD, name="part")
    history.release("1.0", OTHER)
    history.release("1.1", USES, requires=("part",))
    history.release("1.1", GOOD, name="part")
    day = history.release("1.2", BAD, name="part")
    history.release("1.2", GOOD)

    found = history.bisected(CALL, bad="1.1", as_of=day)

    assert (found.introduced, found.first_fixed) == ("1.1", "1.2")
    assert _trigger(found) == ("dependency", "part", "1.1", "1.2")
    assert found.trigger is not None
    assert found.trigger.records


def test_a_release_is_named_where_it_fails_on_its_own_day_too(history: History) -> None:
    history.release("1.0", GOOD, name="part")
    history.release("1.0", OTHER)
    history.release("1.1", BAD, requires=("part",))
    day = history.release("1.1", GOOD, name="part")
    history.release("1.2", GOOD)

    found = history.bisected(CALL, bad="1.1", as_of=day)

    assert _trigger(found) == ("release", "thing", "1.0", "1.1")


def test_of_packages_that_move_together_the_one_that_came_first_is_named(
    history: History,
) -> None:
    history.release("1.0", GOOD, name="part")
    history.release("1.0", "", name="frame", requires=("part",))
    history.release("1.0", USES, requires=("frame",))
    history.release("2.0", BAD, name="part")
    day = history.release("2.0", "", name="frame", requires=("part>=2",))
    history.release("1.1", GOOD)

    found = history.bisected(CALL, bad="1.0", as_of=day)

    assert _trigger(found) == ("dependency", "part", "1.0", "2.0")


def test_an_upload_that_only_the_reproduction_asks_for_is_named(history: History) -> None:
    history.release("1.0", GOOD, name="part")
    history.release("1.0", USES)
    day = history.release("2.0", BAD, name="part")
    history.release("1.1", GOOD)

    found = history.bisected(CALL, bad="1.0", as_of=day, requirements=("part",))

    assert _trigger(found) == ("dependency", "part", "1.0", "2.0")


def test_a_release_that_nothing_ran_on_its_own_day_is_tried_on_later_ones(
    history: History,
) -> None:
    history.release("1.0", "raise OSError('of another age')\n", name="part")
    history.release("1.0", USES, requires=("part",))
    history.release("1.1", GOOD, name="part")
    day = history.release("2.0", BAD, name="part")
    history.release("1.1", GOOD)

    found = history.bisected(CALL, bad="1.0", as_of=day)

    assert _trigger(found) == ("dependency", "part", "1.1", "2.0")


def test_passing_on_its_own_day_is_no_merit_where_the_bad_release_does_too(
    history: History,
) -> None:
    older = "import part\ndef work():\n    return part.once()\n"
    history.release("1.0", GOOD + "def once():\n    return 'fine'\n", name="part")
    history.release("1.0", older, requires=("part",))
    history.release("1.1", USES, requires=("part",))
    day = history.release("2.0", BAD, name="part")
    history.release("1.2", GOOD)

    found = history.bisected(CALL, bad="1.1", as_of=day)

    verdicts = {row.version: row.verdict for row in found.outcomes}
    assert verdicts["1.0"] is Verdict.DIFFERS
    assert _trigger(found) == ("dependency", "part", "1.0", "2.0")


def test_passing_on_its_own_day_counts_where_the_bad_release_fails_on_its_own(
    history: History,
) -> None:
    older = "import part\ndef work():\n    return part.once()\n"
    history.release("1.0", "def once():\n    return 'fine'\n", name="part")
    history.release("1.0", older, requires=("part",))
    history.release("1.1", BAD, requires=("part",))
    day = history.release("2.0", "", name="part")
    history.release("1.2", GOOD)

    found = history.bisected(CALL, bad="1.1", as_of=day)

    verdicts = {row.version: row.verdict for row in found.outcomes}
    assert verdicts["1.0"] is Verdict.PASSES
    assert _trigger(found) == ("release", "thing", "1.0", "1.1")
