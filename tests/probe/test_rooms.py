"""What killed processes left is swept; what somebody holds stays, whatever the clock says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixproof.environments.disk import Scratch
from fixproof.probe.rooms import room, sweep

BY_PROBES = "from fixproof.probe.rooms import room; rooms = room(Path(sys.argv[1]), 'run')"
BY_ENVIRONMENTS = (
    "from fixproof.environments.disk import Scratch; rooms = Scratch(Path(sys.argv[1])).room()"
)
HOLD = (
    "import sys\nfrom pathlib import Path\n{}\nwith rooms as made:\n    print(made, flush=True)\n"
)


def at_work(scratch: Path, how: str) -> tuple[subprocess.Popen[str], Path]:
    """Start a process that holds a folder until it is killed."""
    worker = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(how) + "    sys.stdin.read()\n", str(scratch)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    assert worker.stdout is not None
    return worker, Path(worker.stdout.readline().strip())


@pytest.mark.parametrize("how", [BY_PROBES, BY_ENVIRONMENTS])
@pytest.mark.parametrize("moment", [0.0, 4e9])
def test_what_somebody_holds_stays_and_goes_with_him(
    how: str, moment: float, tmp_path: Path
) -> None:
    """However old or young it claims to be: clocks jump, locks do not."""
    worker, made = at_work(tmp_path, how)
    os.utime(made, (moment, moment))
    assert sweep(tmp_path) == 0
    assert made.is_dir()

    worker.kill()
    worker.communicate()

    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_hostile_tree_left_by_a_run_is_removed(tmp_path: Path) -> None:
    """Deeper than a path may be long, and closed to its owner."""
    with room(tmp_path / "elsewhere", "run") as held:
        here = os.open(held, os.O_RDONLY)
        for _ in range(3000):
            os.mkdir("deep", 0o700, dir_fd=here)
            below = os.open("deep", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.fchmod(here, 0)
        os.close(here)
        (tmp_path / "scratch").mkdir()
        held.rename(tmp_path / "scratch" / "left")
        assert sweep(tmp_path / "scratch") == 0
    assert sweep(tmp_path / "scratch") == 1


def test_files_and_links_are_nobodys_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "link").symlink_to(outside)
    (scratch / "remembered.json").write_text("{}")

    assert sweep(scratch) == 0
    assert outside.is_dir()
    assert sweep(tmp_path / "nowhere") == 0


def test_rooms_go_when_left(tmp_path: Path) -> None:
    with room(tmp_path, "run") as one, Scratch(tmp_path).room() as other:
        assert one.is_dir()
        assert other.is_dir()

    assert list(tmp_path.iterdir()) == []
