"""Whole verbs in trouble: disks full or read-only, clocks that jumped, an index that errs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixproof.library.store import RecordStore
from tests.support_index import Fault, LocalIndex

MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"
PROGRAM = "import lib\nassert lib.works, 'lib is broken'\n"
DAY = 24 * 3600.0
KIB = 1024


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project whose `fix` is to take lib back to 1.0, and a cache."""

    folder: Path
    cache: Path
    index: LocalIndex

    def fix(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(sys.executable, "-m", "fixproof.cli.main", "fix", "--python", MINOR, "--json"),
                *("--quick", "--as-of", "2023-06-01", "--", "python", "prog.py"),
            ],
            cwd=self.folder,
            env={
                **os.environ,
                "FIXPROOF_CACHE": str(self.cache),
                "UV_DEFAULT_INDEX": self.index.url,
                "UV_CONFIG_FILE": os.devnull,
                "UV_HTTP_RETRIES": "0",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def is_right(self, ended: subprocess.CompletedProcess[str]) -> bool:
        if ended.returncode:
            return False
        found = json.loads(ended.stdout)
        return bool(found["verified"]) and found["requirement_lines"] == ["lib<2"]

    def faults(self) -> list[str]:
        """What is corrupt, or was left half-done."""
        left = [str(path) for path in (self.cache / "scratch").glob("*") if path.is_dir()]
        return [*RecordStore(self.cache / "records").check(), *left]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with LocalIndex() as index:
        index.add("lib", "1.0", uploaded="2023-01-01", files={"lib.py": "works = True"})
        index.add("lib", "2.0", uploaded="2023-03-01", files={"lib.py": "works = False"})
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "prog.py").write_text(PROGRAM)
        (folder / "requirements.txt").write_text("lib\n")
        yield Project(folder=folder, cache=tmp_path / "cache", index=index)


@contextmanager
def disk(folder: Path, kib: int) -> Iterator[Callable[[str], None]]:
    """Mount a real small disk; yields what changes its options."""
    folder.mkdir(parents=True, exist_ok=True)
    told = f"mode=755,size={kib}k"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", told, "tmpfs", folder], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("mounting is not permitted here")

    def again(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)

    try:
        yield again
    finally:
        subprocess.run(["umount", folder], check=True)


def told_properly(ended: subprocess.CompletedProcess[str]) -> bool:
    """An error with a hint, no traceback, nothing on standard output."""
    lines = ended.stderr.strip().splitlines()
    return (
        ended.returncode == 3
        and not ended.stdout
        and "Traceback" not in ended.stderr
        and any(line.startswith("error: ") for line in lines)
        and any(line.startswith("hint: ") for line in lines)
    )


def test_a_disk_that_fills_up_anywhere_is_an_error_and_loses_nothing(project: Project) -> None:
    """Sizes from far too small to enough: each ends in an error with a hint, or is right."""
    with disk(project.cache, 16) as again:
        seen = []
        for kib in (16, 48, 96, 160, 256, 384, 512, 20 * KIB, 200 * KIB):
            again(f"size={kib}k")
            ended = project.fix()
            assert project.faults() == [], kib
            right = project.is_right(ended)
            assert right or told_properly(ended), (kib, ended.stdout, ended.stderr)
            seen.append(right)
            if right:
                break
        assert not seen[0]
        assert seen[-1]


def test_a_disk_that_became_read_only_is_an_error(project: Project) -> None:
    with disk(project.cache, 200 * KIB) as again:
        assert project.is_right(project.fix())
        again("ro")
        refused = project.fix()
        again("rw")

        assert told_properly(refused), refused.stderr
        assert "FIXPROOF_CACHE" in refused.stderr
        assert project.is_right(project.fix())


@pytest.mark.parametrize("jump", [-4000 * DAY, 4000 * DAY])
def test_a_clock_that_jumped_changes_no_answer(project: Project, jump: float) -> None:
    """What was kept seems to be from the future, or from long ago: nothing is lost or wrong."""
    assert project.is_right(project.fix())
    kept = set(RecordStore(project.cache / "records").digests())
    for path in project.cache.rglob("*"):
        if "store" not in path.parts:  # an unpacked file's time is part of what it is
            status = path.lstat()
            os.utime(path, (status.st_atime + jump, status.st_mtime + jump), follow_symlinks=False)

    ended = project.fix()

    assert project.is_right(ended), ended.stderr
    assert set(RecordStore(project.cache / "records").digests()) == kept, "nothing was run again"
    assert project.faults() == []


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        *((fault, "/simple/lib") for fault in Fault if fault is not Fault.GONE),
        (Fault.BUSY, ".whl"),
        (Fault.DOWN, ".whl"),
        (Fault.TRUNCATES, ".whl"),
    ],
)
def test_an_index_that_errs_for_a_moment_changes_no_answer(
    fault: Fault, path: str, project: Project
) -> None:
    """What arrived wrong is asked for again, or the call ends in an error; never a wrong answer."""
    project.index.fail(path, fault, fault)

    ended = project.fix()

    assert project.is_right(ended) or told_properly(ended), (ended.stdout, ended.stderr)
    assert project.faults() == []
    project.index.mend()
    assert project.is_right(project.fix())


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LIES])
def test_an_index_that_keeps_erring_is_an_error_and_nothing_wrong_is_kept(
    fault: Fault, project: Project
) -> None:
    project.index.fail("lib", *[fault] * 1000)
    ended = project.fix()
    project.index.mend()

    assert told_properly(ended), (ended.stdout, ended.stderr)
    assert not list(RecordStore(project.cache / "records").digests())
    assert project.is_right(project.fix())
