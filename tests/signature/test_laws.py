"""Laws: nothing makes the parser fail, normalising twice is normalising once."""

from importlib import import_module
from pkgutil import iter_modules

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixproof import signature
from fixproof.signature import contains, normalise, normalise_output, parse, sign, similarity
from fixproof.signature.features import features_of
from fixproof.signature.lazy import lazily
from fixproof.signature.rules import PLACEHOLDER, RULES
from tests.support_samples import samples

LINES = sorted({line for one in samples() for line in one.text.splitlines()})
PIECES = st.sampled_from(
    [
        *(
            "Traceback (most recent call last):",
            '  File "',
            '", line 3, in f',
            "\n",
            "\n\n",
            "  ",
            "| ",
        ),
        *(
            "  + Exception Group Traceback (most recent call last):",
            "+-+---------------- 1 ---",
            ": ",
        ),
        *(
            "    +------------------------------------",
            "│ ",
            "╭─ ",
            "E   ",
            "> ",
            "`'`",
            "{",
            '"',
            "\\n",
        ),
        *(
            "ValueError: x",
            "a.b.C",
            "0x7f001122",
            "/usr/lib/python3.9/x.py",
            "<module>",
            "\x1b[31m",
        ),
        *(
            "The above exception was the direct cause of the following exception:",
            "----> 1 x",
            "~^~",
        ),
        *(
            "Fatal Python error: Aborted",
            "Current thread 0x01 (most recent call first):",
            "\t",
            "\r",
        ),
        *(
            "'quoted'",
            '"quoted"',
            "1.2.3",
            "17",
            "2024-01-01T10:11:12",
            "https://a.example/b",
            "&lt;",
        ),
        *(
            "Exception Type: X at /a\n",
            "Exception Value: x\n",
            "  PressError\n",
            "  at ~/a.py:1 in f\n",
            "  1  ~/a.py:1 in f\n",
        ),
        *("web_1  | a.py:1: in f\n", "E   X: y\n", "│\n", "XError(YError): ", "Error:     x\n"),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=400),
    st.lists(PIECES, max_size=40).map("".join),
    st.lists(st.sampled_from(LINES), max_size=40).map("\n".join),
    st.lists(st.one_of(PIECES, st.text(max_size=8), st.sampled_from(LINES)), max_size=40).map(
        "".join
    ),
)


@given(TEXTS)
def test_any_text_is_read_signed_and_turned_into_features(text: str) -> None:
    failure = parse(text)

    signature = sign(failure)
    assert len(signature.same) == len(signature.exact) == len(signature.family)
    assert all(weight > 0 for weight in features_of(failure, text).weights.values())


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    assert parse(data) == parse(data)


@given(TEXTS, TEXTS)
def test_comparing_is_symmetric_and_bounded(one: str, other: str) -> None:
    first, second = parse(one), parse(other)

    assert 0.0 <= similarity(first, second) <= 1.0
    assert similarity(first, second) == pytest.approx(similarity(second, first))
    assert similarity(first, first) == 1.0
    assert contains(first, first)


@given(TEXTS)
@settings(max_examples=300)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once


@given(TEXTS)
def test_normalising_output_twice_is_normalising_it_once(text: str) -> None:
    once = normalise_output(text, package_version="1.2.3")

    assert normalise_output(once, package_version="1.2.3") == once


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_numbers_in_messages_do_not_count(one: int, other: int) -> None:
    assert normalise(f"expected {one} items") == normalise(f"expected {other} items")


@given(st.lists(st.sampled_from(["home", "srv", "x-1", "data.d"]), min_size=2, max_size=6))
def test_paths_in_messages_do_not_count(parts: list[str]) -> None:
    assert normalise(f"cannot read /{'/'.join(parts)}") == normalise("cannot read /a/b")


def test_every_rule_says_why_and_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.reason for rule in RULES)


def test_placeholders_stay_as_they_are() -> None:
    text = (
        "<address> <date> <hash> <host> <mail> <n> <path> <temporary> <time> <url> <uuid> <value>"
    )

    assert normalise(text) == text
    assert len(PLACEHOLDER.findall(text)) == len(text.split())


def test_every_pattern_compiles() -> None:
    names = [info.name for info in iter_modules(signature.__path__)]
    modules = [import_module(f"{signature.__name__}.{name}") for name in names]
    found = [value for module in modules for value in vars(module).values()]

    patterns = [value for value in found if type(value) is type(lazily(""))]
    assert len(patterns) > 50
    assert all(pattern.sub("", "") == "" for pattern in patterns)
