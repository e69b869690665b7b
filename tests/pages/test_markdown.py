"""The Markdown page, read back by a real parser where it matters."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fixproof.pages.case import render_markdown
from fixproof.pages.markdown import cell, escaped, fenced, prose, table
from tests.support_pages import DIFF, SCRIPT, made_up_page

READ = MarkdownIt("commonmark").enable("table")
LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60)


def texts(markdown: str) -> str:
    """What a reader sees of a paragraph."""
    inline = (t for t in READ.parse(markdown) if t.type == "inline")
    return "".join(c.content for t in inline for c in t.children or ())


def kinds(markdown: str) -> set[str]:
    tokens = READ.parse(markdown)
    return {c.type for t in tokens for c in (t, *(t.children or ()))}


@given(LINE.filter(lambda text: text.strip()))
def test_escaped_text_means_nothing_but_itself(text: str) -> None:
    assert texts(escaped(text)) == " ".join(text.split())
    assert kinds(escaped(text)) == {"paragraph_open", "inline", "text", "paragraph_close"} | (
        {"text_special"} & kinds(escaped(text))
    )


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_a_fence_holds_whatever_is_in_it(text: str) -> None:
    (token,) = READ.parse(fenced(text, "python"))

    assert token.type == "fence"
    assert token.content == f"{text}\n"


def test_a_fence_is_longer_than_the_fences_inside() -> None:
    inner = "a\n````\nb\n```"
    (token,) = READ.parse(fenced(inner, "text"))

    assert token.content == f"{inner}\n"


def test_prose_keeps_code_and_the_spaces_around_it() -> None:
    assert prose("call `f(*x)` now, `y`.") == "call `f(*x)` now, `y`."
    assert texts(prose("call `f(*x)` *now*")) == "call f(*x) *now*"


def test_an_odd_backtick_is_a_backtick() -> None:
    assert texts(prose("one ` alone")) == "one ` alone"


@pytest.mark.parametrize("text", ["a | b", "a \\| b", "| a |", "a\n| b"])
def test_a_cell_stays_one_cell(text: str) -> None:
    tokens = READ.parse(table(("one", "two"), [(cell(text), "x")]))

    assert [t.type for t in tokens].count("td_open") == 2


def test_the_page_holds_script_diff_and_answer() -> None:
    text = render_markdown(made_up_page())
    fences = [t.content for t in READ.parse(text) if t.type == "fence"]

    assert f"{SCRIPT}\n" in fences
    assert DIFF in fences
    assert "Upgrade wobble to 0\\.5" not in text
    assert "Upgrade wobble to 0.5.0 or newer." in text


def test_ran_statements_lead_to_their_records() -> None:
    made = made_up_page()
    links = set(re.findall(r"\]\((runs/\w+\.json)\)", render_markdown(made)))

    assert len(links) > 5
    assert links <= {f"runs/{digest[:16]}.json" for digest in made.records}


def test_the_map_has_a_row_for_every_release() -> None:
    made = made_up_page()
    assert made.proof
    text = render_markdown(made)

    for row in made.proof.bisection.outcomes:
        assert f"\n| {row.version} |" in text


def test_hostile_text_makes_no_markup() -> None:
    made = made_up_page()
    hostile = "<script>alert(1)</script> [x](javascript:y) ![i](https://a.test) # no\x1b[2J"
    text = render_markdown(replace(made, case=replace(made.case, title=hostile, cause=hostile)))
    found = kinds(text)

    assert "html_inline" not in found
    assert "html_block" not in found
    assert "image" not in found
    assert "](javascript" not in text
    assert "\x1b" not in text


def test_a_case_that_nobody_ran_says_so() -> None:
    text = render_markdown(replace(made_up_page(), proof=None, records={}))

    assert "nothing on this page is proven" in text
    assert "## Evidence" not in text
