"""What wheels may and may not do to an environment."""

import stat
import zipfile
from pathlib import Path

import pytest

from fixproof.environments.wheels import HostileWheelError, unpack
from fixproof.model.environments import Interpreter, Request
from fixproof.model.runs import Stage, Unusable
from tests.support_index import Content, LocalIndex, wheel

DATA = "demo-1.0.data"


def unpacked(content: bytes, folder: Path) -> list[tuple[str, str]]:
    path = folder / "wheel"
    path.write_bytes(content)
    made = unpack(path, folder / "made", "demo-1.0-py3-none-any.whl")
    return [(entry.part, entry.path) for entry in made.entries]


@pytest.mark.parametrize(
    "path",
    [
        "../outside.py",
        "demo/../../outside.py",
        "/absolute.py",
        "demo//double.py",
        "demo/./here.py",
        "demo\\windows.py",
        f"{DATA}/data/../../outside",
        f"{DATA}/data/pyvenv.cfg",
        f"{DATA}/data/bin/python",
        f"{DATA}/data/bin/activate",
        f"{DATA}/scripts/python",
        f"{DATA}/scripts/python3.11",
        f"{DATA}/scripts/activate.fish",
        f"{DATA}/scripts/../python",
        f"{DATA}/elsewhere/file",
        f"{DATA}/file",
    ],
)
def test_a_file_that_leads_elsewhere_is_refused(path: str, tmp_path: Path) -> None:
    """Neither outside its part, nor over what makes the environment an environment."""
    with pytest.raises(HostileWheelError):
        unpacked(wheel("demo", "1.0", {path: "x"}), tmp_path)

    assert not (tmp_path / "outside.py").exists()


@pytest.mark.parametrize(
    "path",
    [
        f"{DATA}/data/share/man/demo.1",
        f"{DATA}/scripts/python-demo",
        f"{DATA}/scripts/activate-global-demo",
        f"{DATA}/headers/demo.h",
        f"{DATA}/purelib/demo.py",
        "python.py",
        "demo..name.py",
        "demo-é.txt",
        "activate",
    ],
)
def test_unusual_but_honest_files_are_taken(path: str, tmp_path: Path) -> None:
    name = path.rpartition("/")[2]

    assert name in {
        where.rpartition("/")[2]
        for _, where in unpacked(wheel("demo", "1.0", {path: "x"}), tmp_path)
    }


@pytest.mark.parametrize("name", ["../x", "a/b", "python", "python3", "activate"])
def test_the_name_of_an_entry_point_is_a_plain_name(name: str, tmp_path: Path) -> None:
    points = f"[console_scripts]\n{name} = demo:main\n"

    with pytest.raises(HostileWheelError):
        unpacked(
            wheel("demo", "1.0", {"demo.py": ""}, more_metadata={"entry_points.txt": points}),
            tmp_path,
        )


def test_a_link_is_kept_as_the_plain_file_it_is(tmp_path: Path) -> None:
    content = wheel("demo", "1.0", {"link": "/etc/passwd"}, modes={"link": stat.S_IFLNK | 0o777})

    unpacked(content, tmp_path)

    made = tmp_path / "made" / "site" / "link"
    assert not made.is_symlink()
    assert made.read_text() == "/etc/passwd"


@pytest.mark.parametrize(
    "files",
    [
        {"demo": "a file", "demo/__init__.py": ""},
        {"demo/__init__.py": "", "demo": "a file"},
    ],
)
def test_a_file_and_a_folder_of_one_name_are_refused(
    files: dict[str, Content], tmp_path: Path
) -> None:
    with pytest.raises(HostileWheelError):
        unpacked(wheel("demo", "1.0", files), tmp_path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """The sizes are summed up first; nothing is written."""
    with pytest.raises(HostileWheelError, match="would unpack to"):
        unpacked(wheel("demo", "1.0", {"bomb": bytes(80 * 1024**2)}), tmp_path)

    assert not (tmp_path / "made").exists()


def test_a_record_that_lies_is_refused(tmp_path: Path) -> None:
    lie = {"demo.py": "demo.py,sha256=AAAA,1"}

    with pytest.raises(HostileWheelError, match=r"RECORD states another SHA-256: demo\.py"):
        unpacked(wheel("demo", "1.0", {"demo.py": "x"}, record=lie), tmp_path)


def test_a_record_that_leaves_out_a_digest_is_taken(tmp_path: Path) -> None:
    """Old wheels do; other installers take them."""
    bare = {"demo.py": "demo.py,,"}

    assert ("site", "demo.py") in unpacked(
        wheel("demo", "1.0", {"demo.py": "x"}, record=bare), tmp_path
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"<html>"])
def test_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(HostileWheelError):
        unpacked(content, tmp_path)


def test_a_zip_without_metadata_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo.py", "")

    with pytest.raises(HostileWheelError, match=r"\.dist-info"):
        unpacked(path.read_bytes(), tmp_path)


def test_nothing_unpacked_is_writable(tmp_path: Path) -> None:
    content = wheel("demo", "1.0", {"demo.py": "x", "tool": "x"}, modes={"tool": 0o100755})
    unpacked(content, tmp_path)

    modes = {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / "made" / "site").iterdir()}

    assert (modes["demo.py"], modes["tool"]) == (0o444, 0o555)


def test_a_hostile_wheel_makes_the_environment_unusable_and_is_named(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """It is a fact about that release, told as a value; the store keeps nothing of it."""
    index.add("demo", "1.0", files={"../outside.py": "x"})
    environments = index.environments(cache)
    environment = environments.resolve(Request(requirements=("demo",), interpreter=interpreter))
    assert not isinstance(environment, Unusable)

    found = environments.materialise(environment)

    assert isinstance(found, Unusable)
    assert found.stage is Stage.INSTALL
    assert found.reason.startswith("demo-1.0-py3-none-any.whl: ")
    assert not list(cache.rglob("outside.py"))
    assert not list((cache / "envs").glob("*"))
    index.asked.clear()
    assert environments.materialise(environment) == found
    assert index.asked == [], "the same content would be turned away again"
