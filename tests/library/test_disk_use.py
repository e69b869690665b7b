"""The cache is measured link by link, and trimmed oldest first without losing what matters."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fixproof.cli.cache import human, size_of
from fixproof.library.disk_use import evict, parts_of
from fixproof.library.occupied import occupied
from fixproof.library.store import RecordStore
from fixproof.model.errors import InputError, PreparationError
from tests.support_evidence import record

NOW = time.time()
DAY = 24 * 3600.0
MIB = 1024**2
WHEEL, BUILT = "a" * 64, "b" * 64


def used(path: Path, age: float) -> None:
    os.utime(path, (NOW - age, NOW - age))


def wheel(cache: Path, sha256: str, size: int = MIB) -> Path:
    folder = cache / "store" / "wheels" / sha256[:2] / sha256
    folder.mkdir(parents=True)
    (folder / "module.py").write_bytes(b"#" * size)
    return folder


def environment(cache: Path, name: str, *wheels: Path, own: int = 0) -> Path:
    folder = cache / "envs" / name
    (folder / "lib").mkdir(parents=True)
    for number, source in enumerate(wheels):
        os.link(source / "module.py", folder / "lib" / f"{number}.py")
    if own:
        (folder / "lib" / "own.py").write_bytes(b"#" * own)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Two environments that share a wheel, a wheel built here, and a record."""
    shared, built = wheel(tmp_path, WHEEL), wheel(tmp_path, BUILT)
    old = environment(tmp_path, "old", shared, own=MIB)
    new = environment(tmp_path, "new", shared, built, own=MIB)
    (tmp_path / "built" / "cc").mkdir(parents=True)
    (tmp_path / "built" / "cc" / "x.json").write_text(f'digest\n{{"wheel":"{BUILT}"}}')
    RecordStore(tmp_path / "records").keep(record())
    for path, age in ((old, 30 * DAY), (shared, 20 * DAY), (new, 10 * DAY), (built, 40 * DAY)):
        used(path, age)
    return tmp_path


def total(cache: Path) -> int:
    return sum(part.bytes for part in parts_of(cache))


def test_a_file_counts_once_however_often_it_is_linked(cache: Path) -> None:
    parts = {part.part: part for part in parts_of(cache)}

    assert 4 * MIB <= total(cache) < 4.2 * MIB
    assert parts["envs"].entries == 2
    assert 0 < parts["records"].bytes < MIB


def test_nothing_goes_while_the_budget_is_kept(cache: Path) -> None:
    before = set(cache.rglob("*"))

    assert evict(cache, 5 * MIB).evicted == 0
    assert set(cache.rglob("*")) >= before


def test_the_longest_unused_goes_first_and_no_more_than_needed(cache: Path) -> None:
    before = total(cache)
    gone = evict(cache, int(3.5 * MIB))

    assert gone.evicted == 1
    assert not (cache / "envs" / "old").exists()
    assert (cache / "envs" / "new").exists()
    assert before - total(cache) == pytest.approx(gone.freed, abs=16 * 1024)


def test_a_linked_file_frees_its_room_with_the_last_link(cache: Path) -> None:
    before = total(cache)
    gone = evict(cache, 2 * MIB)

    assert gone.evicted == 3, "old, then the shared wheel, then new, which still held its file"
    assert before - total(cache) == pytest.approx(gone.freed, abs=16 * 1024)
    assert total(cache) <= 2 * MIB


def test_records_and_what_was_built_here_stay_even_at_no_budget(cache: Path) -> None:
    evict(cache, 0)

    assert RecordStore(cache / "records").find(record().probe) == (record(),)
    assert (cache / "store" / "wheels" / BUILT[:2] / BUILT / "module.py").exists()
    assert not (cache / "store" / "wheels" / WHEEL[:2] / WHEEL).exists()
    assert list((cache / "envs").iterdir()) == []
    assert list((cache / "scratch").iterdir()) == []


def test_nothing_goes_while_somebody_is_at_work(cache: Path) -> None:
    with occupied(cache), occupied(cache):
        with pytest.raises(PreparationError, match="another fixproof is at work here"):
            evict(cache, 0)
        assert (cache / "envs" / "old").exists()

    assert evict(cache, 0).evicted == 3


def test_whoever_is_killed_is_no_longer_at_work(cache: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from fixproof.library.occupied import occupied\n"
        "with occupied(pathlib.Path(sys.argv[1])):\n"
        "    print('at work', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code, str(cache)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"at work\n"
    with pytest.raises(PreparationError):
        evict(cache, 0)
    worker.kill()
    worker.communicate()

    assert evict(cache, 0).evicted == 3


def test_looking_is_not_using(cache: Path) -> None:
    parts_of(cache)
    evict(cache, int(3.5 * MIB))

    assert not (cache / "envs" / "old").exists()
    assert (cache / "envs" / "new").exists()


def test_folders_that_nobody_may_write_can_be_removed(cache: Path) -> None:
    (cache / "envs" / "old" / "lib").chmod(0o500)
    evict(cache, 0)

    assert not (cache / "envs" / "old").exists()


@pytest.mark.parametrize("age", [2 * DAY, -2 * DAY])
def test_what_killed_writers_left_goes_when_nobody_is_at_work(cache: Path, age: float) -> None:
    """However old it claims to be: the clock may have jumped since."""
    shelf = next((cache / "records").glob("???"))
    left = [
        shelf / ".x.1.partial",
        cache / "resolutions" / "3" / "aa" / ".x.json.17.0123abcd",
        cache / "store" / "bytecode" / "cpython-311" / "aa" / "x.pyc.17",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        used(path, age)
    with occupied(cache), pytest.raises(PreparationError):
        evict(cache, 5 * MIB)
    assert all(path.exists() for path in left)

    evict(cache, 5 * MIB)

    assert not any(path.exists() for path in left)
    assert RecordStore(cache / "records").find(record().probe) == (record(),)


def test_times_from_the_future_only_change_the_order(cache: Path) -> None:
    """A clock that was wrong costs a second laying-out, nothing else."""
    used(cache / "envs" / "old", -1000 * DAY)
    evict(cache, int(3.5 * MIB))

    assert (cache / "envs" / "old").exists()
    assert not (cache / "envs" / "new").exists()
    assert RecordStore(cache / "records").find(record().probe) == (record(),)


def test_an_empty_cache_takes_nothing(tmp_path: Path) -> None:
    assert parts_of(tmp_path / "nowhere") == ()
    assert evict(tmp_path / "nowhere", 0).evicted == 0


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("17", 17), ("1k", 1024), ("500M", 500 * MIB), ("2G", 2048 * MIB),
        ("1.5 GiB", 1536 * MIB), ("1tb", 1024**4), ("10b", 10),
    ],
)  # fmt: skip
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1", "1X", "1 2"])
def test_what_is_no_size_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match="not a size"):
        size_of(text)


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 * 1024**4, "5.0 TiB")]
)
def test_sizes_are_written_for_people(size: int, text: str) -> None:
    assert human(size) == text
