"""Lines of keys agree with what a TOML parser sees, whatever stands inside strings."""

import tomllib

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from fixproof.library.lines import line_of, lines_of

TRICKY = """\
a = 1
"quoted key" = 2
text = '''
[not.a.table]
b = 3
''' # closed
more = \"\"\"one line\"\"\"
list = [
  "[x]",  # a = 4
  { c = "]" },
]
c = "# not a comment" # d = 5

[table] # comment
a = "''' not open"
b = 'it''s'
[[rows]]
a = 1
[[rows]]
a = 2
[table.inner]
a = 3
"""


def test_keys_are_found_where_they_stand() -> None:
    lines = lines_of(TRICKY)

    assert lines["a"] == 1
    assert lines["text"] == 3
    assert lines["c"] == 12
    assert lines["table.a"] == 15
    assert lines["rows[1].a"] == 20
    assert lines["table.inner.a"] == 22
    assert "b" not in lines
    assert "d" not in lines
    assert "not.a.table" not in lines


def test_what_is_not_there_is_found_at_what_it_belongs_to() -> None:
    assert line_of(TRICKY, "rows[1].missing") == 19
    assert line_of(TRICKY, "table.missing[3].x") == 14
    assert line_of(TRICKY, "list[1].c") == 8
    assert line_of(TRICKY, "missing") is None


VALUES = st.one_of(
    st.integers(-5, 5),
    st.booleans(),
    st.text(st.sampled_from("ab=[]{}'\"#\n\\ "), max_size=12),
    st.lists(st.text(st.sampled_from("a=[]'\"#\n"), max_size=6), max_size=3),
)
NAMES = st.text(st.sampled_from("abc_-1"), min_size=1, max_size=3)


@given(st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES)))
def test_every_key_of_a_document_has_a_line_that_begins_with_it(
    top: dict[str, object], tables: dict[str, dict[str, object]]
) -> None:
    tables = {name: table for name, table in tables.items() if name not in top}
    text = tomlkit.dumps({**top, **tables})
    assert tomllib.loads(text) == {**top, **tables}
    rows, lines = text.split("\n"), lines_of(text)

    for name in top:
        assert rows[lines[name] - 1].startswith(name)
    for name, table in tables.items():
        for key in table:
            assert rows[lines[f"{name}.{key}"] - 1].startswith(key)
            assert lines[f"{name}.{key}"] > lines[name]
