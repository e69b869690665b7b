"""Whole proofs of difficult failures: small packages from a local index, in the real sandbox.

What a proof claims must follow from its own evidence, so each is checked as a stranger would.
"""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from fixproof.evidence.check import check, summary_of
from fixproof.evidence.statement import Statement, spell
from fixproof.model.cases import Case, Status
from fixproof.workflows.prove import Proved, prove
from tests.support_histories_real import History
from tests.support_index import LocalIndex

GOOD = "def work():\n    return 'fine'\n"
BAD = "def work():\n    raise ValueError('broken inside')\n"
CALL = b"# /// script\n# dependencies = ['thing']\n# ///\nimport thing\nprint(thing.work())\n"
SELDOM = (
    "import os\ndef work():\n"
    "    if int(os.environ['PYTHONHASHSEED']) % 10 == 4:\n"
    "        raise ValueError('now and then')\n"
    "    return 'fine'\n"
)
HANGS = "import threading\ndef work():\n    threading.Event().wait()\n"
USES = "import part\ndef work():\n    return part.work()\n"
FILES = {"repro.py": CALL}


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with LocalIndex() as index:
        yield History(index=index, cache=tmp_path / "cache")


def _proved(history: History, case: Case) -> tuple[Proved, tuple[str, ...]]:
    """Prove a case, and check the claims that would be written down."""
    proved = prove(history.edges(), case, FILES)
    statement = spell(Statement(proof=proved.proof, grounds=proved.grounds, records=proved.records))
    found = proved.proof.bisection
    summary = summary_of(found, evidence="one", statement=statement)
    said = replace(case, status=Status(proved.proof.status), summary=summary)
    assert summary.digest == sha256(statement).hexdigest()
    return proved, check(said, statement, FILES)


def _broken(history: History, body: str) -> None:
    for version in ("1.0", "1.1", "1.2", "1.3", "1.4"):
        history.release(version, body if version in {"1.1", "1.2"} else GOOD)


@pytest.mark.parametrize(
    ("body", "timeout", "says"),
    [(SELDOM, 20.0, "now and then"), (HANGS, 2.0, "")],
    ids=["fails one time in ten", "hangs"],
)
def test_a_failure_that_is_hard_to_catch_is_proven(
    history: History, body: str, timeout: float, says: str
) -> None:
    _broken(history, body)
    case = Case(id="thing/one", package="thing", title="t", bad="1.1", timeout=timeout)

    proved, problems = _proved(history, case)

    found = proved.proof.bisection
    assert problems == ()
    assert (found.introduced, found.last_bad, found.first_fixed) == ("1.1", "1.2", "1.3")
    assert proved.proof.status == "proven"
    assert found.isolation
    assert found.isolation.hunks_needed == 1
    assert found.target
    assert says in found.target.says


def test_a_culprit_beside_the_package_is_backed_by_the_runs_of_its_swap(history: History) -> None:
    history.release("1.0", GOOD, name="part")
    history.release("1.0", USES, requires=("part",))
    day = history.release("1.1", BAD, name="part")
    history.release("1.1", USES, requires=("part",))
    history.release("1.2", GOOD, name="part")
    case = Case(id="thing/two", package="thing", title="t", bad="1.0", as_of=day.date())

    proved, problems = _proved(history, case)

    assert problems == ()
    assert proved.proof.bisection.culprit
    assert proved.proof.bisection.culprit.package == "part"
    runs = proved.proof.bisection.culprit.records
    assert set(runs) <= set(proved.records)
    hidden = replace(proved.proof.bisection.culprit, records=())
    forged = replace(proved.proof, bisection=replace(proved.proof.bisection, culprit=hidden))
    statement = spell(Statement(proof=forged, grounds=proved.grounds, records=proved.records))
    said = replace(case, status=Status(proved.proof.status))
    assert any("culprit" in problem for problem in check(said, statement, FILES))
