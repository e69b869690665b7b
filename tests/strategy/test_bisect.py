"""Boundaries on histories that are neither lines nor clean."""

from math import ceil, log2

import pytest

from fixproof.model.searches import Boundaries
from fixproof.strategy.bisect import find_boundaries
from fixproof.strategy.tree import ReleaseTree
from tests.support_histories import Told, drive, settled, tree


def line(letters: str) -> tuple[list[str], dict[str, str]]:
    """Make a straight history of one letter a release: 1.0.0, 1.1.0 and so on."""
    versions = [f"1.{number}.0" for number in range(len(letters))]
    return versions, dict(zip(versions, letters, strict=True))


def search(
    grown: ReleaseTree, world: dict[str, str], bad: str, **options: object
) -> Told[Boundaries]:
    newest = str(options.pop("newest", grown.versions[-1]))
    return drive(
        find_boundaries(grown, bad, newest=newest, **options),  # type: ignore[arg-type]  # options of the test
        settled(world),
    )


def on_line(letters: str, bad: int, **options: object) -> Boundaries:
    versions, world = line(letters)
    return search(tree(*versions), world, versions[bad], **options).finding


def test_both_boundaries_of_a_plain_history() -> None:
    found = on_line("PPPFFFPP", 4)

    assert (found.last_good, found.introduced) == ("1.2.0", "1.3.0")
    assert (found.last_bad, found.first_fixed) == ("1.5.0", "1.6.0")
    assert found.recommended == "1.6.0"
    assert found.monotonic
    assert found.open == ()
    assert found.confidence == 1.0


def test_a_failure_of_one_release_takes_five_probes() -> None:
    versions, world = line("P" * 60 + "F" + "P" * 60)

    assert len(search(tree(*versions), world, "1.60.0").asked) <= 5


@pytest.mark.parametrize("count", [2, 3, 10, 50, 100, 400])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_line_with_one_boundary_takes_no_more_than_halving_and_three(
    count: int, share: float
) -> None:
    fixed = 1 + int((count - 2) * share)
    versions, world = line("F" * fixed + "P" * (count - fixed))

    told = search(tree(*versions), world, versions[0])

    assert told.finding.first_fixed == versions[fixed]
    assert len(told.asked) <= ceil(log2(count)) + 3


def test_what_never_worked_was_introduced_by_the_first_release() -> None:
    found = on_line("FFFFPP", 2)

    assert (found.last_good, found.introduced) == (None, "1.0.0")
    assert found.edges[0].child == "1.4.0"


def test_what_is_not_fixed_has_no_last_bad() -> None:
    found = on_line("PPFFFF", 3)

    assert (found.introduced, found.last_bad, found.first_fixed) == ("1.2.0", None, None)
    assert found.recommended is None


def test_untestable_releases_at_a_boundary_leave_it_open() -> None:
    found = on_line("PPUFFUUPP", 3)

    assert (found.last_good, found.introduced) == ("1.1.0", "1.3.0")
    assert (found.last_bad, found.first_fixed) == ("1.4.0", "1.7.0")
    assert found.open == (
        "the beginning may lie in releases that could not be tested: 1.2.0",
        "the fix may lie in releases that could not be tested: 1.5.0, 1.6.0",
    )
    assert found.confidence == pytest.approx(1 / 3)


def test_older_releases_that_cannot_be_tested_are_not_called_good() -> None:
    found = on_line("UUUUFFP", 5)

    assert (found.last_good, found.introduced) == (None, None)
    assert found.open == ("nothing older could be tested, it fails from the first that can: 1.4.0",)


def test_another_outcome_before_the_failure_is_a_beginning_that_is_said() -> None:
    found = on_line("DDDDFPP", 4)

    assert (found.last_good, found.introduced) == ("1.3.0", "1.4.0")
    assert found.open == ("before the failure another outcome shows: 1.3.0",)


def test_another_outcome_within_the_bad_range_is_no_boundary() -> None:
    found = on_line("PPFFDFFPP", 6)

    assert (found.introduced, found.first_fixed) == ("1.2.0", "1.7.0")


def test_a_second_bug_that_hides_the_fix_is_said() -> None:
    found = on_line("PFFDDPP", 2)

    assert (found.last_bad, found.first_fixed) == ("1.2.0", "1.5.0")
    assert found.open == ("between failing and passing another outcome shows: 1.3.0, 1.4.0",)


def test_a_newest_release_that_cannot_be_tested_is_walked_around() -> None:
    found = on_line("PPFFPPUUU", 3)

    assert (found.last_bad, found.first_fixed) == ("1.3.0", "1.4.0")


BACK_PORTED = ("4.4.0", "4.5.0", "4.6.0", "4.5.1", "4.6.1", "4.5.2", "4.7.0")


