"""Whose code a path is, wherever it is installed."""

import pytest

from fixproof.model.failures import Origin
from fixproof.signature.places import SCRIPT, place

PACKAGE, STDLIB, USER = Origin.PACKAGE, Origin.STDLIB, Origin.USER


@pytest.mark.parametrize(
    ("path", "module", "distribution"),
    [
        ("/usr/lib/python3.9/site-packages/a/b.py", "a/b.py", "a"),
        ("/usr/lib/python3/dist-packages/a/b.py", "a/b.py", "a"),
        ("~/.local/lib/python3.9/site-packages/a_b/c.py", "a_b/c.py", "a-b"),
        (r"C:\py\Lib\site-packages\a\b.py", "a/b.py", "a"),
        ("/x/lib/python3.9/site-packages/one.py", "one.py", "one"),
        ("/x/site-packages/a-1.2-py3.9.egg/a/b.py", "a/b.py", "a"),
        ("/x/.deps/a_b-1.2-py3-none-any.whl/a_b/c.py", "a_b/c.py", "a-b"),
        ("/x/uv/archive-v0/Ab12/a/b.py", "a/b.py", "a"),
        ("/x/site-packages/pip/_vendor/a/b.py", "pip/_vendor/a/b.py", "pip"),
        ("a/b.pyx", "a/b.pyx", "a"),
        ("src/a/b.pyx", "a/b.pyx", "a"),
    ],
)
def test_packages(path: str, module: str, distribution: str) -> None:
    assert place(path) == (module, PACKAGE, distribution)


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("/usr/lib/python3.9/json/decoder.py", "json/decoder.py"),
        ("/usr/lib/python3.13t/asyncio/tasks.py", "asyncio/tasks.py"),
        ("/usr/lib/python3.9/lib-dynload/x.py", "x.py"),
        (r"C:\Python39\lib\asyncio\runners.py", "asyncio/runners.py"),
        (r"C:\ProgramData\Anaconda3\lib\runpy.py", "runpy.py"),
        ("/opt/python39.zip/runpy.py", "runpy.py"),
        ("<frozen importlib._bootstrap>", "importlib/_bootstrap.py"),
    ],
)
def test_the_standard_library(path: str, module: str) -> None:
    assert place(path) == (module, STDLIB, None)


@pytest.mark.parametrize(
    "path",
    [
        "demo.py",
        "/home/ann/shop/demo.py",
        "<stdin>",
        "<ipython-input-3-ab>",
        "/x/venv/bin/black",
        "",
    ],
)
def test_the_users_own(path: str) -> None:
    assert place(path) == (SCRIPT, USER, None)


def test_a_checkout_tells_the_module_but_not_the_distribution() -> None:
    assert place("/work/src/a/b.py") == ("a/b.py", Origin.UNKNOWN, None)


def test_generated_code_is_nobodys() -> None:
    assert place("<attrs generated init a.B>")[1] is Origin.UNKNOWN
