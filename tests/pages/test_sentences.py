"""Sentences that are computed from a proof."""

from dataclasses import replace

import pytest

from fixproof.evidence.record import digest
from fixproof.model.findings import Bisection, Culprit, Hunk, Isolation, Outlook, Proof
from fixproof.model.outcomes import Verdict
from fixproof.pages import sentences
from fixproof.pages.provenance import Provenance
from tests.support_pages import made_up_case, made_up_page, record, shown


def proof_of(**found: object) -> Proof:
    bisection = Bisection(package="wobble", **found)  # type: ignore[arg-type]  # any field
    return Proof(case="wobble/7", status="bisected", bisection=bisection)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"first_fixed": "2.0", "recommended": "2.0"}, "Upgrade wobble to 2.0 or newer."),
        (
            {"first_fixed": "2.0b1", "recommended": "2.0"},
            (
                "Upgrade wobble to 2.0 or newer (2.0b1 is the first that works, but should not be"
                " installed)."
            ),
        ),
        (
            {"first_fixed": "2.0", "also_fixed": ("1.4.2", "1.3.9")},
            "Upgrade wobble to 2.0 or newer. On older lines: 1.4.2 and 1.3.9.",
        ),
        ({"introduced": "1.4"}, "No release fixes it: stay below wobble 1.4."),
        ({}, "No release of wobble is known to work."),
        (
            {"first_fixed": "2.0", "culprit": Culprit(package="gear", from_="3", to="4")},
            "Move gear to 4.",
        ),
    ],
)
def test_the_headline_says_what_to_do(found: dict[str, object], says: str) -> None:
    assert sentences.headline(made_up_case(), proof_of(**found)).text == says


def test_without_a_proof_nothing_is_promised() -> None:
    said = sentences.headline(made_up_case(), None)

    assert said.by is Provenance.WRITTEN
    assert said.text == sentences.UNRUN


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ({"first_fixed": "2.0"}, "wobble>=2.0"),
        ({"first_fixed": "2.0", "recommended": "2.0.1"}, "wobble>=2.0.1"),
        ({"introduced": "1.4"}, "wobble<1.4"),
        ({"culprit": Culprit(package="gear", from_="3", to="4")}, "gear==4"),
        ({}, ""),
    ],
)
def test_the_requirement_follows_from_the_boundaries(found: dict[str, object], line: str) -> None:
    assert sentences.requirement(made_up_case(), proof_of(**found)) == line


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("1.4", "1.9", "wobble 1.4 to 1.9"),
        ("1.4", "1.4", "wobble 1.4"),
        (None, "1.9", "wobble 1.9 and older"),
        ("1.4", None, "wobble 1.4 and newer"),
        (None, None, "wobble"),
    ],
)
def test_affected_releases_are_named_from_edge_to_edge(
    first: str | None, last: str | None, says: str
) -> None:
    found = Bisection(package="wobble", introduced=first, last_bad=last)

    assert sentences.affected("wobble", found) == says


def test_one_needed_change_is_enough() -> None:
    said = sentences.isolated(
        Isolation(
            hunks_total=17,
            hunks_needed=1,
            hunks=(Hunk(file="a/b.py", function="f", diff=""),),
            from_="1",
            to="2",
            records=("r",),
        )
    )

    assert said.text.startswith("Of 17 changes between 1 and 2, one is enough: `f` in `a/b.py`.")
    assert said.records == ("r",)


def test_several_needed_changes_are_named_once_each() -> None:
    hunks = tuple(Hunk(file=f, function="", diff="") for f in ("a.py", "a.py", "b.py"))
    said = sentences.isolated(Isolation(hunks_total=9, hunks_needed=3, hunks=hunks))

    assert "3 are needed together: `a.py` and `b.py`." in said.text


def test_an_isolation_that_failed_says_why() -> None:
    said = sentences.isolated(Isolation(hunks_total=9, hunks_needed=0, reason="no source at hand"))

    assert said.text == "The change could not be isolated: no source at hand."


def test_equal_exit_statuses_are_warned_of() -> None:
    look = Outlook(version="1", exit=1, records=("a",))

    said = sentences.exit_status(look, replace(look, records=("b",)))

    assert said
    assert "exit status 1" in said.text
    assert said.records == ("a", "b")


def test_different_exit_statuses_need_no_warning() -> None:
    look = Outlook(version="1", exit=1)

    assert sentences.exit_status(look, replace(look, exit=0)) is None
    assert sentences.exit_status(look, None) is None


def test_a_failure_in_every_run_is_not_intermittent() -> None:
    page = made_up_page()
    assert page.proof

    said = sentences.steadiness(page.proof.bisection, page.records)

    assert said
    assert said.text.startswith("Not intermittent: each of 3 runs on the 3 broken releases")


def test_a_failure_in_some_runs_is_intermittent() -> None:
    page = made_up_page()
    assert page.proof
    records = dict(page.records)
    lucky = record("0.4.1", Verdict.PASSES, attempt=1)
    records[digest(lucky)] = lucky
    row = shown("0.4.1", Verdict.FAILS, records)
    row = replace(row, records=(*row.records, digest(lucky)))
    found = replace(page.proof.bisection, outcomes=(row,))

    said = sentences.steadiness(found, records)

    assert said
    assert said.text == "Intermittent: 1 of 2 runs on the broken release showed it."


def test_nothing_is_said_of_steadiness_without_records() -> None:
    page = made_up_page()
    assert page.proof

    assert sentences.steadiness(page.proof.bisection, {}) is None


def test_the_runs_behind_a_boundary_are_those_of_its_rows() -> None:
    page = made_up_page()
    assert page.proof
    found = page.proof.bisection
    rows = {row.version: row for row in found.outcomes}

    assert sentences.backing(found, "0.3.0", None) == rows["0.3.0"].records


@pytest.mark.parametrize(
    ("parts", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")],
)
def test_names_are_joined_as_a_sentence_does(parts: tuple[str, ...], text: str) -> None:
    assert sentences.listed(parts) == text


def test_quoted_text_cannot_end_its_own_quotes() -> None:
    assert sentences.quoted("a `b`\n  c") == "`a 'b' c`"