@pytest.mark.parametrize("bad", ["4.5.0", "4.6.0"])
def test_back_ports_are_found_from_either_line(bad: str) -> None:
    world = {v: "F" if v in {"4.5.0", "4.6.0"} else "P" for v in BACK_PORTED}

    found = search(tree(*BACK_PORTED), world, bad).finding

    assert found.introduced == "4.5.0"
    assert (found.last_bad, found.first_fixed) == ("4.6.0", "4.6.1")
    assert found.also_fixed == ("4.5.1",)
    assert found.monotonic


MAINTAINED = ("2.0.0", "2.0.1", "3.0.0", "2.0.2", "3.0.1", "2.0.3", "3.0.2")


def test_a_line_that_never_failed_is_no_back_port() -> None:
    world = {v: "F" if v < "2.0.3" else "P" for v in MAINTAINED}

    found = search(tree(*MAINTAINED), world, "2.0.2").finding

    assert (found.last_bad, found.first_fixed) == ("2.0.2", "2.0.3")
    assert found.also_fixed == ()


def test_a_line_that_ends_without_a_fix_is_left_by_number() -> None:
    world = {v: "F" if v < "3" else "P" for v in MAINTAINED}

    found = search(tree(*MAINTAINED), world, "2.0.2").finding

    assert (found.last_bad, found.first_fixed) == ("2.0.3", "3.0.0")


def test_a_line_given_up_long_before_the_failure_was_last_seen_is_left_alone() -> None:
    old = ("1.0.0", "2.0.0", "1.0.1")
    new = tuple(f"2.{minor}.0" for minor in range(1, 400))
    world = dict.fromkeys((*old, *new), "F") | dict.fromkeys(new[-2:], "P")

    told = search(tree(*old, *new), world, new[-10])

    assert told.finding.first_fixed == new[-2]
    assert "1.0.1" not in told.asked


def test_a_fix_further_up_its_own_line_counts_before_the_next_line() -> None:
    uploads = ("1.1.0", "1.1.1", "1.2.0", "1.1.2", "1.1.3")
    world = dict(zip(uploads, "FFPFP", strict=True))

    found = search(tree(*uploads), world, "1.1.1").finding

    assert (found.last_bad, found.first_fixed) == ("1.1.2", "1.1.3")


def test_an_earlier_bad_range_shows_when_it_is_hinted_at() -> None:
    versions, world = line("P" * 10 + "F" + "P" * 20 + "F" + "P" * 10)

    found = search(tree(*versions), world, "1.31.0", hints=["1.10.0"]).finding

    assert found.introduced == "1.10.0"
    assert (found.last_bad, found.first_fixed) == ("1.31.0", "1.32.0")
    assert found.also_fixed == ("1.11.0",)
    assert not found.monotonic
    assert len(found.edges) == 4


def test_an_earlier_bad_range_shows_when_releases_are_spread_over_history() -> None:
    versions, world = line("P" * 10 + "FFFFFF" + "P" * 20 + "F" + "P" * 10)

    found = search(tree(*versions), world, "1.36.0", spread=40).finding

    assert found.introduced == "1.10.0"
    assert not found.monotonic


def test_every_release_is_asked_for_a_whole_map() -> None:
    versions, world = line("PFPDFPUFP")

    told = search(tree(*versions), world, "1.7.0", exhaustive=True)

    assert sorted(told.asked) == sorted(versions)
    assert told.finding.introduced == "1.1.0"
    assert told.finding.first_fixed == "1.8.0"
    assert told.finding.also_fixed == ("1.2.0", "1.5.0")


def test_yanked_releases_are_named_but_not_recommended() -> None:
    grown = tree("1.0.0", "1.0.1", "1.0.2", "1.0.3", yanked=["1.0.1", "1.0.2"])
    world = {"1.0.0": "P", "1.0.1": "F", "1.0.2": "P", "1.0.3": "P"}

    found = search(grown, world, "1.0.1").finding

    assert (found.first_fixed, found.recommended) == ("1.0.2", "1.0.3")


def test_a_release_that_does_not_fail_is_no_start() -> None:
    found = on_line("PPPP", 2)

    assert found.introduced is None
    assert found.open == ("the failure does not show at the release said bad: 1.2.0",)


def test_more_workers_ask_more_at_once_and_wait_less() -> None:
    versions, world = line("P" * 80 + "F" * 80 + "P" * 80)
    one = search(tree(*versions), world, "1.100.0")
    eight = search(tree(*versions), world, "1.100.0", workers=8)

    assert one.finding == eight.finding
    assert len(eight.asks) < len(one.asks) / 2


def test_the_likely_next_ones_are_named_for_preparation() -> None:
    versions, world = line("PPPPFPPPP")

    told = search(tree(*versions), world, "1.4.0")

    assert told.asks[0].soon == ("1.5.0", "1.3.0")
    assert all(not set(ask.soon) & set(ask.keys) for ask in told.asks)
