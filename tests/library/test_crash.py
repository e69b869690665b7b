"""kill -9 at any instant loses no finished record and corrupts nothing; a short version."""

import sys
from pathlib import Path

from benchmarks.crash import Tally, torture


def test_killed_writers_lose_nothing_they_said_was_kept(tmp_path: Path) -> None:
    tally = torture(tmp_path, kills=12, processes=4, seed=1, python=sys.executable)

    assert tally.kills == 12
    assert tally.acknowledged > 0
    assert tally == Tally(kills=12, acknowledged=tally.acknowledged, lost=0, corrupt=())
