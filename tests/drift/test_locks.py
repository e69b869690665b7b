"""Lock files as text: what is pinned, where it says so, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.model.errors import InputError
from fixproof.scan.locks import LockFile, read_lock

UV = """\
version = 1
requires-python = ">=3.9"

[[package]]
name = "site"
version = "0.1"
source = { virtual = "." }
dependencies = [
    { name = "flask", extra = ["async"] },
    { name = "tzdata", marker = "os_name == 'nt'" },
]

[package.dev-dependencies]
dev = [{ name = "pytest" }]
docs = [{ name = "sphinx" }]

[package.metadata]
requires-dist = [
    { name = "flask", extras = ["async"], specifier = ">=2" },
    { name = "tzdata", marker = "os_name == 'nt'", specifier = ">1" },
    { name = "tzdata", marker = "os_name == 'posix'", specifier = ">2" },
]

[[package]]
name = "Flask"
version = "2.0.3"
source = { registry = "index" }

[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "index" }

[[package]]
name = "numpy"
version = "2.0.0"
source = { registry = "index" }

[[package]]
name = "mine"
version = "1.0"
source = { git = "somewhere" }
"""
POETRY = """\
[[package]]
name = "flask"
version = "2.0.3"
description = "x"

[[package]]
name = "mine"
version = "1.0"

[package.source]
type = "git"
"""
PYLOCK = """\
lock-version = "1.0"

[[packages]]
name = "flask"
version = "2.0.3"
marker = "python_version >= '3.8'"
wheels = [{ name = "flask-2.0.3-py3-none-any.whl" }]

[[packages]]
name = "here"
directory = { path = "." }
"""
PIPFILE = """\
{
  "_meta": {},
  "default": {
    "flask": {"version": "==2.0.3", "markers": "python_version >= '3.6'"},
    "mine": {"git": "somewhere"}
  },
  "develop": {"pytest": {"version": "==7.0"}}
}
"""
PINNED = """\
# made by a tool
-i somewhere
flask==2.0.3 \\
    --hash=sha256:00 \\
    --hash=sha256:01  # via -r in.txt
jinja2>=3
numpy==1.26.4 ; python_version < "3.12"
"""


def rows(lock: LockFile) -> list[tuple[str, str, int]]:
    return [(one.name, one.version, one.line) for one in lock.locked]


def test_uv_lock_gives_pins_lines_and_the_projects_own_wishes() -> None:
    lock = read_lock("a/uv.lock", UV)

    assert rows(lock) == [("flask", "2.0.3", 25), ("numpy", "1.26.4", 30), ("numpy", "2.0.0", 35)]
    assert lock.roots == ("flask[async]>=2", "tzdata ; os_name == 'nt'", "pytest")
    assert lock.skipped == ("mine: not from a package index",)


def test_a_package_locked_twice_is_pinned_where_the_lock_says_which_applies() -> None:
    assert read_lock("uv.lock", UV).pins == ("flask==2.0.3",)
    forked = UV.replace('version = "1.26.4"', 'version = "1.26.4"\nresolution-markers = ["a", "b"]')
    forked = forked.replace('version = "2.0.0"', 'version = "2.0.0"\nresolution-markers = ["c"]')
    assert read_lock("uv.lock", forked).pins == (
        "flask==2.0.3",
        "numpy==1.26.4 ; (a) or (b)",
        "numpy==2.0.0 ; (c)",
    )


def test_other_formats() -> None:
    assert rows(read_lock("poetry.lock", POETRY)) == [("flask", "2.0.3", 2)]
    assert rows(read_lock("Pipfile.lock", PIPFILE)) == [("flask", "2.0.3", 4), ("pytest", "7.0", 7)]
    pylock = read_lock("pylock.dev.toml", PYLOCK)
    assert rows(pylock) == [("flask", "2.0.3", 4)]
    assert pylock.locked[0].marker == "python_version >= '3.8'"
    assert len(pylock.skipped) == 1


def test_pinned_requirements() -> None:
    lock = read_lock("requirements.txt", PINNED)

    assert rows(lock) == [("flask", "2.0.3", 3), ("numpy", "1.26.4", 7)]
    assert lock.locked[1].marker == 'python_version < "3.12"'
    assert lock.skipped == ("line 6: not pinned: jinja2>=3",)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("uv.lock", "x = [", "not TOML"),
        ("uv.lock", "package = 3", "not a list"),
        ("uv.lock", "[[package]]\nversion = '1'", "without a name"),
        ("poetry.lock", "[[package]]\nname = 'a'\nversion = 'not one'", "not a version"),
        ("Pipfile.lock", "{", "not JSON"),
        ("requirements.txt", "flask\njinja2\n", "nothing is pinned"),
    ],
)
def test_what_is_no_lock_file_is_refused(name: str, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_lock(name, text)


@given(
    st.sampled_from(["uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "r.txt"]), st.text()
)
def test_any_text_is_read_or_refused_and_never_crashes(name: str, text: str) -> None:
    try:
        lock = read_lock(name, text)
    except InputError:
        return
    assert all(one.line >= 1 for one in lock.locked)
