"""`fixproof site build`: from case folders to files, and what it refuses."""

import json
from pathlib import Path

import pytest

from fixproof.cli.main import main

CASE = """\
id = "wobble/7"
package = "wobble"
title = "It falls over"
bad = "1.0"

[narrative]
cause = "Nobody knows."
"""


def case_at(root: Path, text: str = CASE) -> Path:
    folder = root / "cases" / "pypi" / "wobble" / "7"
    folder.mkdir(parents=True)
    (folder / "case.toml").write_text(text)
    (folder / "repro.py").write_text("import wobble\n")
    return root / "cases"


def test_a_case_becomes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = case_at(tmp_path)

    assert main(["site", "build", str(tmp_path / "site"), "--cases", str(cases)]) == 0

    page = (tmp_path / "site/wobble/7/index.html").read_text()
    assert "It falls over" in page
    assert "import</span> wobble" in page
    assert "1 pages, 0 of 1 with evidence, 4 files" in capsys.readouterr().out


def test_no_path_of_this_machine_gets_into_a_page(tmp_path: Path) -> None:
    cases = case_at(tmp_path)
    main(["site", "build", str(tmp_path / "site"), "--cases", str(cases)])

    for file in (tmp_path / "site").rglob("*.*"):
        assert str(tmp_path) not in file.read_text()


def test_json_is_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = case_at(tmp_path)

    main(["site", "build", str(tmp_path / "site"), "--cases", str(cases), "--json"])

    assert json.loads(capsys.readouterr().out)["pages"] == 1


def test_a_missing_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["site", "build", str(tmp_path), "--cases", str(tmp_path / "none")])

    assert status == 2
    assert f"{tmp_path / 'none'}: no such folder" in capsys.readouterr().err


def test_a_folder_without_cases_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["site", "build", str(tmp_path / "site"), "--cases", str(tmp_path)]) == 4
    assert "no case found" in capsys.readouterr().err


def test_a_case_that_claims_what_nothing_backs_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = case_at(tmp_path, CASE.replace("bad =", 'status = "proven"\nbad ='))

    assert main(["site", "build", str(tmp_path / "site"), "--cases", str(cases)]) == 2
    assert "disagree" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = case_at(tmp_path)
    (tmp_path / "site").write_text("a file, not a folder")

    assert main(["site", "build", str(tmp_path / "site"), "--cases", str(cases)]) == 3
    assert "cannot be written" in capsys.readouterr().err
