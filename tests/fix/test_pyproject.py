"""Edits of pyproject.toml: what is meant changes, and not a byte beside it."""

import difflib
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.capture.pyproject import edited_toml
from fixproof.model.errors import InputError

PEP_621 = """\
# ours, by hand
[build-system]
requires = ["hatchling"]

[project]   # the project
name = "site"
dependencies = [
    # the framework
    "Flask[async] == 1.1.4",  # pinned after the outage
    'requests>=2 ; python_version > "3.7"',
    "attrs"
]  # end

[project.optional-dependencies]
dev = ["flask"]

[tool.other]
x = 1

[tool.uv]
# settings
dev-dependencies = []

[tool.zzz]
y = 'Z'
"""
POETRY = """\
[tool.poetry]
name = "site"

[tool.poetry.dependencies]
python = "^3.9"
flask = "^1.1"  # old
rich = { extras = ["x"], version = '~12.3', optional = true }   # two

[tool.poetry.group.dev.dependencies]
pytest = "*"
"""


def touched(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came."""
    told = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    gone = [line[2:] for line in told if line.startswith("- ")]
    return gone, [line[2:] for line in told if line.startswith("+ ")]


def test_a_requirement_is_changed_where_it_stands() -> None:
    after = edited_toml(PEP_621, ["flask==2.0.3", "requests>=2.30"], "uv")

    assert after == PEP_621.replace('"Flask[async] == 1.1.4"', '"Flask[async]==2.0.3"').replace(
        "'requests>=2 ; python_version > \"3.7\"'",
        "'requests>=2.30 ; python_version > \"3.7\"'",
    )


def test_for_uv_what_the_project_does_not_name_becomes_a_constraint() -> None:
    after = edited_toml(PEP_621, ["markupsafe<2.1"], "uv")
    gone, came = touched(PEP_621, after)

    assert gone == []
    assert "".join(came) == 'constraint-dependencies = [\n    "markupsafe<2.1",\n]\n'
    assert tomllib.loads(after)["tool"]["uv"]["constraint-dependencies"] == ["markupsafe<2.1"]


def test_a_second_constraint_joins_the_first_and_replaces_its_own() -> None:
    once = edited_toml(PEP_621, ["markupsafe<2.1", "jinja2<3"], "uv")
    twice = edited_toml(once, ["markupsafe<2.0", "click<8"], "uv")

    assert tomllib.loads(twice)["tool"]["uv"]["constraint-dependencies"] == [
        "markupsafe<2.0",
        "jinja2<3",
        "click<8",
    ]
    assert touched(once, twice)[0] == ['    "markupsafe<2.1",\n']


def test_for_uv_bounds_of_builds_have_their_own_list() -> None:
    after = edited_toml(PEP_621, ["build:setuptools<58"], "uv")

    assert tomllib.loads(after)["tool"]["uv"]["build-constraint-dependencies"] == ["setuptools<58"]


def test_without_uv_the_project_itself_states_what_bounds_others() -> None:
    after = edited_toml(PEP_621, ["markupsafe<2.1"], "")
    gone, came = touched(PEP_621, after)

    assert tomllib.loads(after)["project"]["dependencies"][-1] == "markupsafe<2.1"
    assert "".join(came).replace(",", "") == '    "attrs"\n    "markupsafe<2.1"\n'
    assert gone == ['    "attrs"\n']


def test_poetry_keeps_its_own_notation() -> None:
    after = edited_toml(POETRY, ["flask>=2.0.3", "rich==13.0", "markupsafe<2.1"], "poetry")

    assert after == POETRY.replace('"^1.1"', '">=2.0.3"').replace("'~12.3'", "'==13.0'").replace(
        "# two\n", '# two\nmarkupsafe = "<2.1"\n'
    )


def test_line_endings_stay() -> None:
    before = PEP_621.replace("\n", "\r\n")
    after = edited_toml(before, ["flask==2.0.3", "markupsafe<2.1"], "uv")

    assert "\n" not in after.replace("\r\n", "")
    assert touched(before, after)[0] == [
        '    "Flask[async] == 1.1.4",  # pinned after the outage\r\n'
    ]


def test_a_table_that_is_missing_is_added() -> None:
    before = '[project]\nname = "site"\ndependencies = ["flask"]\n'
    after = edited_toml(before, ["markupsafe<2.1"], "uv")

    assert after.startswith(before)
    assert tomllib.loads(after)["tool"] == {"uv": {"constraint-dependencies": ["markupsafe<2.1"]}}


@pytest.mark.parametrize("lines", [["build:setuptools<58"]])
def test_what_a_tool_has_no_place_for_is_refused(lines: list[str]) -> None:
    with pytest.raises(InputError, match="only uv"):
        edited_toml(POETRY, lines, "poetry")


PIECES = [
    '[tool.a]\nk = "v"  # why\n',
    "[tool.b.c]\nx = [1,\n  2, # two\n]\n",
    "# alone\n\n\n",
    "[[tool.many]]\nn = 1\n\n[[tool.many]]\nn = 2\n",
    '[tool.uv]\nenvironments = ["x"]\n',
    '[tool.uv.sources]\nz = { path = "z" }\n',
]


@given(st.lists(st.sampled_from(PIECES), unique=True), st.integers(0, 6))
def test_only_what_is_meant_changes_wherever_it_stands(pieces: list[str], at: int) -> None:
    project = '[project]\ndependencies = [\n  "app==1.0", # here\n  "b",\n]\n'
    before = "".join([*pieces[:at], project, *pieces[at:]])
    after = edited_toml(before, ["app==2.0", "deep<3"], "uv")
    gone, came = touched(before, after)
    plain, changed = tomllib.loads(before), tomllib.loads(after)

    assert gone == ['  "app==1.0", # here\n']
    assert '  "app==2.0", # here\n' in came
    assert changed["tool"]["uv"].pop("constraint-dependencies") == ["deep<3"]
    assert changed["project"]["dependencies"] == ["app==2.0", "b"]
    kept = plain.get("tool", {})
    assert {**kept, "uv": kept.get("uv", {})} == changed["tool"]
