"""A case's folder after `prove`: statement and summary written, found again, checked."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fixproof.evidence.record import digest
from fixproof.evidence.statement import Statement
from fixproof.library.cases import read_case
from fixproof.library.evidence import check_case, read_evidence, scripts_of, write_evidence
from fixproof.model.cases import Case, Status
from fixproof.model.errors import InputError
from tests.support_proof import SCRIPTS, statement

MADE = statement()
TOML = """\
# what people wrote
id = "demo/7"
package = "Demo"   # as its authors spell it
title = "demo says oops"
bad = "1.2"

[[options]]
id = "upgrade"
kind = "upgrade"
title = "Upgrade"
when = "Always."
when_not = "Never."
requirement = "demo>=1.5"

[[options]]
id = "backport"
kind = "backport"
title = "Patch"
when = "Rarely."
when_not = "Often."

[[options]]
id = "around"
kind = "workaround"
title = "Walk"
when = "Now."
when_not = "Later."
script = "around.py"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "case.toml").write_text(TOML)
    for name, content in SCRIPTS.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def prove(folder: Path, made: Statement = MADE) -> tuple[Path, Case]:
    path = write_evidence(folder, read_case(folder), made)
    return path, read_case(folder)


def test_a_proven_case_checks_clean(folder: Path) -> None:
    path, case = prove(folder)

    assert check_case(folder) == ()
    assert case.status is Status.PROVEN
    assert case.summary.first_fixed == "1.5"
    assert case.summary.evidence == path.name
    found = read_evidence(folder, case)
    assert found is not None
    assert found.proof == MADE.proof
    assert {digest(record) for record in found.records.values()} == set(found.records)


def test_proving_again_without_anything_new_changes_no_byte(folder: Path) -> None:
    path, _ = prove(folder)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    later = replace(MADE, proof=replace(MADE.proof, proved=None, tool="fixproof 1"))

    assert prove(folder, later)[0] == path
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_a_new_finding_is_a_new_file_and_the_old_one_stays(folder: Path) -> None:
    old, _ = prove(folder)
    found = replace(MADE.proof.bisection, notes=("another interpreter",))
    new, case = prove(folder, replace(MADE, proof=replace(MADE.proof, bisection=found)))

    assert new != old
    assert old.exists()
    assert case.summary.evidence == new.name
    assert check_case(folder) == ()


def test_damaged_evidence_is_written_anew(folder: Path) -> None:
    path, _ = prove(folder)
    path.write_bytes(path.read_bytes()[:-10])
    assert check_case(folder) != ()

    prove(folder)
    assert check_case(folder) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('status = "proven"', 'status = "bisected"'),
        ('first_fixed = "1.5"', 'first_fixed = "1.4"'),
        ('introduced = "1.1"\n', ""),
        ('digest = "', 'digest = "0'),
        ('\nbad = "1.2"', '\nbad = "1.1"'),
        ('requirement = "demo>=1.5"', 'requirement = "demo<1"'),
    ],
)
def test_an_edited_case_does_not_check(folder: Path, old: str, new: str) -> None:
    prove(folder)
    path = folder / "case.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))

    assert check_case(folder) != ()


def test_an_edited_statement_does_not_check(folder: Path) -> None:
    path, _ = prove(folder)
    document = json.loads(path.read_bytes())
    path.write_text(json.dumps(document))

    assert any("digest" in problem for problem in check_case(folder))


def test_a_missing_statement_does_not_check(folder: Path) -> None:
    path, case = prove(folder)
    path.unlink()

    assert "cannot be read" in check_case(folder)[0]
    with pytest.raises(InputError, match="cannot be read"):
        read_evidence(folder, case)


def test_a_case_without_evidence_may_claim_nothing(folder: Path) -> None:
    assert check_case(folder) == ()
    assert read_evidence(folder, read_case(folder)) is None

    (folder / "case.toml").write_text(TOML.replace('bad = "1.2"', 'bad = "1.2"\nstatus = "proven"'))
    assert check_case(folder) == ("case.toml: it claims what no evidence backs",)


def test_evidence_lies_beside_its_case_only(folder: Path) -> None:
    prove(folder)
    text = (folder / "case.toml").read_text()
    (folder / "case.toml").write_text(text.replace('evidence = "', 'evidence = "../../'))

    assert "not the name of a file" in check_case(folder)[0]


def test_a_reproduction_of_several_files_is_read_whole(folder: Path) -> None:
    (folder / "repro" / "inner").mkdir(parents=True)
    (folder / "repro" / "main.py").write_bytes(b"1")
    (folder / "repro" / "inner" / "part.py").write_bytes(b"2")
    case = replace(read_case(folder), reproduction="repro", options=())

    assert scripts_of(folder, case) == {"repro/main.py": b"1", "repro/inner/part.py": b"2"}
