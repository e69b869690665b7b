"""The store of records: everything kept is found, nothing corrupted is used."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.evidence.record import digest, encode
from fixproof.library.files import disk, write_whole
from fixproof.library.store import ASIDE, RecordStore
from fixproof.model.errors import InputError, PreparationError
from tests.support_evidence import environment, record, sha


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, reports: list[str]) -> RecordStore:
    return RecordStore(tmp_path / "records", reports.append)


def only_file(store: RecordStore) -> Path:
    (path,) = store.folder.rglob("*.json")
    return path


def test_what_is_kept_is_found_oldest_first(store: RecordStore) -> None:
    second, first = record(attempt=1), record(attempt=0)
    other = record(environment(("demo", "2.0")))
    for made in (second, first, other):
        assert store.keep(made) == digest(made)

    assert store.find(first.probe) == (first, second)
    assert store.find(other.probe) == (other,)
    assert store.check() == ()


def test_an_empty_store_knows_nothing_and_makes_no_folder(store: RecordStore) -> None:
    assert store.find(record().probe) == ()
    assert store.check() == ()
    assert not store.folder.exists()


def test_keeping_twice_keeps_one(store: RecordStore) -> None:
    store.keep(record())
    store.keep(record())

    assert list(store.digests()) == [digest(record())]


def test_probes_that_share_a_shelf_are_not_mixed_up(store: RecordStore) -> None:
    made = record()
    neighbour = replace(made, probe=made.probe[:-1] + ("0" if made.probe[-1] != "0" else "1"))
    store.keep(neighbour)

    assert store.find(made.probe) == ()


@pytest.mark.parametrize("probe", ["", "x", "../../../../etc/passwd", "A" * 64, "0" * 63])
def test_only_a_digest_names_a_probe(store: RecordStore, probe: str) -> None:
    with pytest.raises(InputError, match="not the id of a probe"):
        store.keep(replace(record(), probe=probe))


@given(st.data())
def test_any_changed_byte_is_noticed_set_aside_and_computed_again(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    reports: list[str] = []
    store = RecordStore(tmp_path_factory.mktemp("records"), reports.append)
    made = record()
    store.keep(made)
    path = only_file(store)
    spelled = bytearray(path.read_bytes())
    position = data.draw(st.integers(0, len(spelled) - 1))
    spelled[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(spelled)

    assert len(store.check()) == 1, "the check names the entry and leaves it alone"
    assert store.find(made.probe) == ()
    assert len(reports) == 1
    assert path.name in reports[0]
    assert (store.folder / ASIDE / path.name).read_bytes() == spelled
    store.keep(made)
    assert store.find(made.probe) == (made,)
    assert len(reports) == 1, "once"


@pytest.mark.parametrize("length", [0, 1, 100])
def test_a_truncated_entry_is_set_aside(
    store: RecordStore, reports: list[str], length: int
) -> None:
    store.keep(record())
    os.truncate(only_file(store), length)

    assert store.find(record().probe) == ()
    assert len(reports) == 1


def test_a_sound_record_under_another_probes_name_is_not_believed(
    store: RecordStore, reports: list[str]
) -> None:
    made, other = record(), sha("another probe")
    shelf = store.folder / other[:3]
    shelf.mkdir(parents=True)
    (shelf / f"{other}.{digest(made)}.json").write_bytes(encode(made))

    assert store.find(other) == ()
    assert "filed under another probe" in reports[0]


def test_what_was_set_aside_is_mentioned_by_the_check(store: RecordStore) -> None:
    store.keep(record())
    only_file(store).write_text("{}")
    store.find(record().probe)

    (line,) = store.check()
    assert line.endswith("set aside earlier")


def test_threads_share_a_store(store: RecordStore) -> None:
    records = [record(attempt=n, says=f"{n}") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store.keep, records * 2))

    assert store.find(records[0].probe) == tuple(records)
    assert store.check() == ()


WRITER = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from fixproof.library.store import RecordStore
from fixproof.model.errors import PreparationError
from tests.support_evidence import record
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    RecordStore(Path(sys.argv[1])).keep(record(says="x" * 5000))
except PreparationError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def test_a_write_cut_short_by_the_disk_leaves_nothing(store: RecordStore) -> None:
    """A bound on the size of files makes a real write fail half-way, as a full disk does."""
    command = [sys.executable, "-c", WRITER, str(store.folder), "3000"]
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=root,
        env={**os.environ, "PYTHONPATH": f"src{os.pathsep}."},
    )  # fmt: skip

    assert ended.returncode == PreparationError.exit_code, ended.stderr
    assert "cannot be written: File too large" in ended.stdout
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []
    assert store.check() == ()


def test_a_full_disk_is_an_error_with_a_hint() -> None:
    """/dev/full refuses every write the way a full disk does; it cannot be renamed over."""
    full = Path("/dev/full")
    with pytest.raises(PreparationError, match="No space left on device") as caught, disk(full):
        full.write_bytes(b"x")

    assert "free some disk space" in (caught.value.hint or "")


@contextmanager
def immutable(folder: Path) -> Iterator[None]:
    """Nothing can be made below it, not even by root."""
    folder.mkdir()
    folder.chmod(0o500)
    try:
        yield
    finally:
        folder.chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_an_error_with_a_hint(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with immutable(folder), pytest.raises(PreparationError) as caught:
        RecordStore(folder / "records").keep(record())

    assert "FIXPROOF_CACHE" in (caught.value.hint or "")


def test_a_disk_error_that_is_nobodys_fault_still_says_what_happened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PreparationError) as caught:
        write_whole(tmp_path / "file" / "x", b"")

    assert os.strerror(errno.EEXIST) in str(caught.value)
