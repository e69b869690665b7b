"""Requirement files: what is read, and that an edit moves nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.capture.project import digest_of_tree, installed, project_at
from fixproof.capture.requirements import edited, read_requirements
from fixproof.model.errors import InputError

BEFORE = """\
# what the site needs
flask[async]==1.1.4  # pinned by hand
  Requests >= 2.0 ; python_version > "3.7"   # why not

-r more.txt
--extra-index-url somewhere
-e ./here
uvicorn \\
    ==0.20 \\
    --hash=sha256:00
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text(BEFORE)
    (tmp_path / "more.txt").write_text("jinja2<3\n-c bounds.txt\n")
    (tmp_path / "bounds.txt").write_text("markupsafe==2.0.1\n")
    return tmp_path


def test_included_files_are_read_and_options_left_out(files: Path) -> None:
    listed = read_requirements([files / "requirements.txt"])

    assert listed.requirements == (
        "flask[async]==1.1.4",
        'Requests >= 2.0 ; python_version > "3.7"',
        "jinja2<3",
        "uvicorn      ==0.20",
    )
    assert listed.constraints == ("markupsafe==2.0.1",)
    assert len(listed.skipped) == 2


def test_an_edit_keeps_comments_order_markers_and_extras(files: Path) -> None:
    listed = read_requirements([files / "requirements.txt"])
    contents = edited(listed, ["flask==2.0.3", "requests>=2.30"])

    assert list(contents) == [files / "requirements.txt"]
    assert contents[files / "requirements.txt"] == BEFORE.replace(
        "flask[async]==1.1.4", "flask[async]==2.0.3"
    ).replace("Requests >= 2.0 ;", "requests>=2.30 ;")


def test_each_line_goes_to_the_file_that_speaks_of_its_package(files: Path) -> None:
    listed = read_requirements([files / "requirements.txt"])
    contents = edited(listed, ["markupsafe<2.1", "jinja2<3.1"])

    assert contents[files / "bounds.txt"] == "markupsafe<2.1\n"
    assert contents[files / "more.txt"] == "jinja2<3.1\n-c bounds.txt\n"


def test_a_package_that_no_file_names_is_added_to_the_first(files: Path) -> None:
    listed = read_requirements([files / "requirements.txt"])
    (content,) = edited(listed, ["werkzeug<2"]).values()

    assert content == BEFORE + "werkzeug<2\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_endings_and_marks_stay_byte_for_byte(tmp_path: Path, ending: str, mark: str) -> None:
    file = tmp_path / "requirements.txt"
    before = ending.join(["a==1  # one", "b \\", "  ==2", "c"])
    file.write_bytes(f"{mark}{before}".encode())
    (content,) = edited(read_requirements([file]), ["a==2", "b==3", "d<4"]).values()

    expected = ending.join(["a==2  # one", "b==3", "c", "d<4", ""])
    assert content == mark + expected


def test_reading_touches_nothing(files: Path) -> None:
    edited(read_requirements([files / "requirements.txt"]), ["flask==2"])

    assert (files / "requirements.txt").read_text() == BEFORE


@given(st.lists(st.sampled_from(["a==1", "b>=2  # two", "# only words", "", "c"]), max_size=12))
def test_lines_that_are_not_meant_stay_as_they_are(
    tmp_path_factory: object, kept: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("files")  # type: ignore[attr-defined]  # pytest's own fixture
    file = folder / "requirements.txt"
    file.write_text("\n".join([*kept, "target==1.0  # here"]) + "\n")
    (content,) = edited(read_requirements([file]), ["target==2.0"]).values()

    assert content == "\n".join([*kept, "target==2.0  # here"]) + "\n"


def test_a_file_that_includes_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r requirements.txt\n")

    with pytest.raises(InputError, match="includes itself"):
        read_requirements([tmp_path / "requirements.txt"])


def test_the_project_is_what_stands_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nrequires-python = ">=3.9"\ndependencies = ["flask<3"]\n'
    )
    (tmp_path / "uv.lock").write_text(
        'version = 1\n[[package]]\nname = "x"\nversion = "0"\nsource = { editable = "." }\n'
        '[[package]]\nname = "flask"\nversion = "2.0.3"\nsource = { registry = "index" }\n'
    )
    project = project_at(tmp_path)

    assert (project.kind, project.python) == ("uv", ">=3.9")
    assert project.requirements == ("flask<3",)
    assert project.pins == ("flask==2.0.3",)


def test_poetry_notation_is_understood(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.poetry.dependencies]\npython = "^3.9"\nflask = "^1.1"\nrich = "~12.3.1"\n'
        'click = { version = "^0.2.3" }\nanyio = "*"\nattrs = "21.1"\n'
    )

    assert project_at(tmp_path).tool == "poetry"
    assert project_at(tmp_path).requirements == (
        "flask>=1.1,<2",
        "rich>=12.3.1,<12.4",
        "click>=0.2.3,<0.3",
        "anyio",
        "attrs==21.1",
    )


def test_poetry_may_say_more_of_a_package_or_say_it_twice(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.poetry.dependencies]\n"
        'flask = { version = "^1.1", extras = ["async"] }\n'
        'rich = { version = "^12.0", optional = true }\n'
        'numpy = [{ version = "^1.0", markers = "python_version < \'3.9\'" }, '
        '{ version = "^2.0", markers = "python_version >= \'3.9\'" }]\n'
    )

    assert project_at(tmp_path).requirements == (
        "flask[async]>=1.1,<2",
        "numpy>=1.0,<2 ; python_version < '3.9'",
        "numpy>=2.0,<3 ; python_version >= '3.9'",
    )


def test_constraints_for_uv_bound_the_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["flask"]\n'
        '[tool.uv]\nconstraint-dependencies = ["markupsafe<2.1"]\n'
    )

    assert project_at(tmp_path).constraints == ("markupsafe<2.1",)
    assert project_at(tmp_path).tool == "uv"


def test_an_active_environment_is_read_from_its_metadata(tmp_path: Path) -> None:
    for folder in ("Flask-1.0.dist-info", "my_lib-2.1.dist-info", "pip-23.0.dist-info"):
        (tmp_path / "env/lib/python3.9/site-packages" / folder).mkdir(parents=True)

    assert installed(tmp_path / "env") == ("flask==1.0", "my-lib==2.1")
    assert project_at(tmp_path, prefix=tmp_path / "env").kind == "environment"


def test_a_folder_that_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing here says"):
        project_at(tmp_path)


def test_a_tree_is_named_by_what_the_command_sees_of_it(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text("a")
    before = digest_of_tree(tmp_path)
    (tmp_path / "env").mkdir()
    (tmp_path / "env/pyvenv.cfg").write_text("")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/config").write_text("secret")

    assert digest_of_tree(tmp_path) == before
    (tmp_path / "src/a.py").write_text("b")
    assert digest_of_tree(tmp_path) != before
