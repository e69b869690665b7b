"""Base Pythons are found, asked once and remembered."""

import os
import sys
from pathlib import Path

import pytest

from fixproof.environments.interpreters import choose, find_interpreters
from fixproof.model.environments import Interpreter
from fixproof.model.errors import PreparationError

NOWHERE = {"HOME": "/nonexistent", "PATH": ""}


def test_our_own_base_is_found(tmp_path: Path) -> None:
    """The one these tests run on, as a base and not as the virtual environment."""
    version = ".".join(str(part) for part in sys.version_info[:3])

    found = choose(find_interpreters(tmp_path, NOWHERE), version)

    assert found.prefix == Path(sys.base_prefix)
    assert found.path == found.path.resolve()
    assert found.implementation == sys.implementation.name
    assert found.minor == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_newest_first_and_each_once() -> None:
    found = find_interpreters()
    numbers = [tuple(map(int, i.minor.split("."))) for i in found if i.implementation == "cpython"]

    assert numbers == sorted(numbers, reverse=True)
    assert len({i.path for i in found}) == len(found)


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def pretender(version: str, path: Path) -> str:
    """What a Python at `path` would answer; each question is counted in a file beside it."""
    answer = (
        f'{{"version": "{version}", "path": "{path}", "prefix": "{path.parent.parent}",'
        ' "implementation": "cpython", "build": "test"}'
    )
    return f"echo asked >> {path}.count\necho '{answer}'"


@pytest.mark.parametrize(
    ("folder", "variable"),
    [
        (".pyenv/versions/3.90.1/bin", ""),
        ("elsewhere/versions/3.90.1/bin", "PYENV_ROOT=elsewhere"),
        (".local/share/uv/python/cpython-3.90/bin", ""),
        ("managed/cpython-3.90/bin", "UV_PYTHON_INSTALL_DIR=managed"),
        ("on-path", "PATH=on-path"),
    ],
)
def test_places_that_are_looked_at(folder: str, variable: str, tmp_path: Path) -> None:
    """pyenv's and uv's folders, and PATH; answers are kept until the binary changes."""
    name, _, value = variable.partition("=")
    variables = NOWHERE | {"HOME": str(tmp_path)}
    if name:
        variables[name] = str(tmp_path / value)
    path = tmp_path / folder / "python3.90"
    script(path, pretender("3.90.1", path))
    count = path.with_name("python3.90.count")

    for _ in range(2):
        assert "3.90.1" in {i.version for i in find_interpreters(tmp_path / "cache", variables)}
    assert count.read_text() == "asked\n"

    script(path, pretender("3.90.2", path))
    os.utime(path, (1, 1))
    assert "3.90.2" in {i.version for i in find_interpreters(tmp_path / "cache", variables)}


def test_shims_broken_ones_and_virtual_environments_are_passed_over(tmp_path: Path) -> None:
    for folder in ("shims", "broken", "venv/bin"):
        path = tmp_path / folder / "python3.90"
        script(path, "exit 1" if folder == "broken" else pretender("3.90.1", path))
    (tmp_path / "venv" / "pyvenv.cfg").write_text("")
    names = ("shims", "broken", "venv/bin")
    path_variable = os.pathsep.join(str(tmp_path / name) for name in names)

    found = find_interpreters(environ=NOWHERE | {"PATH": path_variable})

    assert not [i for i in found if i.version.startswith("3.90")]


def test_a_folder_that_cannot_be_looked_into_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "bin" / "python3.90"
    script(path, pretender("3.90.1", path))
    impossible = tmp_path / ("x" * 300) / "bin"  # a name too long: an error for everybody
    path_variable = os.pathsep.join(map(str, (impossible, path.parent)))

    found = find_interpreters(environ=NOWHERE | {"PATH": path_variable})

    assert "3.90.1" in {i.version for i in found}


def test_a_version_is_chosen_as_exactly_as_it_is_given() -> None:
    offered = [
        Interpreter(version=version, path=Path(version), prefix=Path("/"))
        for version in ("3.12.1", "3.11.7", "3.11.2", "3.1.5")
    ]

    assert [choose(offered, wanted).version for wanted in ("3.11", "3.11.2", "3.1")] == [
        "3.11.7",
        "3.11.2",
        "3.1.5",
    ]
    with pytest.raises(PreparationError, match=r"no such Python at hand: 3\.9") as caught:
        choose(offered, "3.9")
    assert caught.value.hint
