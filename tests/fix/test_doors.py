"""The verbs themselves, as a user calls them: nothing of his is touched unless he says so."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fixproof.library.index import Entry, Index
from fixproof.library.index_schema import file_name
from fixproof.signature import parse
from fixproof.signature.features import features_of
from fixproof.signature.known import Known
from tests.support_index import LocalIndex

PROGRAM = "import lib\nopen('made.txt', 'w').write('x')\nassert lib.works, 'lib is broken'\n"
REQUIREMENTS = "# ours\nlib  # whatever is newest\n"


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with LocalIndex() as served:
        served.add("lib", "1.0", uploaded="2023-01-01", files={"lib.py": "works = True"})
        served.add("lib", "2.0", uploaded="2023-03-01", files={"lib.py": "works = False"})
        yield served


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "prog.py").write_text(PROGRAM)
    (folder / "requirements.txt").write_text(REQUIREMENTS)
    return folder


def call(
    project: Path, index: LocalIndex, *words: str, prefix: Path | None = None
) -> subprocess.CompletedProcess[str]:
    told = {
        "VIRTUAL_ENV": str(prefix or ""),
        "FIXPROOF_CACHE": str(project.parent / "cache"),
        "UV_DEFAULT_INDEX": index.url,
        "UV_CONFIG_FILE": os.devnull,
    }
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return subprocess.run(
        [sys.executable, "-m", "fixproof.cli.main", *words[:1], "--python", version, *words[1:]],
        cwd=project,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )


def tree(folder: Path) -> Mapping[str, tuple[str, int]]:
    """Everything below a folder: content and time."""
    return {
        str(path.relative_to(folder)): (
            sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def document(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert ended.stdout, ended.stderr
    return dict(json.loads(ended.stdout))


COMMAND = ("--json", "--", "python", "prog.py")


def test_drift_prints_one_document_and_touches_nothing(project: Path, index: LocalIndex) -> None:
    before = tree(project)
    ended = call(project, index, "drift", "--good", "2023-01-10", "--bad", "2023-05-01", *COMMAND)
    found = document(ended)

    assert ended.returncode == 0
    assert [(c["package"], c["from"], c["to"]) for c in found["culprits"]] == [
        ("lib", "1.0", "2.0")
    ]
    assert found["culprits"][0]["uploaded"].startswith("2023-03-01T00:00:00")
    assert found["remedy"] == ["lib<2"]
    assert found["verified"] is True
    assert tree(project) == before


def test_fix_touches_nothing_without_being_told(project: Path, index: LocalIndex) -> None:
    before = tree(project)
    ended = call(project, index, "fix", "--as-of", "2023-05-01", *COMMAND)
    found = document(ended)

    assert ended.returncode == 0
    assert found["requirement_lines"] == ["lib<2"]
    assert found["changes"] == [{"package": "lib", "from": "2.0", "to": "1.0"}]
    assert found["command_exit"] == 1
    assert tree(project) == before


def test_fix_writes_where_the_requirement_stands(project: Path, index: LocalIndex) -> None:
    ended = call(project, index, "fix", "--as-of", "2023-05-01", "--write", *COMMAND)

    assert document(ended)["written"] == [str(project / "requirements.txt")]
    assert (project / "requirements.txt").read_text() == "# ours\nlib<2  # whatever is newest\n"
    assert sorted(path.name for path in project.iterdir()) == ["prog.py", "requirements.txt"]


def test_fix_writes_into_the_projects_own_file_and_says_what_is_left_to_do(
    project: Path, index: LocalIndex
) -> None:
    for version, requires in (("1.0", ["lib"]), ("1.1", ["lib<2"])):
        index.add("app", version, uploaded="2023-01-01", requires=requires)
    (project / "requirements.txt").unlink()
    before = '[project]\nname = "x"\ndependencies = ["app==1.0"]  # ours\n\n[tool.uv]\n'
    (project / "pyproject.toml").write_text(before)
    (project / "pyproject.toml").chmod(0o600)
    found = document(call(project, index, "fix", "--as-of", "2023-05-01", "--write", *COMMAND))

    assert found["requirement_lines"] == ["app==1.1"]
    assert (project / "pyproject.toml").read_text() == before.replace("app==1.0", "app==1.1")
    assert (project / "pyproject.toml").stat().st_mode & 0o777 == 0o600
    assert "now run: uv sync" in found["notes"]


def test_fix_bounds_what_the_project_does_not_name_as_uv_would(
    project: Path, index: LocalIndex
) -> None:
    index.add("app", "1.0", uploaded="2023-01-01", requires=["lib"])
    (project / "requirements.txt").unlink()
    before = '[project]\nname = "x"\ndependencies = ["app"]\n\n[tool.uv]\n'
    (project / "pyproject.toml").write_text(before)
    words = ("fix", "--as-of", "2023-05-01", "--write", *COMMAND)
    assert document(call(project, index, *words))["requirement_lines"] == ["lib<2"]

    bound = 'constraint-dependencies = [\n    "lib<2",\n]\n'
    assert (project / "pyproject.toml").read_text() == before + bound
    again = call(project, index, *words)
    assert again.returncode == 1
    assert "works in a clean copy" in again.stderr


def test_fix_refuses_to_write_where_there_is_no_file(tmp_path: Path, index: LocalIndex) -> None:
    metadata = tmp_path / "env/lib/python3.11/site-packages/lib-2.0.dist-info"
    metadata.mkdir(parents=True)
    (tmp_path / "work").mkdir()
    ended = call(tmp_path / "work", index, "fix", "--write", *COMMAND, prefix=tmp_path / "env")

    assert ended.returncode == 2
    assert "no file here states what is required" in ended.stderr


SAID = """Traceback (most recent call last):
  File "prog.py", line 2, in <module>
    lib.use()
  File "/venv/lib/python3.11/site-packages/lib.py", line 2, in use
    raise RuntimeError("the pool of connections is exhausted")
