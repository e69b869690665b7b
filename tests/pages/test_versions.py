"""The version map: stretches, marks, reasons, matrix, and how sure is written."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.model.findings import Bisection, Shown
from fixproof.model.outcomes import Verdict
from fixproof.pages.provenance import ran
from fixproof.pages.stretches import stretches
from fixproof.pages.versions import (
    boundary_roles,
    in_order,
    matrix,
    percent,
    reasons,
    release_line,
    version_map,
)
from tests.support_pages import LETTER, made_up_page


def rows(letters: str) -> list[Shown]:
    return [Shown(version=f"1.{at}", verdict=LETTER[x]) for at, x in enumerate(letters)]


def drawn(letters: str) -> str:
    back = {verdict: letter for letter, verdict in LETTER.items()}
    return " ".join(f"{back[s.verdict]}{s.count}" for s in stretches(rows(letters), {}))


def test_neighbours_that_behave_alike_are_one_stretch() -> None:
    assert drawn("PPFFFP") == "P2 F3 P1"


def test_untestable_releases_between_two_of_a_kind_do_not_tear_them_apart() -> None:
    assert drawn("PPUUPFF") == "P5 F2"


def test_untestable_releases_at_a_change_stand_for_themselves() -> None:
    assert drawn("PUFUUP") == "P1 U1 F1 U2 P1"


def test_untestable_releases_at_the_edge_stand_for_themselves() -> None:
    assert drawn("UUPPU") == "U2 P2 U1"


def test_absorbed_releases_are_said_to_be_untried() -> None:
    (only,) = stretches(rows("PUUP"), {})

    assert (only.verdict, only.count) == (Verdict.PASSES, 4)
    assert only.counted == "4 releases, 2 not testable"


def test_what_tells_nothing_either_way_is_one_stretch() -> None:
    first, _ = stretches(rows("UUDUP"), {})

    assert first.counted == "4 releases, 1 different"
    assert first.verdict is Verdict.UNTESTABLE


def test_what_mostly_differs_is_called_so() -> None:
    _, middle, _ = stretches(rows("PDDUP"), {})

    assert middle.verdict is Verdict.DIFFERS
    assert middle.counted == "3 releases, 1 not testable"


@given(st.text(alphabet="FPDU", min_size=1, max_size=40))
def test_stretches_cover_every_release_once(letters: str) -> None:
    found = list(stretches(rows(letters), {}))

    assert sum(s.count for s in found) == len(letters)
    assert found[0].first == "1.0"
    assert found[-1].last == f"1.{len(letters) - 1}"


@given(st.text(alphabet="FPDU", min_size=1, max_size=40))
def test_no_stretch_hides_a_verdict(letters: str) -> None:
    found = list(stretches(rows(letters), {}))
    for verdict in Verdict:
        drawn_so = sum(
            s.count - sum(n for _, n in s.others)
            if s.verdict is verdict
            else dict(s.others).get(verdict, 0)
            for s in found
        )
        assert drawn_so == sum(LETTER[x] is verdict for x in letters)


def test_boundaries_are_named_at_their_stretches() -> None:
    proof = made_up_page().proof
    assert proof
    broken, fixed = version_map(proof.bisection).stretches[2:4]
    rows = {row.version: row for row in proof.bisection.outcomes}

    assert broken.opens == ran("0.3.0 introduced", *rows["0.3.0"].records)
    assert broken.closes == ran("0.4.1 last bad", *rows["0.4.1"].records)
    assert fixed.opens
    assert fixed.opens.text == "0.5.0 first fixed"
    assert fixed.closes is None


def test_releases_stand_in_the_order_of_numbers_not_of_letters() -> None:
    proof = made_up_page().proof
    assert proof
    shuffled = replace(proof.bisection, outcomes=tuple(reversed(proof.bisection.outcomes)))

    assert [line.name for line in version_map(shuffled).lines][-2:] == ["0.6", "0.10"]


def test_one_release_may_stand_at_two_boundaries() -> None:
    found = Bisection(package="p", introduced="1.0", last_bad="1.0")

    assert boundary_roles(found) == {"1.0": ("introduced", "last bad")}


def test_a_mark_tells_in_words_what_it_shows() -> None:
    proof = made_up_page().proof
    assert proof
    marks = [m for line in version_map(proof.bisection).lines for m in line.marks]
    labels = {m.version: m.label for m in marks}

    assert labels["0.3.0"] == "0.3.0: broken, introduced (WobbleError: lost balance)"
    assert "not testable" in labels["0.1.0"]
    assert "ImportError" in labels["0.1.0"]


def test_equal_reasons_stand_once_whatever_release_they_name() -> None:
    untried = [
        Shown(version=v, verdict=Verdict.UNTESTABLE, reason=f"wobble=={v} needs a compiler")
        for v in ("1.0", "1.0.1", "1.1")
    ]
    (only,) = reasons(untried)

    assert (only.count, only.span) == (3, "1.0 … 1.1")
    assert only.text.text == "wobble==VERSION needs a compiler"


def test_a_part_of_another_number_is_left_alone() -> None:
    (only,) = reasons(
        [Shown(version="1.0", verdict=Verdict.UNTESTABLE, reason="needs zinc==11.0.5, not 1.0.7")]
    )

    assert only.text.text == "needs zinc==11.0.5, not 1.0.7"


def test_the_matrix_has_newest_interpreters_first_and_leaves_gaps_open() -> None:
    proof = made_up_page().proof
    assert proof
    found = matrix(proof.interpreters, {})
    assert found

    assert [row.python for row in found.rows] == ["3.11.7", "3.9.18"]
    assert found.versions == ("0.4.1", "0.5.0")
    assert found.rows[1].cells[1] is None


def test_there_is_no_matrix_without_interpreters() -> None:
    assert matrix((), {}) is None


@pytest.mark.parametrize(
    ("version", "line"), [("0.16.1", "0.16"), ("2.0", "2.0"), ("4", "4.0"), ("odd", "odd")]
)
def test_a_line_is_named_by_its_first_two_numbers(version: str, line: str) -> None:
    (found,) = version_map(
        Bisection(package="p", outcomes=(Shown(version=version, verdict=Verdict.PASSES),))
    ).lines

    assert found.name == line
    assert release_line(found.marks[0]) == line


def test_what_is_no_version_sorts_before_versions() -> None:
    assert sorted(["1.0", "odd", "0.9"], key=in_order) == ["odd", "0.9", "1.0"]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.5, "50 %"),
        (0.29, "29 %"),
        (0.989, "98 %"),
        (0.9967, "99.6 %"),
        (0.99981, "99.98 %"),
        (0.999999, "at least 99.999 %"),
        (1.0, "100 %"),
    ],
)
def test_how_sure_is_rounded_down(share: float, text: str) -> None:
    assert percent(share) == text


@given(st.floats(min_value=0, max_value=1, exclude_max=True))
def test_nothing_short_of_certain_is_written_as_certain(share: float) -> None:
    number = float(percent(share).removeprefix("at least ").removesuffix(" %"))

    assert number <= share * 100 + 1e-6
    assert number < 100
