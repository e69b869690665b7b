"""What is captured cannot hurt whoever prints it, and says the same as before."""

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.model.runs import Job
from fixproof.probe.streams import Stream, harmless
from fixproof.probe.withholding import secrets_of

HOSTILE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def fed(data: bytes, bound: int, pieces: int = 3) -> Stream:
    stream = Stream(bound)
    step = max(len(data) // pieces, 1)
    for at in range(0, len(data), step):
        stream.feed(data[at : at + step])
    return stream


@given(st.binary(max_size=400))
def test_nothing_hostile_is_left(raw: bytes) -> None:
    left = {c for c in harmless(raw) if unicodedata.category(c) in HOSTILE}

    assert left <= {"\n", "\t"}


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=200))
def test_ordinary_text_is_kept_as_it_is(text: str) -> None:
    assert harmless(text.encode()) == text


@given(st.binary(max_size=200))
def test_making_harmless_twice_is_making_it_once(raw: bytes) -> None:
    once = harmless(raw)

    assert harmless(once.encode()) == once


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b[1;38:5:208mx\x1b[m", "x"),
        (b"\x1b]52;c;eA==\x07", "\\x1b]52;c;eA==\\x07"),
        (b"\x1b[2J", "\\x1b[2J"),
        (b"a\r\nb\rc", "a\nb\\rc"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"\xc2\x9b31m", "\\x9b31m"),
        ("\u202egnp\u2066".encode(), "\\u202egnp\\u2066"),
        ("\U000e0041".encode(), "\\U000e0041"),
        (b"\x00\x7f", "\\x00\\x7f"),
        ("tab\there Grüße 日本 🎉".encode(), "tab\there Grüße 日本 🎉"),
    ],
)
def test_what_is_shown_instead(raw: bytes, text: str) -> None:
    assert harmless(raw) == text


@given(st.binary(max_size=300), st.integers(2, 100), st.integers(1, 9))
def test_a_stream_keeps_its_ends_and_counts_all(data: bytes, bound: int, pieces: int) -> None:
    captured = fed(data, bound, pieces).captured()
    half = bound // 2
    kept = data if len(data) <= 2 * half else data[:half] + data[-half:]

    assert captured.size == len(data)
    assert captured.truncated is (len(kept) < len(data))
    assert captured.sha256 == hashlib.sha256(kept).hexdigest()


def test_a_cut_is_said() -> None:
    captured = fed(b"a" * 50 + b"b" * 50, 20).captured()

    assert captured.text == "aaaaaaaaaa\n[... 80 bytes left out ...]\nbbbbbbbbbb"


SECRET = b"tops3cret%value"


@given(st.integers(0, 200), st.integers(20, 120), st.integers(0, 200))
def test_no_part_of_a_secret_is_left_wherever_the_output_is_cut(
    before: int, bound: int, after: int
) -> None:
    said = b"-" * before + SECRET + b"-" * after
    stream = Stream(bound, [SECRET])
    stream.feed(said)
    captured = stream.captured()

    text = captured.text.replace("<withheld>", "").replace("bytes left out", "")
    assert not {"tops", "ops3", "s3cr", "alue", "valu", "t%va"} & {
        text[at : at + 4] for at in range(len(text))
    }
    assert captured.size == len(said)
    if not captured.truncated:
        assert captured.text == "-" * before + "<withheld>" + "-" * after


def test_secrets_are_the_values_of_variables_that_are_called_so() -> None:
    """In an address they are spelled otherwise; short values and plain names are left alone."""
    variables = (
        ("GITHUB_TOKEN", "abcdef123"), ("DB_PASSWORD", "p@ss/word"), ("TZ", "Europe/Rome"),
        ("MY_SECRET", "yes"), ("STRIPE_KEY", "abcdef1234"),
    )  # fmt: skip

    found = secrets_of(Job(argv=("x",), variables=variables), ["index-password"])

    assert found == (
        b"index-password", b"p%40ss%2Fword", b"abcdef1234", b"abcdef123", b"p@ss/word",
    )  # fmt: skip
