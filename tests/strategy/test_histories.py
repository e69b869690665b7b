"""Laws of the search over made-up histories: as good as asking every release, at few probes."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Boundaries
from fixproof.strategy.bisect import find_boundaries
from tests.support_histories import VERDICTS, History, Told, drive, random_history, settled


def search(history: History, *, exhaustive: bool = False, workers: int = 1) -> Told[Boundaries]:
    newest = history.tree.versions[-1]
    asking = find_boundaries(
        history.tree, history.bad, newest=newest, exhaustive=exhaustive, workers=workers
    )
    return drive(asking, settled(history.world))


def answers(found: Boundaries) -> tuple[object, ...]:
    return (
        (found.last_good, found.introduced),
        (found.last_bad, found.first_fixed),
        found.also_fixed,
        found.recommended,
        found.monotonic,
    )


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.1, 0.3]), st.integers(1, 4))
def test_a_search_says_what_asking_every_release_says(
    seed: int, holes: float, workers: int
) -> None:
    history = random_history(Random(seed), holes=holes)
    told = search(history, workers=workers)

    assert answers(told.finding) == answers(search(history, exhaustive=True).finding)


@given(st.integers(0, 10**6))
def test_with_other_outcomes_about_it_is_right_or_says_that_it_is_open(seed: int) -> None:
    history = random_history(Random(seed), holes=0.1, oddities=0.2)
    found, truth = search(history).finding, search(history, exhaustive=True).finding

    assert found.open or answers(found) == answers(truth)


@given(st.integers(0, 10**6), st.text("FPDU", min_size=200, max_size=200))
def test_whatever_the_world_nothing_is_claimed_that_was_not_seen(seed: int, letters: str) -> None:
    shape = random_history(Random(seed))
    world = {**dict(zip(shape.tree.versions, letters, strict=False)), shape.bad: "F"}
    told = search(History(tree=shape.tree, world=world, bad=shape.bad))
    found = told.finding

    def saw(version: str | None, *allowed: Verdict) -> bool:
        return version is None or (version in told.asked and VERDICTS[world[version]] in allowed)

    assert saw(found.introduced, Verdict.FAILS)
    assert saw(found.last_good, Verdict.PASSES, Verdict.DIFFERS)
    assert saw(found.last_bad, Verdict.FAILS)
    assert saw(found.first_fixed, Verdict.PASSES)
    assert saw(found.recommended, Verdict.PASSES)
    for edge in found.edges:
        assert VERDICTS[world[edge.child]] is edge.after


@given(st.integers(0, 10**6), st.text("FPDU", min_size=200, max_size=200))
def test_boundaries_are_neighbours_or_say_what_lies_between(seed: int, letters: str) -> None:
    shape = random_history(Random(seed))
    world = {**dict(zip(shape.tree.versions, letters, strict=False)), shape.bad: "F"}
    told = search(History(tree=shape.tree, world=world, bad=shape.bad))
    found = told.finding

    if found.introduced and found.last_good:
        path = shape.tree.path(found.introduced)
        between = path[path.index(found.last_good) + 1 : -1]
        assert all(world[v] == "U" for v in between)
        assert not between or any("the beginning may lie" in said for said in found.open)


@pytest.mark.slow
@pytest.mark.parametrize("holes", [0.0, 0.15])
def test_two_thousand_histories_come_out_as_if_every_release_was_asked(holes: float) -> None:
    for seed in range(2000):
        history = random_history(Random(seed), holes=holes)

        assert answers(search(history).finding) == answers(
            search(history, exhaustive=True).finding
        ), seed
