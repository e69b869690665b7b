"""Differences of releases taken apart, and any part of them put back."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.model.failures import Frame
from fixproof.strategy.patches import Change, Kind, apply, changes, suspected

OLD = b"""import sys

class Box:
    size = 1

    @property
    def volume(self):
        total = 0
        for side in self.sides:
            total += side
        return total

    def close(self):
        def inner():
            return 1

        state = inner()
        keep = state
        return state


def last():
    return 0
"""

LINES = st.sampled_from([b"a\n", b"b\r\n", b"\n", b"c", b"\xff\xfe\n", b"d\rd\n", b"e\x0c\n"])
TEXTS = st.lists(LINES, max_size=30).map(b"".join) | st.binary(max_size=20)
TREES = st.dictionaries(st.sampled_from(["a.py", "b.txt", "c/d.py", "e.so"]), TEXTS)


def only(old: bytes, new: bytes, file: str = "box.py") -> Change:
    found = changes({file: old}, {file: new})
    assert len(found) == 1
    return found[0]


def result(old: Mapping[str, bytes], overlay: Mapping[str, bytes | None]) -> dict[str, bytes]:
    merged = {**old, **overlay}
    return {file: content for file, content in merged.items() if content is not None}


@given(TREES, TREES)
def test_all_changes_lead_to_the_new_release(old: dict[str, bytes], new: dict[str, bytes]) -> None:
    overlay = apply(old, changes(old, new))

    assert result(old, overlay) == new
    assert set(overlay) == {f for f in {*old, *new} if old.get(f) != new.get(f)}


@given(TREES, TREES)
def test_no_change_leads_nowhere(old: dict[str, bytes], new: dict[str, bytes]) -> None:
    assert apply(old, ()) == {}
    assert changes(old, old) == ()
    assert changes(new, new) == ()


@given(
    st.lists(LINES, max_size=60).map(b"".join),
    st.lists(LINES, max_size=60).map(b"".join),
    st.data(),
)
def test_parts_applied_one_after_the_other_are_the_parts_applied_at_once(
    old: bytes, new: bytes, data: st.DataObject
) -> None:
    """Applying some hunks and then the changes that are left also leads to the new file."""
    found = changes({"f": old}, {"f": new})
    some = data.draw(st.sets(st.sampled_from(found))) if found else set()

    half = result({"f": old}, apply({"f": old}, sorted(some, key=found.index)))
    rest = result(half, apply(half, changes(half, {"f": new})))

    assert rest == {"f": new}


def test_a_hunk_applied_alone_lands_at_its_own_place() -> None:
    old = b"".join(b"%d\n" % n for n in range(40))
    new = old.replace(b"5\n", b"5\nfive and a half\n", 1).replace(b"30\n", b"", 1)
    first, second = changes({"f.txt": old}, {"f.txt": new})

    assert apply({"f.txt": old}, [second])["f.txt"] == old.replace(b"30\n", b"", 1)
    assert apply({"f.txt": old}, [first])["f.txt"] == new.replace(b"29\n", b"29\n30\n")


def test_a_hunk_reads_as_a_unified_diff() -> None:
    change = only(b"a\nb\nc\nd\ne\nf\n", b"a\nb\nc\nD\ne\nf", "x.txt")

    assert change.diff.splitlines() == [
        "--- a/x.txt",
        "+++ b/x.txt",
        "@@ -1,6 +1,6 @@",
        " a",
        " b",
        " c",
        "-d",
        "+D",
        " e",
        "-f",
        "+f",
        "\\ No newline at end of file",
    ]


@pytest.mark.parametrize(
    ("before", "after", "function", "scope"),
    [
        (b"total += side", b"total *= side", "volume", "Box.volume"),
        (b"    @property\n", b"    @cached\n", "volume", "Box.volume"),
        (b"return 1", b"return 2", "inner", "Box.close.inner"),
        (b"size = 1", b"size = 2", "Box", "Box"),
        (b"import sys", b"import os", "", ""),
        (b"total = 0\n", b"total = 0\n        extra = 1\n", "volume", "Box.volume"),
        (b"\n\ndef last", b"\n\ndef added():\n    pass\n\n\ndef last", "added", "added"),
        (b"return 0\n", b"return 1\n", "last", "last"),
    ],
)
def test_a_change_is_named_by_the_function_around_it(
    before: bytes, after: bytes, function: str, scope: str
) -> None:
    assert before in OLD
    change = only(OLD, OLD.replace(before, after, 1))

    assert (change.function, change.scope) == (function, scope)


def test_a_change_across_an_inner_function_belongs_to_the_outer_one() -> None:
    new = OLD.replace(b"return 1\n", b"return 2\n").replace(b"state = inner()", b"state = inner")

    assert only(OLD, new).function == "close"


def test_a_change_that_adds_around_an_inner_function_belongs_to_the_outer_one() -> None:
    new = OLD.replace(b"        def inner", b"        note = 1\n\n        def inner")
    new = new.replace(b"return 1\n", b"return note\n")

    assert only(OLD, new).function == "close"


def test_files_that_come_and_go_are_one_change_each() -> None:
    gone, come = changes({"a.py": b"x = 1\n"}, {"b.py": b"x = 1\n"})

    assert (gone.kind, gone.file, gone.content) == (Kind.REMOVED, "a.py", None)
    assert (come.kind, come.file, come.content) == (Kind.ADDED, "b.py", b"x = 1\n")
    assert gone.diff.splitlines()[1:3] == ["+++ /dev/null", "@@ -1 +0,0 @@"]
    assert come.diff.splitlines()[:3] == ["--- /dev/null", "+++ b/b.py", "@@ -0,0 +1 @@"]


def test_binary_files_change_as_a_whole() -> None:
    change = only(b"\0old", b"\0newer", "native.so")

    assert change.kind is Kind.REPLACED
    assert apply({"native.so": b"\0old"}, [change]) == {"native.so": b"\0newer"}


def test_python_that_does_not_parse_has_no_functions() -> None:
    change = only(b"def f(:\n    print 'a'\n", b"def f(:\n    print 'b'\n")

    assert change.function == ""


def test_odd_escapes_of_other_people_are_no_warning() -> None:
    assert only(b"def f():\n    return '\\d'\n", b"def f():\n    return '\\w'\n").function == "f"


def test_changes_on_the_stack_are_suspected_innermost_first() -> None:
    found = changes(
        {"a.py": OLD, "b.py": OLD, "c.py": OLD},
        {
            "a.py": OLD.replace(b"return 0", b"return 1"),
            "b.py": OLD.replace(b"size = 1", b"size = 2").replace(b"return 0", b"return 1"),
            "c.py": OLD.replace(b"return 1\n", b"return 2\n"),
        },
    )
    stack = [
        Frame(path="", module="a.py", function="last"),
        Frame(path="", module="b.py", function="last"),
        Frame(path="", module="elsewhere.py", function="close"),
    ]

    named = [(found[n].file, found[n].function) for n in suspected(found, stack)]

    assert named == [("b.py", "last"), ("a.py", "last"), ("b.py", "Box")]
