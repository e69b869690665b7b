"""What a script says about itself (PEP 723)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.issues.script import ScriptMetadata, script_metadata
from fixproof.model.errors import InputError

WHOLE = """\
#!/usr/bin/env python
# /// script
# requires-python = ">=3.8,<3.13"  # because
# dependencies = [
#   "starlette",
#   "dask[dataframe]=={version}",
# ]
#
# [tool.uv]
# exclude-newer = "2021-08-31T00:00:00Z"
# ///
import starlette
"""


def script(body: str) -> str:
    lines = "\n".join(f"# {line}" for line in body.splitlines())
    return f"# /// script\n{lines}\n# ///\n"


def test_everything_that_is_used_is_read() -> None:
    assert script_metadata(WHOLE) == ScriptMetadata(
        dependencies=("starlette", "dask[dataframe]=={version}"),
        requires_python=">=3.8,<3.13",
        exclude_newer=datetime(2021, 8, 31, tzinfo=UTC),
    )


def test_line_ends_of_windows_are_read_too() -> None:
    assert script_metadata(WHOLE.replace("\n", "\r\n")) == script_metadata(WHOLE)


@given(st.text())
def test_a_script_that_says_nothing_needs_nothing(text: str) -> None:
    assert script_metadata(text.replace("///", "")) == ScriptMetadata()


@pytest.mark.parametrize("kind", ["pyproject", "other"])
def test_blocks_of_another_kind_are_passed_over(kind: str) -> None:
    assert script_metadata(WHOLE.replace("script", kind)) == ScriptMetadata()


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ('"2021-08-31T12:00:00+02:00"', datetime(2021, 8, 31, 10, tzinfo=UTC)),
        ('"2021-08-31"', datetime(2021, 8, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2021-08-31", datetime(2021, 8, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2021-08-31T10:00:00Z", datetime(2021, 8, 31, 10, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_uv_reads_them(value: str, moment: datetime) -> None:
    found = script_metadata(script(f"[tool.uv]\nexclude-newer = {value}")).exclude_newer

    assert found == moment


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("dependencies = [", "not TOML"),
        ("dependencies = 'x'", "expected a list of strings"),
        ("dependencies = [1]", "expected a list of strings"),
        ("dependencies = ['a b c']", "not a requirement: a b c"),
        ("requires-python = 3.8", "not a specifier: 3.8"),
        ("requires-python = '3.8'", "not a specifier: 3.8"),
        ("[tool.uv]\nexclude-newer = 'last week'", "not a date: last week"),
        ("[tool.uv]\nexclude-newer = 1", "not a date: 1"),
    ],
)
def test_what_is_malformed_is_said_with_file_and_line(body: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        script_metadata(f"import x\n{script(body)}", at="repro.py")

    assert caught.value.at == "repro.py:2"


def test_two_blocks_are_one_too_many() -> None:
    with pytest.raises(InputError, match="two blocks"):
        script_metadata(f"{WHOLE}\n{WHOLE}")
