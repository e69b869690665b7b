"""The main job against the real package index, through the command line."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fixproof.library.published import schema

ROOT = Path(__file__).parents[2]
CASE = ROOT / "cases/pypi/starlette/1255"

pytestmark = pytest.mark.index


def called(*words: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "fixproof", *words, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, document


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIXPROOF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.usefixtures("own_cache")
def test_bisect_finds_the_flagship_boundaries_within_the_bound() -> None:
    words = ("bisect", str(CASE / "repro.py"), "-p", "starlette", "--bad", "0.16.0")
    status, found = called(*words, "--as-of", "2022-01-01")

    jsonschema.validate(found, json.loads(schema("bisect")))
    bounds = (found["introduced"], found["last_bad"], found["first_fixed"])
    assert (status, bounds) == (0, ("0.15.0", "0.16.0", "0.17.0"))
    assert {row["exit"] for row in found["outcomes"] if row["runs"]} == {1}
    assert found["probes"] <= 11


@pytest.mark.usefixtures("own_cache")
@pytest.mark.timeout(1200)
def test_prove_isolates_one_change_of_seventeen_and_its_claims_hold(tmp_path: Path) -> None:
    case = tmp_path / "case"
    shutil.copytree(CASE, case)

    status, proof = called("prove", str(case))

    jsonschema.validate(proof, json.loads(schema("prove")))
    assert (status, proof["status"]) == (0, "proven")
    assert (proof["isolation"]["hunks_needed"], proof["isolation"]["hunks_total"]) == (1, 17)
    assert proof["isolation"]["hunks"][0]["file"] == "starlette/middleware/base.py"
    assert {option["verdict"] for option in proof["options"]} == {"passes"}
    assert called("prove", "--check", str(case)) == (0, {"checked": 1, "problems": {str(case): []}})


def test_the_evidence_in_the_repository_holds() -> None:
    assert called("prove", "--check", str(CASE))[0] == 0


@pytest.mark.usefixtures("own_cache")
def test_drift_names_the_upload_that_broke_a_pinned_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").write_text("black==22.1.0\n")
    monkeypatch.chdir(tmp_path)
    words = [sys.executable, "-m", "fixproof", "drift", "-r", "requirements.txt", "--json"]
    words += ["--good", "2022-03-20", "--bad", "2022-04-10", "--", "python", "-m", "black"]

    done = subprocess.run([*words, "--version"], capture_output=True, text=True, check=False)

    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads(schema("drift")))
    assert [(c["package"], c["to"]) for c in found["culprits"]] == [("click", "8.1.0")]
    assert found["verified"]
