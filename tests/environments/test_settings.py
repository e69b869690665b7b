"""Which index is asked follows the user's own configuration of uv and pip."""

from pathlib import Path

import pytest

from fixproof.environments.settings import endpoint, read_settings, without_addresses


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "PIP_CONFIG_FILE": str(tmp_path / "none.conf")}


def test_without_configuration_the_default_is_the_client_librarys(home: dict[str, str]) -> None:
    settings = read_settings(home)

    assert [each.url for each in settings.endpoints] == [""]
    assert settings.default.full == ""


@pytest.mark.parametrize(
    "variables",
    [
        {"UV_DEFAULT_INDEX": "https://a.test/simple", "UV_INDEX": "x=https://b.test/simple"},
        {"UV_INDEX_URL": "https://a.test/simple", "UV_EXTRA_INDEX_URL": "https://b.test/simple"},
        {"PIP_INDEX_URL": "https://a.test/simple", "PIP_EXTRA_INDEX_URL": "https://b.test/simple"},
    ],
)
def test_variables_name_the_default_and_the_extra_ones(
    variables: dict[str, str], home: dict[str, str]
) -> None:
    """The extra ones are asked first."""
    settings = read_settings(home | variables)

    assert [each.url for each in settings.endpoints] == [
        "https://b.test/simple",
        "https://a.test/simple",
    ]


def test_uv_is_heard_before_pip(home: dict[str, str]) -> None:
    said = {"UV_DEFAULT_INDEX": "https://a.test/simple", "PIP_INDEX_URL": "https://b.test/simple"}

    assert read_settings(home | said).default.url == "https://a.test/simple"


def test_uvs_own_file_is_read(home: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "uv"
    folder.mkdir(parents=True)
    (folder / "uv.toml").write_text(
        '[[index]]\nurl = "https://a.test/simple"\ndefault = true\n'
        '[[index]]\nname = "b"\nurl = "https://b.test/simple"\n'
        '[[index]]\nname = "c"\nurl = "https://c.test/simple"\nexplicit = true\n'
    )

    settings = read_settings(home)

    assert [each.url for each in settings.endpoints] == [
        "https://b.test/simple",
        "https://a.test/simple",
    ]


def test_pips_file_is_read_whatever_the_password_holds(
    home: dict[str, str], tmp_path: Path
) -> None:
    """Percent signs are no interpolation; folders on this machine are no index."""
    path = tmp_path / "pip.conf"
    path.write_text(
        "[global]\nindex-url = https://me:p%40ss@a.test/simple\n"
        "extra-index-url =\n    https://b.test/simple\n    file:///srv/simple\n"
    )

    settings = read_settings(home | {"PIP_CONFIG_FILE": str(path)})

    assert (settings.default.url, settings.default.user) == ("https://a.test/simple", "me")
    assert settings.default.password == "p@ss"
    assert settings.default.full == "https://me:p%40ss@a.test/simple"
    assert [each.url for each in settings.extra] == ["https://b.test/simple"]


def test_a_broken_file_is_passed_over(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "none.conf").write_text("no section\n")

    assert read_settings(home).default.url == ""


def test_the_identity_of_an_index_holds_no_credentials() -> None:
    """Two users of one index share what was learned from it."""
    one, other = (endpoint(f"https://{who}@a.test/simple") for who in ("a:b", "c:d"))

    assert one.identity == other.identity != endpoint("https://b.test/simple").identity


def test_addresses_are_stripped_from_a_tools_text() -> None:
    text = "cause: Failed to fetch: `https://me:secret@a.test/simple/demo/` (git+ssh://x/y), retry"

    assert without_addresses(text) == "cause: Failed to fetch: `<address>` (<address>), retry"
