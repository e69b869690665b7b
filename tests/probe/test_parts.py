"""The parts around a run: what is taken from it, removed after it, and said about it."""

import os
from pathlib import Path

import pytest

from fixproof.model.errors import InputError
from fixproof.model.runs import Limit, Limits
from fixproof.probe import cgroups
from fixproof.probe.artifacts import read_artifact
from fixproof.probe.meters import ProcessMeter, descendants, disk_used, usage
from fixproof.probe.projects import copy_project
from fixproof.probe.suspects import suspects
from fixproof.probe.trees import remove_tree
from fixproof.probe.users import own_user


def test_a_result_is_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"content")
    (tmp_path / "link").symlink_to("good")
    (tmp_path / "twice").write_bytes(b"x")
    (tmp_path / "again").hardlink_to(tmp_path / "twice")
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo")

    assert read_artifact(tmp_path, "good", limit=7) == b"content"
    for name in ("link", "twice", "directory", "fifo", "absent", "../good", "", ".."):
        with pytest.raises(InputError):
            read_artifact(tmp_path, name, limit=100)
    with pytest.raises(InputError, match="longer"):
        read_artifact(tmp_path, "good", limit=6)


def test_a_tree_is_removed_however_deep(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    (tmp_path / "kept").write_text("x")
    (top / "link").symlink_to(tmp_path / "kept")
    (top / "up").symlink_to("..")
    sealed = top / "sealed"
    sealed.mkdir()
    (sealed / "file").write_text("x")
    sealed.chmod(0)
    here = os.open(top, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("deep", dir_fd=here)
        below = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)

    remove_tree(top)
    remove_tree(top)  # nothing there is nothing to do

    assert [p.name for p in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept").read_text() == "x"


def test_a_copy_is_faithful_and_apart(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "a" / "b").mkdir(parents=True)
    (source / "a" / "b" / "big").write_bytes(bytes(range(256)) * 5000)
    (source / "run.sh").write_text("#!/bin/sh\n")
    (source / "run.sh").chmod(0o755)
    (source / "empty").touch()
    (source / "away").symlink_to("/etc/hostname")
    (source / "env").mkdir()
    (source / "env" / "pyvenv.cfg").touch()
    os.mkfifo(source / "fifo")
    os.utime(source / "run.sh", (1, 1))

    copy_project(source, tmp_path / "copy", None)
    copy = tmp_path / "copy"

    assert sorted(p.name for p in copy.rglob("*")) == ["a", "away", "b", "big", "empty", "run.sh"]
    assert (copy / "a/b/big").read_bytes() == (source / "a/b/big").read_bytes()
    assert (copy / "run.sh").stat().st_mode == (source / "run.sh").stat().st_mode
    assert (copy / "run.sh").stat().st_mtime == 1
    assert (copy / "away").readlink() == Path("/etc/hostname")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", "network"),
        ("OSError: [Errno 101] Network is unreachable", "network"),
        ("OSError: [Errno 30] Read-only file system: 'x'", "read-only file system"),
        ("PermissionError: [Errno 1] Operation not permitted", "permission"),
        ("OSError: [Errno 38] Function not implemented", "system call"),
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("RuntimeError: can't start new thread", "processes"),
        ("MemoryError", "memory"),
        ("OSError: [Errno 24] Too many open files", "open files"),
    ],
)
def test_a_sign_is_recognised(said: str, expected: str) -> None:
    assert suspects(said, failed=True, network=False) == (expected,)
    assert suspects(said, failed=False, network=False) == ()


def test_signs_depend_on_what_the_sandbox_refused() -> None:
    offline = "OSError: [Errno 101] Network is unreachable"
    denied = "PermissionError: [Errno 13] Permission denied: '/tmp/x'"

    assert suspects(offline, failed=True, network=True) == ()
    assert suspects(denied, failed=True, network=False) == ()
    assert suspects(denied, failed=True, network=False, landlock=True) == ("permission",)
    assert suspects("", failed=True, network=False, limit=Limit.WALL) == ("wall time",)
    assert suspects("ValueError: 1", failed=True, network=False) == ()


def test_users_are_lent_to_one_run_at_a_time() -> None:
    with own_user() as first, own_user() as second:
        if os.geteuid() != 0:
            assert first is second is None
        else:
            assert first != second
    with own_user() as again:
        assert again == first


def test_a_process_is_measured_with_its_children() -> None:
    child = os.fork()
    if child == 0:
        os.read(os.pipe()[0], 1)
        os._exit(0)
    try:
        used = usage(os.getpid())
        assert used is not None
        assert used.memory > 1024**2
        assert used.threads >= 1
        assert child in set(descendants(os.getpid()))
        meter = ProcessMeter(root=os.getpid(), limits=Limits(memory=1024))
        assert meter.exceeded() is Limit.MEMORY
        assert ProcessMeter(root=os.getpid(), limits=Limits(cpu=0.0)).exceeded() is Limit.CPU
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert usage(child) is None


def test_empty_files_count_on_the_disk(tmp_path: Path) -> None:
    before = disk_used(tmp_path)
    for number in range(50):
        (tmp_path / str(number)).touch()

    assert disk_used(tmp_path) > before


def test_groups_are_made_limited_and_removed() -> None:
    group = cgroups.Group.make(Limits(memory=123 * 4096 * 1024, processes=7))
    made = list(group._made.values())
    try:
        if not made:
            pytest.skip("no control groups are delegated here")
        assert group.remembered() is None
        assert group.exceeded() is None
        for path in made:
            limit = path / "pids.max"
            if limit.exists():
                assert limit.read_text() == "10\n"
    finally:
        group.remove()
    assert not [path for path in made if path.exists()]
