"""Release trees: parents by line and by upload time."""

import pytest

from fixproof.model.errors import InputError
from fixproof.model.releases import Release, Timeline
from fixproof.strategy.tree import ReleaseTree
from tests.support_histories import timeline, tree


def test_a_release_descends_from_the_one_before_it_in_its_line() -> None:
    grown = tree("1.0.0", "1.0.1", "1.0.2")

    assert grown.path("1.0.2") == ("1.0.0", "1.0.1", "1.0.2")


def test_a_back_port_does_not_become_the_parent_of_the_next_line() -> None:
    grown = tree("4.4.0", "4.5.0", "4.6.0", "4.5.1", "4.6.1", "4.5.2")

    assert grown.parents["4.6.0"] == "4.5.0"
    assert grown.parents["4.5.1"] == "4.5.0"
    assert grown.parents["4.6.1"] == "4.6.0"
    assert grown.tips == ("4.5.2", "4.6.1")


def test_the_first_of_a_line_descends_from_the_highest_lower_release_of_its_day() -> None:
    grown = tree("2.17.0", "2.18.0", "2.17.1", "3.0.0", "2.18.1")

    assert grown.parents["3.0.0"] == "2.18.0"


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ("1.1", "1.0.post1"),  # a post release is of the line that it repairs
        ("1.0.post1", "1.0"),
        ("2022.9.0", "1.1"),
        ("2022.10.0", "2022.9.1"),  # two numbers make a line also where they are dates
        ("1!1.0", "2022.10.0"),
    ],
)
def test_versions_of_every_shape_have_a_parent(child: str, parent: str) -> None:
    grown = tree("1.0", "1.0.post1", "1.1", "2022.9.0", "2022.9.1", "2022.10.0", "1!1.0")

    assert grown.parents[child] == parent


def test_a_line_whose_first_release_is_gone_still_has_a_parent() -> None:
    assert tree("4.18.0", "4.19.1").parents["4.19.1"] == "4.18.0"


def test_without_upload_times_numbers_decide() -> None:
    undated = Timeline(
        package="thing",
        releases=tuple(
            Release(version=v, files=timeline(v).releases[0].files) for v in ("1.0.0", "1.1.0")
        ),
    )

    assert ReleaseTree.of(undated).parents == {"1.0.0": None, "1.1.0": "1.0.0"}


def test_yanked_releases_are_in_the_tree_but_unwanted() -> None:
    grown = tree("0.18.8", "0.18.9", "0.18.10", yanked=["0.18.9"])

    assert grown.parents["0.18.10"] == "0.18.9"
    assert grown.unwanted == {"0.18.9"}


def test_pre_releases_are_in_when_asked_for() -> None:
    history = timeline("1.0.0", "1.1.0rc1", "1.1.0rc2", "1.1.0")

    assert ReleaseTree.of(history).versions == ("1.0.0", "1.1.0")
    assert ReleaseTree.of(history).left_out == ("1.1.0rc1", "1.1.0rc2")
    assert ReleaseTree.of(history, prereleases=True).parents["1.1.0"] == "1.1.0rc2"


def test_a_named_pre_release_is_in_by_any_spelling() -> None:
    grown = ReleaseTree.of(timeline("1.0.0", "1.1.0rc1", "1.1.0rc2"), include=["1.1.0.rc.1"])

    assert grown.versions == ("1.0.0", "1.1.0rc1")
    assert grown.unwanted == {"1.1.0rc1"}


def test_a_package_that_only_has_pre_releases_is_searched_in_them() -> None:
    assert ReleaseTree.of(timeline("0.1a1", "0.1a2")).versions == ("0.1a1", "0.1a2")


def test_releases_without_files_are_no_releases() -> None:
    history = timeline("1.0.0", "1.0.1")
    emptied = Timeline(package="thing", releases=(history.releases[0], Release(version="1.0.1")))

    assert ReleaseTree.of(emptied).versions == ("1.0.0",)


def test_a_release_is_found_by_any_spelling() -> None:
    assert tree("1.0", "2.0.0").named("v1.0.0") == "1.0"


def test_an_unknown_release_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"no such release: 3\.0"):
        tree("1.0", "2.0").named("3.0")


def test_short_lived_firsts_of_a_line_are_suspected_first() -> None:
    grown = tree("1.0.0", "1.1.0", "1.1.1", "1.2.0", "1.0.1", "1.0.2", "1.3.0")

    assert grown.suspects("1.3.0") == ("1.1.0", "1.2.0")
