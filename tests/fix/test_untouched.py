"""What is the user's stays byte for byte what it was, also when `fix` is killed."""

import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from tests.support_index import LocalIndex

PROGRAM = """
import pathlib, sys, lib
for spoiled in ("made.txt", "prog.py", "requirements.txt", ".venv/pyvenv.cfg", lib.__file__):
    try:
        pathlib.Path(spoiled).write_text("spoiled")
    except OSError:
        pass
assert lib.works, 'lib is broken'
"""
KILLS = 6


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with LocalIndex() as served:
        for number in range(1, 7):
            source = {"lib.py": f"works = {number < 3}"}
            day = f"2023-0{number}-01"
            served.add("lib", f"{number}.0", uploaded=day, files=source)
        yield served


@pytest.fixture
def project(tmp_path: Path, index: LocalIndex) -> Path:
    """A git repository with a virtual environment in it, the broken release installed."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "prog.py").write_text(PROGRAM)
    (folder / "requirements.txt").write_text("lib\n")
    (folder / ".gitignore").write_text(".venv\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=folder, check=True)
    broken = index.add("spare", "1.0", files={"lib.py": "works = False"}).content
    (packages,) = folder.glob(".venv/lib/python*/site-packages")
    with zipfile.ZipFile(BytesIO(broken)) as wheel:
        wheel.extractall(packages)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x")
    return folder


def git(folder: Path, *words: str) -> str:
    command = ["git", "--no-optional-locks", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def start(project: Path, index: LocalIndex, cache: Path) -> subprocess.Popen[bytes]:
    told = {
        "FIXPROOF_CACHE": str(cache),
        "UV_DEFAULT_INDEX": index.url,
        "UV_CONFIG_FILE": os.devnull,
        "VIRTUAL_ENV": str(project / ".venv"),
    }
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    command = [sys.executable, "-m", "fixproof.cli.main", "fix", "--python", version]
    return subprocess.Popen(
        [*command, "--as-of", "2023-12-01", "--quiet", "--", "python", "prog.py"],
        cwd=project,
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def snapshot(folder: Path) -> Mapping[str, tuple[object, ...]]:
    """Everything below a folder: kind, permissions, time, and content or aim."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content = b""
        if path.is_symlink():
            content = os.fsencode(path.readlink())
        elif path.is_file():
            content = path.read_bytes()
        told = (facts.st_mode, facts.st_mtime_ns, sha256(content).hexdigest())
        found[str(path.relative_to(folder))] = told
    return found


@pytest.mark.slow
def test_repository_and_environment_stay_as_they_are(
    project: Path, index: LocalIndex, tmp_path: Path
) -> None:
    before, status = snapshot(project), git(project, "status", "--porcelain")
    began = time.monotonic()
    whole = start(project, index, tmp_path / "cache")
    said, _ = whole.communicate()
    seconds = time.monotonic() - began

    assert whole.returncode == 0
    assert b"lib<3" in said
    assert snapshot(project) == before
    assert git(project, "status", "--porcelain") == status == ""

    for number in range(KILLS):
        moment = random.uniform(0, seconds)
        process = start(project, index, tmp_path / f"cache-{number}")
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert snapshot(project) == before, f"killed after {moment} s"

    after = start(project, index, tmp_path / "cache-0")
    assert b"lib<3" in after.communicate()[0]
    assert snapshot(project) == before
    assert git(project, "status", "--porcelain") == ""
