"""Locks out of a real git repository, written by the real tool, compared by the verb itself."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from uv import find_uv_bin

from fixproof.cli.drift_options import declares
from fixproof.cli.wiring import edges
from fixproof.environments.interpreters import choose
from fixproof.model.environments import Environment, Request
from fixproof.model.runs import Job
from fixproof.workflows.drift_between import Pinned, find_between
from fixproof.workflows.drift_wish import Wish
from tests.support_index import LocalIndex

PYPROJECT = """\
[project]
name = "site"
version = "0.1"
requires-python = ">=3.9"
dependencies = ["app>=1", "filler0", "filler1", "filler2", "filler3"]
"""


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with LocalIndex() as served:
        for version, works, day in (("1.0", True, "2023-01-01"), ("2.0", False, "2023-03-01")):
            source = {"lib.py": f"works = {works}"}
            served.add("lib", version, uploaded=day, files=source)
        for version, day in (("1.0", "2023-01-01"), ("1.1", "2023-03-02")):
            served.add("app", version, uploaded=day, requires=["lib>=1"])
        for number in range(4):
            served.add(f"filler{number}", "1.0", uploaded="2023-01-01")
            served.add(f"filler{number}", "2.0", uploaded="2023-02-01")
        yield served


def run(folder: Path, index: LocalIndex, *command: str) -> str:
    told = {"UV_DEFAULT_INDEX": index.url, "UV_CONFIG_FILE": os.devnull}
    told |= {"UV_CACHE_DIR": str(folder.parent / "uv"), "UV_PYTHON": sys.executable}
    told |= {"FIXPROOF_CACHE": str(folder.parent / "cache"), "VIRTUAL_ENV": ""}
    ended = subprocess.run(
        command, cwd=folder, env={**os.environ, **told}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def locked_on(folder: Path, index: LocalIndex, day: str) -> None:
    """Lock as the tool would have on a day, and commit."""
    run(folder, index, find_uv_bin(), "lock", "--upgrade", "--exclude-newer", day)
    run(folder, index, "git", "add", ".")
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    run(folder, index, "git", *who, "commit", "-qm", f"lock of {day}")


def test_the_lock_at_two_revisions(tmp_path: Path, index: LocalIndex) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "prog.py").write_text("import lib\nassert lib.works, 'lib is broken'\n")
    run(folder, index, "git", "init", "-q")
    locked_on(folder, index, "2023-01-15T00:00:00Z")
    locked_on(folder, index, "2023-04-15T00:00:00Z")

    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    words = ("drift", "--good", "HEAD~1", "--bad", "HEAD", "--python", version, "--json")
    module = (sys.executable, "-m", "fixproof.cli.main")
    found: dict[str, Any] = json.loads(
        run(folder, index, *module, *words, "--", "python", "prog.py")
    )

    (culprit,) = found["culprits"]
    assert (culprit["package"], culprit["from"], culprit["to"]) == ("lib", "1.0", "2.0")
    assert culprit["uploaded"].startswith("2023-03-01T00:00:00")
    assert culprit["admitted_by"] == "app 1.1 declares lib>=1"
    assert found["remedy"] == ["lib==1.0"]
    assert found["verified"] is True
    assert run(folder, index, "git", "status", "--porcelain") == ""


WISHED = ("flask==1.1.4", "sphinx==4.4.0", "pytest", "requests", "ipython==8.0.1")
PROGRAM = b"from flask import Flask, render_template_string\nprint(Flask('x'))\n"


@pytest.mark.index
@pytest.mark.slow
def test_two_locks_of_a_real_project_of_many_packages() -> None:
    with edges(quiet=True) as world:
        interpreter = choose(world.environments.interpreters(), "3.9")
        ends = []
        for month in (2, 6):
            moment = datetime(2022, month, 1, tzinfo=UTC)
            asked = Request(requirements=WISHED, interpreter=interpreter, as_of=moment)
            lock = world.environments.resolve(asked)
            assert isinstance(lock, Environment)
            pins = tuple(f"{pin.name}=={pin.version}" for pin in lock.pins)
            ends.append(Pinned(label=f"{moment:%B}", pins=pins, roots=WISHED))
        job = Job(argv=("python", "prog.py"), files=(("prog.py", PROGRAM),))
        wish = Wish(requirements=(), interpreter=interpreter, job=job)
        found = find_between(world, wish, ends[0], ends[1], declares(world))

    assert min(len(end.pins) for end in ends) >= 25
    assert [(c.package, c.to) for c in found.culprits] == [("markupsafe", "2.1.1")]
    assert found.culprits[0].admitted_by == "jinja2 2.11.3 declares MarkupSafe>=0.23"
    assert found.verified
    assert found.probes <= 10
