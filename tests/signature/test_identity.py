"""What is the same failure has one signature, what differs has another."""

import re

import pytest

from fixproof.signature import contains, parse, sign, similarity
from tests.support_programs import MODERN, SCENARIOS
from tests.support_samples import sample, samples

VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
# The compiler's own words about a syntax error, and the C library's about recursion, did change.
REWORDED = {"syntax"}

# The failure of another scenario, met in a thread, a task or another process.
RAISED_ELSEWHERE = {"thread", "unretrieved", "pool"}


@pytest.mark.parametrize("scenario", sorted({*SCENARIOS, *MODERN} - REWORDED))
def test_one_signature_on_every_interpreter(scenario: str) -> None:
    signatures = {v: sign(parse(sample(f"{scenario}-{v}").text)) for v in VERSIONS}

    assert len({(s.same, s.family, s.search) for s in signatures.values()}) == 1, signatures


def test_different_scenarios_have_different_signatures() -> None:
    told: dict[str, set[str]] = {}
    for one in samples():
        name, _, version = one.name.partition("-")
        if version in VERSIONS and name in {*SCENARIOS, *MODERN} - RAISED_ELSEWHERE:
            told.setdefault(sign(parse(one.text)).same, set()).add(name)

    assert all(len(names) == 1 for names in told.values()), told


@pytest.mark.parametrize("name", ["attribute-3.11", "cause-3.11", "group-3.11", "abort-3.11"])
def test_places_lines_and_machines_do_not_count(name: str) -> None:
    text = sample(name).text
    elsewhere = text.replace("/home/user/venv/lib/python3", r"/opt/conda/envs/x/lib/python3.9")
    elsewhere = elsewhere.replace("/home/user/project/", "/srv/app/")
    elsewhere = re.sub(r"line \d+", "line 7", re.sub(r"0x[0-9a-f]+", "0xfeedbeef", elsewhere))

    assert elsewhere != text
    assert sign(parse(elsewhere)) == sign(parse(text))


def test_windows_is_a_place_like_others() -> None:
    text = sample("attribute-3.9").text
    windows = re.sub(
        r'File "/home/user/venv/lib/python3/site-packages/([^"]+)"',
        lambda m: 'File "C:\\py\\Lib\\site-packages\\' + m[1].replace("/", "\\") + '"',
        text,
    )

    assert sign(parse(windows)) == sign(parse(text))


MESSAGES = [
    ("AttributeError", "'A' object has no attribute 'y'"),
    ("AttributeError", "'A' object has no attribute 'Message'"),
    ("AttributeError", "'B' object has no attribute 'y'"),
    ("ValueError", "not enough values"),
    ("ValueError", "not enough values to unpack"),
    ("ValueError", "unable to open file: error message = 'No such file'"),
    ("ValueError", "unable to open file: error message = 'Not a file'"),
    ("TypeError", "f() got an unexpected keyword argument 'app'"),
    ("TypeError", "f() got an unexpected keyword argument 'proxies'"),
    ("TypeError", "f() missing 1 required positional argument: 'loader'"),
    ("TypeError", "f() missing 1 required positional argument: 'stream'"),
    ("ModuleNotFoundError", "No module named 'a.b'"),
    ("ModuleNotFoundError", "No module named 'a.c'"),
    ("KeyError", "'oak'"),
    ("KeyError", "'elm'"),
]


def _text(kind: str, message: str) -> str:
    return f'Traceback (most recent call last):\n  File "x.py", line 1, in f\n{kind}: {message}\n'


def test_messages_that_mean_something_else_differ() -> None:
    told = {sign(parse(_text(*one))).same for one in MESSAGES}

    assert len(told) == len(MESSAGES)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("__init__() got an unexpected keyword argument 'a'",
         "Client.__init__() got an unexpected keyword argument 'a'"),
        ("module 'a' has no attribute 'b'", "module 'a' has no attribute 'b'. Did you mean: 'c'?"),
        ("local variable 'x' referenced before assignment",
         "cannot access local variable 'x' where it is not associated with a value"),
        ("No module named five", "No module named 'five'"),
        ("cannot import name 'x'", "cannot import name 'x' (/usr/lib/python3/y.py)"),
        ("cannot import name 'a' from 'b'",
         "cannot import name 'a' from 'b' (most likely due to a circular import)"),
        ("cannot import name 'a' from module 'b'",
         "cannot import name 'a' from partially initialized module 'b'"),
        ("bad value: 'red apple'", "bad value: 'green pear'"),
        ("timed out after 30 s: http://a.example/x", "timed out after 31 s: http://b.example/y"),
        ("<A object at 0x7f0011223344> is closed", "<A object at 0x7f9911223344> is closed"),
        ("no file /home/ann/x.h5", "no file /srv/data/long/y.h5"),
        ("shape (3, 4) does not fit", "shape (5, 6, 7) does not fit"),
    ],
)  # fmt: skip
def test_messages_that_mean_the_same_agree(older: str, newer: str) -> None:
    assert sign(parse(_text("E.Error", older))).same == sign(parse(_text("E.Error", newer))).same


@pytest.mark.parametrize(
    "name",
    ["ExceptionGroup", "exceptiongroup.ExceptionGroup", "anyio._backends._asyncio.ExceptionGroup"],
)
def test_groups_of_all_makers_are_groups(name: str) -> None:
    signature = sign(parse(_text(name, "x")))

    assert signature.surfaced == "ExceptionGroup"


def _group(*members: str) -> str:
    lines = [
        "  + Exception Group Traceback (most recent call last):",
        '  |   File "x.py", line 1, in f',
    ]
    lines.append(f"  | ExceptionGroup: fell ({len(members)} sub-exceptions)")
    for number, member in enumerate(members, start=1):
        lines.append(
            f"  {'+-' if number == 1 else '  '}+---------------- {number} ----------------"
        )
        lines.append(f"    | {member}")
    return "\n".join([*lines, "    +------------------------------------"])


def test_order_and_number_of_members_is_chance() -> None:
    first = sign(parse(_group("KeyError: 'a'", "ValueError: b")))
    second = sign(parse(_group("ValueError: b", "KeyError: 'a'", "KeyError: 'a'")))

    assert first.same == second.same
    assert sign(parse(_group("KeyError: 'a'"))).same != first.same


def test_a_group_contains_what_is_in_it() -> None:
    whole = parse(_group("KeyError: 'a'", "ValueError: b"))

    assert contains(whole, parse(_text("ValueError", "b")))
    assert not contains(whole, parse(_text("ValueError", "c")))
    assert not contains(parse(_text("ValueError", "b")), whole)


def test_similarity_orders_failures() -> None:
    one = parse(sample("attribute-3.9").text)
    same = parse(sample("attribute-3.13").text)
    near = parse(sample("attribute-3.9").text.replace("'weight'", "'colour'"))
    other = parse(sample("json-3.9").text)

    assert similarity(one, same) == 1.0
    assert 1.0 > similarity(one, near) > similarity(one, other) >= 0.0
    assert similarity(one, near) == similarity(near, one)
