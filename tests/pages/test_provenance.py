"""Where statements come from: counting, the quotation budget, harmless text."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from fixproof.pages.provenance import (
    QUOTED_SHARE,
    QUOTED_WORDS,
    Tally,
    cited,
    harmless,
    quotable,
    ran,
    statements,
    tally,
    words,
    written,
)
from fixproof.pages.view import Code, Why


def test_a_word_holds_a_letter_or_a_digit() -> None:
    assert words("Upgrade to 0.17.0 - or newer!") == 5


def test_punctuation_alone_is_no_word() -> None:
    assert words("--- === … ()") == 0


def test_statements_are_found_wherever_they_are_in_a_view() -> None:
    first, second = written("cause"), ran("proof", "d")
    view = Why(cause=first, remedy=None, isolated=second, changes=())

    assert list(statements((view, Code(said=first)))) == [first, second, first]


def test_the_ratio_counts_what_was_run_and_written() -> None:
    view = (ran("one two"), written("three"), cited("four five six seven eight", "https://a.test"))

    assert tally(view) == Tally(ran=2, written=1, cited=5)
    assert tally(view).own == 3 / 8


def test_an_empty_page_has_no_words_of_its_own() -> None:
    assert tally(()).own == 0.0


@given(st.integers(min_value=0, max_value=100_000))
def test_quotes_within_the_budget_keep_both_bounds(others: int) -> None:
    budget = quotable(others)

    assert budget <= QUOTED_WORDS
    assert budget <= QUOTED_SHARE * (others + budget) + 1e-9


@given(st.integers(min_value=0, max_value=1_000))
def test_one_more_quoted_word_would_be_too_many(others: int) -> None:
    more = quotable(others) + 1

    assert more > QUOTED_WORDS or more > QUOTED_SHARE * (others + more)


@given(st.text())
def test_no_control_or_reordering_character_survives(text: str) -> None:
    left = set(harmless(text)) - {"\n", "\t"}

    assert not [c for c in left if unicodedata.category(c) in {"Cc", "Zl", "Zp"}]
    assert not [c for c in left if unicodedata.bidirectional(c) in {"LRO", "RLO", "RLE", "LRI"}]


@given(st.text())
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert harmless(harmless(text)) == harmless(text)


def test_an_escape_sequence_is_shown_not_obeyed() -> None:
    assert harmless("\x1b[31mred\u202e") == r"\u001b[31mred\u202e"
