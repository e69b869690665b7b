"""The verb as people use it: files, standard input, a failing command, imports, cases."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from fixproof.cli.main import main
from tests.support_samples import sample, samples

CASE = """
id = "orchard/weight"
package = "orchard"
title = "A basket has no weight"
status = "reported"
bad = "1.4"
[report]
url = "https://example.org/orchard/1"
title = "No weight"

[summary]
introduced = "1.2"
last_bad = "1.4"
first_fixed = "1.5"

[narrative]
symptom = "AttributeError: 'Basket' object has no attribute 'weight' in orchard/press.py"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIXPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _case(here: Path, text: str = CASE) -> None:
    folder = here / "cases" / "pypi" / "orchard" / "weight"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.toml").write_text(text)
    (folder / "repro.py").write_text("import orchard\n")


def _json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["explain", "--json", *words]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def _feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    class Standard:
        buffer = io.BytesIO(text.encode())

        @staticmethod
        def isatty() -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", Standard)


def test_every_sample_is_told_with_type_root_and_frames(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in samples():
        (here / "said.txt").write_text(one.text)
        failure = _json(capsys, "said.txt")["failure"]
        truth = one.truth

        assert failure["type"].rsplit(".", 1)[-1] in truth.get("types", [truth.get("type")])
        if "root" in truth:
            assert failure["root"]["type"].rsplit(".", 1)[-1] == truth["root"]
        if "frames" in truth:
            ours = [f for f in failure["root"]["frames"] if f.startswith("orchard")]
            assert ours == truth["frames"], one.name


def test_a_case_is_recognised_with_its_fix_and_whether_it_is_yours(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _case(here)
    site = here / ".venv/lib/python3.12/site-packages"
    (site / "orchard-1.3.dist-info").mkdir(parents=True)
    (here / "said.txt").write_text(sample("attribute-3.12").text)

    match = _json(capsys, "said.txt")["matches"][0]

    assert match["case"] == "orchard/weight"
    assert match["affected"] is True
    assert match["fix"] == "orchard>=1.5"
    assert match["url"] == "https://example.org/orchard/1"
    assert match["status"] == "reported"
    assert match["score"] >= 0.5
    assert "weight" in match["reason"]


def test_changed_and_removed_cases_are_followed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _case(here)
    (here / "said.txt").write_text(sample("attribute-3.12").text)
    assert _json(capsys, "said.txt")["matches"][0]["title"] == "A basket has no weight"

    _case(here, CASE.replace("has no weight", "weighs nothing at all"))
    assert _json(capsys, "said.txt")["matches"][0]["title"] == "A basket weighs nothing at all"

    (here / "cases/pypi/orchard/weight/case.toml").unlink()
    document = _json(capsys, "said.txt")
    assert document["matches"] == []
    assert document["compared"] == 0


def test_standard_input_and_imports(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = {
        "id": "farm/orchard#7",
        "package": "orchard",
        "title": "weight",
        "text": sample("attribute-3.9").text,
        "source": "https://example.org/7",
    }
    (here / "issues.jsonl").write_text(json.dumps(issue) + "\n\n")
    _feed(monkeypatch, sample("pytest_auto").text)

    match = _json(capsys, "--import", "issues.jsonl")["matches"][0]

    assert (match["case"], match["url"]) == ("farm/orchard#7", "https://example.org/7")
    assert match["affected"] is None


def test_a_bad_import_names_the_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "issues.jsonl").write_text('{"id": "a"}\n{"no": 1}\n')
    (here / "said.txt").write_text("x")

    assert main(["explain", "--import", "issues.jsonl", "said.txt"]) == 2
    assert "issues.jsonl:2" in capsys.readouterr().err


def test_a_failing_command_is_run_shown_and_explained(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = "import sys; print('starting'); raise KeyError('oak')"

    assert main(["explain", "--json", "--", sys.executable, "-c", program]) == 0

    said = capfd.readouterr()
    document = json.loads(said.out)
    assert document["command"] == {"exit": 1}
    assert document["failure"]["type"] == "KeyError"
    assert "starting" in said.err
    assert "KeyError: 'oak'" in said.err


def test_a_command_that_works_leaves_nothing_to_explain(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--", sys.executable, "-c", "pass"]) == 0
    assert "nothing to explain" in capfd.readouterr().err


def test_people_read_what_was_found_and_what_was_not(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _case(here)
    (here / "known.txt").write_text(sample("attribute-3.12").text)
    (here / "unknown.txt").write_text(sample("json-3.12").text)

    assert main(["explain", "known.txt"]) == 0
    known = capsys.readouterr().out
    assert main(["explain", "unknown.txt"]) == 0
    unknown = capsys.readouterr().out

    assert "orchard/weight" in known
    assert "fix      orchard>=1.5" in known
    assert "nothing known: compared with 1 known failures" in unknown


def test_a_missing_file_is_the_callers_fault(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "nowhere.txt"]) == 2
    assert "nowhere.txt" in capsys.readouterr().err