RuntimeError: the pool of connections is exhausted
"""
USE = "def use():\n    raise RuntimeError('the pool of connections is exhausted')\n"


def test_fix_asks_the_library_and_the_index_what_they_know(
    project: Path, index: LocalIndex
) -> None:
    index.add("lib", "3.0", uploaded="2023-03-02", files={"lib.py": USE})
    for number in range(1, 5):
        index.add("lib", f"3.{number}", uploaded="2023-04-01", files={"lib.py": "use = print"})
        index.advise("lib", f"3.{number}", *(["TEST-1"] if number < 3 else []))
    known = Known(key="lib/7", title="pool", package="lib", fix="lib>=3.2", last_bad="3.1")
    entry = Entry(known=known, features=features_of(parse(SAID), "pool", "lib"), source="here")
    with Index.writing(project.parent / "cache" / "index" / file_name()) as library:
        library.put([entry])
    (project / "requirements.txt").write_text("lib==3.0\n")
    (project / "prog.py").write_text("import lib\nlib.use()\n")
    found = document(call(project, index, "fix", "--as-of", "2023-05-01", "--quick", *COMMAND))

    assert found["known"] == "lib/7"
    assert found["requirement_lines"] == ["lib==3.3"]
    assert found["vulnerabilities"] == "checked"


def test_a_broken_library_costs_its_advice_and_nothing_else(
    project: Path, index: LocalIndex
) -> None:
    path = project.parent / "cache" / "index" / file_name()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no index" * 999)
    ended = call(project, index, "fix", "--as-of", "2023-05-01", "--quick", *COMMAND)

    assert document(ended)["requirement_lines"] == ["lib<2"]
    assert "warning: known failures left out" in ended.stderr


def test_fix_without_a_way_out_returns_one(project: Path, index: LocalIndex) -> None:
    (project / "prog.py").write_text("raise SystemExit('never worked')")
    ended = call(project, index, "fix", "--as-of", "2023-05-01", *COMMAND)

    assert ended.returncode == 1
    assert document(ended)["requirement_lines"] == []


def test_a_variable_that_was_kept_from_the_command_is_hinted_at(
    project: Path, index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "secret")
    (project / "prog.py").write_text("import os\nos.environ['SERVICE_TOKEN']\n")
    words = ("fix", "--as-of", "2023-05-01")
    ended = call(project, index, *words, "--quiet", "--", "python", "prog.py")
    given = call(project, index, *words, "--env", "SERVICE_TOKEN", *COMMAND)

    assert ended.returncode == 1
    assert (
        "SERVICE_TOKEN, which is set here and was not passed: --env SERVICE_TOKEN" in ended.stdout
    )
    assert "probably not a dependency: the same failure also occurs with" in ended.stdout
    assert "secret" not in ended.stdout
    assert "works in a clean copy" in given.stderr


def test_a_failure_for_want_of_the_network_is_hinted_at(project: Path, index: LocalIndex) -> None:
    program = "import urllib.request\nurllib.request.urlopen('http://example.invalid/')\n"
    (project / "prog.py").write_text(program)
    found = document(call(project, index, "fix", "--as-of", "2023-05-01", *COMMAND))

    assert any("--allow-network" in note for note in found["notes"])
    assert not any("probably not a dependency" in note for note in found["notes"])


def test_a_changed_program_is_tried_anew(project: Path, index: LocalIndex) -> None:
    words = ("drift", "--good", "2023-01-10", "--bad", "2023-05-01", *COMMAND)
    assert call(project, index, *words).returncode == 0
    (project / "prog.py").write_text("print('fine')")

    assert "both ends show the same" in call(project, index, *words).stderr


def test_two_lock_files_are_compared(project: Path, index: LocalIndex) -> None:
    (project / "good.txt").write_text("lib==1.0\n")
    (project / "bad.txt").write_text("lib==2.0\n")
    ended = call(project, index, "drift", "--good", "good.txt", "--bad", "bad.txt", *COMMAND)

    assert [(c["package"], c["to"]) for c in document(ended)["culprits"]] == [("lib", "2.0")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("drift", "--good", "2023-01-10"), "no command"),
        (("drift", "--good", "soon", "--", "python", "prog.py"), "not a date"),
        (
            ("drift", "--good", "requirements.txt", "--", "python", "prog.py"),
            "nothing is pinned in it",
        ),
        (("fix", "--env", "NOT_SET_ANYWHERE", "--", "python", "prog.py"), "not set"),
    ],
)
def test_misuse_is_told_with_status_two(
    project: Path, index: LocalIndex, words: tuple[str, ...], said: str
) -> None:
    ended = call(project, index, *words)

    assert ended.returncode == 2
    assert said in ended.stderr


TELLS = (
    "import os, lib\n"
    "print('using', os.environ['SHOP_TOKEN'], os.environ['COLOUR'])\n"
    "assert lib.works, 'refused: ' + os.environ['SHOP_TOKEN'] + ' ' + open('pip.conf').read()\n"
)


def kept_text(project: Path) -> str:
    records = (project.parent / "cache" / "records").rglob("*.json")
    return "".join(path.read_text() for path in records)


def test_what_is_secret_is_neither_printed_nor_kept(
    project: Path, index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that the command was given, and a password of the index that lies in the project."""
    (project / "prog.py").write_text(TELLS)
    (project / "pip.conf").write_text("the index wants hunter2hunter2")
    monkeypatch.setenv("SHOP_TOKEN", "t0k3nt0k3n")
    monkeypatch.setenv("COLOUR", "ultramarine")
    address = index.url.replace("://", "://me:hunter2hunter2@")
    monkeypatch.setattr(LocalIndex, "url", address)

    ended = call(
        project, index, "fix", "--env", "SHOP_TOKEN", "--env", "COLOUR", "--as-of", "2023-06-01",
        "--json", "--", "python", "prog.py",
    )  # fmt: skip

    found = document(ended)
    assert found["verified"], ended.stderr
    assert found["failure"]["says"] == "AssertionError: refused: … the index wants …"
    assert "<withheld>" in ended.stdout + kept_text(project)
    kept = b"".join(p.read_bytes() for p in (project.parent / "cache").rglob("*") if p.is_file())
    said = f"{ended.stdout}{ended.stderr}".encode()
    for secret in (b"t0k3nt0k3n", b"hunter2hunter2"):
        assert secret not in kept
        assert secret not in said
    assert b"ultramarine" in kept
