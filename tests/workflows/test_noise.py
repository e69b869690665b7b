"""Failures that do not always show, or show elsewhere too: real runs of small packages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixproof.model.errors import NotReproducedError
from tests.support_histories_real import History
from tests.support_index import LocalIndex

GOOD = "def work():\n    return 'fine'\n"
CALL = "import thing\nprint(thing.work())\n"
SOMETIMES = (
    "import os\ndef work():\n"
    "    seed = int(os.environ['PYTHONHASHSEED'])\n"
    "    if {}:\n        raise ValueError('now and then')\n"
    "    return 'fine'\n"
)
WHEN = (
    "import os, sys, time\ndef work():\n"
    "    if {}:\n        raise RuntimeError('raced')\n    return 1\n"
)
BUSY = (
    "import glob\ndef work():\n"
    "    programs = [open(p, 'rb').read() for p in glob.glob('/proc/[0-9]*/cmdline')]\n"
    "    if any(b'while True' in program for program in programs):\n"
    "        raise RuntimeError('too late')\n"
    "    return 1\n"
)
SHARED = (
    "import os, time\ndef work():\n"
    "    os.close(os.open('spool', os.O_CREAT | os.O_EXCL))\n"
    "    time.sleep(0.2)\n    os.unlink('spool')\n    return 1\n"
)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with LocalIndex() as index:
        yield History(index=index, cache=tmp_path / "cache")


def _fixed_after(history: History, broken: str, fixed: str) -> None:
    for minor in range(6):
        history.release(f"1.{minor}", broken if 2 <= minor <= 3 else fixed)


def test_a_failure_that_the_fixed_releases_show_now_and_then_is_bisected(history: History) -> None:
    often, seldom = SOMETIMES.format("seed % 10 != 3"), SOMETIMES.format("seed % 9 == 1")
    _fixed_after(history, often, seldom)

    found = history.bisected(CALL, bad="1.2")

    assert (found.introduced, found.last_bad, found.first_fixed) == ("1.2", "1.3", "1.4")
    assert any("1.5 fails in" in note for note in found.notes)
    assert found.confidence < 1


def test_a_failure_that_shows_everywhere_alike_accuses_no_release(history: History) -> None:
    alike = SOMETIMES.format("seed % 2")
    _fixed_after(history, alike, alike)

    found = history.bisected(CALL, bad="1.2")

    assert (found.last_good, found.first_fixed) == (None, None)


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (WHEN.format("len(os.sched_getaffinity(0)) == 1"), "one processor"),
        (WHEN.format("sys.getswitchinterval() < 1e-4"), "quick thread switches"),
        (WHEN.format("sys.flags.dev_mode"), "debug modes"),
        (SHARED, "copies side by side"),
        (BUSY, "a busy processor"),
    ],
)
def test_a_failure_that_does_not_show_plainly_is_brought_out(
    history: History, broken: str, named: str
) -> None:
    _fixed_after(history, broken, GOOD.replace("'fine'", "1"))

    found = history.bisected(CALL, bad="1.2")

    assert (found.introduced, found.last_bad, found.first_fixed) == ("1.2", "1.3", "1.4")
    assert any(named in note for note in found.notes)


def test_what_never_fails_in_any_way_is_said_not_to_show(history: History) -> None:
    _fixed_after(history, GOOD, GOOD)

    with pytest.raises(NotReproducedError, match="does not show"):
        history.bisected(CALL, bad="1.2")
