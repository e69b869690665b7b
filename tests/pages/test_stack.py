"""Code, diffs and outputs cut into pieces."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.pages.stack import Piece, diff_pieces, gist, python_pieces, stack_pieces
from tests.support_pages import BROKEN, DIFF, SCRIPT

GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/env/lib/python3.11/site-packages/wheel/hub.py", line 3, in roll
  |     raise ExceptionGroup("two", errors)
  | ExceptionGroup: two (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/home/somebody/app.py", line 9, in start
    |     raise ValueError("first")
    | ValueError: first
    +---------------- 2 ----------------
    | KeyError: 'second'
    +------------------------------------
"""


@pytest.mark.parametrize("cut", [diff_pieces, stack_pieces])
@given(text=st.text())
def test_no_line_is_lost_or_changed(cut: Callable[[str], Iterator[Piece]], text: str) -> None:
    assert "\n".join(piece for _, piece in cut(text)) == text


@given(st.text())
def test_no_character_of_a_program_is_lost_or_changed(text: str) -> None:
    assert "".join(piece for _, piece in python_pieces(text)) == text


def test_a_program_is_told_apart() -> None:
    pieces = list(python_pieces(SCRIPT))

    assert ("comment", "# /// script") in pieces
    assert ("string", '"""Spin something heavy."""') in pieces
    assert ("keyword", "def") in pieces
    assert ("comment", '# "heavy" & <loud>') in pieces


def test_a_string_that_looks_like_a_comment_stays_a_string() -> None:
    assert ("string", '"# no"') in list(python_pieces('x = "# no"'))


def test_a_diff_is_told_apart() -> None:
    kinds = [kind for kind, _ in diff_pieces(DIFF.strip())]

    assert kinds == ["file", "file", "place", "same", "removed", "added", "added", "same"]


def test_frames_of_packages_are_told_from_others() -> None:
    kinds = [kind for kind, _ in stack_pieces(BROKEN.strip())]

    assert kinds == ["", "frame", "", "package", "", "raised"]


def test_the_gist_is_what_was_raised_and_where() -> None:
    assert gist(BROKEN) == "wobble.errors.WobbleError: lost balance\n    at wobble/core.py, spin"


def test_the_gist_looks_into_groups() -> None:
    assert gist(GROUP).splitlines() == [
        "ExceptionGroup: two (2 sub-exceptions)",
        "    at wheel/hub.py, roll",
        "ValueError: first",
        "    at app.py, start",
        "KeyError: 'second'",
    ]


def test_there_is_no_gist_where_nothing_was_raised() -> None:
    assert gist("all is well\n3 passed\n") == ""
