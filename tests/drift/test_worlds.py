"""Laws of the search for the upload, over made-up indexes where the truth is known."""

from dataclasses import replace
from math import ceil, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixproof.strategy.drift import find_break, find_heal, runs_to_trust
from fixproof.strategy.peel import Peeled, peel
from fixproof.workflows.drive import drive
from tests.support_worlds import Breaker, Event, World, WorldStage, key_of, lock_of, worlds

MANY = settings(max_examples=600, deadline=None)


def search(world: World) -> Peeled:
    return drive(peel(lambda held: WorldStage(world, held)), world.answer)


def distinct(world: World) -> int:
    return len({world.resolve(p) for p in range(len(world.events) + 1)})


@given(worlds(stacking=False, gating=False))
@settings(max_examples=200, deadline=None)
def test_one_breaker_is_found_in_the_bits_that_the_locks_hold(world: World) -> None:
    stage = WorldStage(world, ())
    found = drive(find_break(stage.weights, stage.lock_at), world.answer)

    assert found.is_exact
    assert not world.fails(lock_of(stage.lock_at(found.last_good)))
    assert world.fails(lock_of(stage.lock_at(found.first_bad)))
    first = next(p for p in range(len(world.events) + 1) if world.fails(world.resolve(p)))
    assert found.first_bad == first
    # Yanked uploads make uneven halves: one probe more than the bound at most.
    assert len(world.probes) <= 2 + ceil(log2(max(distinct(world) - 1, 1))) + 1 + 2


@given(worlds(), st.data())
@settings(max_examples=200, deadline=None)
def test_suspicion_changes_the_effort_and_never_the_answer(
    world: World, data: st.DataObject
) -> None:
    count = len(world.events)
    weights = data.draw(st.lists(st.floats(0.01, 9), min_size=count, max_size=count))
    plain, weighted = WorldStage(world, ()), WorldStage(world, (), weights)
    one = drive(find_break(plain.weights, plain.lock_at), world.answer)
    other = drive(find_break(weighted.weights, weighted.lock_at), world.answer)

    for found in (one, other):
        assert not world.fails(lock_of(plain.lock_at(found.last_good)))
        assert world.fails(lock_of(plain.lock_at(found.first_bad)))


@given(worlds())
@settings(max_examples=200, deadline=None)
def test_peeling_ends_with_a_command_that_works_or_says_so(world: World) -> None:
    peeled = search(world)
    check_peeled(world, peeled)


@given(worlds(holes=True))
@settings(max_examples=200, deadline=None)
def test_a_hole_is_never_blamed_without_saying_so(world: World) -> None:
    peeled = search(world)
    for layer in peeled.layers:
        between = range(layer.found.last_good + 1, layer.found.first_bad)
        assert bool(layer.found.unclear) == bool(between)


@pytest.mark.parametrize("shows", [0.9, 0.5, 0.3])
def test_an_intermittent_failure_is_placed_right_nearly_always(shows: float) -> None:
    wrong = searched = 0
    for seed in range(200):
        world = one_flaky(seed, shows)
        stage = WorldStage(world, ())
        end = world.answer_of(stage.lock_at(30), 3)
        if not end.fails:
            continue  # not seen at all: there is nothing to search for
        searched += 1
        runs = runs_to_trust(end)
        found = drive(find_break(stage.weights, stage.lock_at, runs=runs), world.answer)
        right = world.fails(lock_of(stage.lock_at(found.first_bad)))
        right &= not world.fails(lock_of(stage.lock_at(found.last_good)))
        wrong += not (right or found.doubt)

    assert searched > 100
    assert wrong <= searched * 0.05  # a pass may be luck in one of a hundred locks


def one_flaky(seed: int, shows: float) -> World:
    """Make a line of 30 uploads of which one brings a failure that shows sometimes."""
    events = tuple(Event(n % 3, n // 3 + 1) for n in range(30))
    breaker = Breaker(((seed % 3, seed % 10 + 1),))
    return World(packages=3, events=events, breakers=(breaker,), shows=shows, seed=seed)


@pytest.mark.slow
@given(st.one_of(worlds(), worlds(healing=True), worlds(pairs=True), worlds(holes=True)))
@settings(max_examples=2500, deadline=None)
def test_thousands_of_worlds(world: World) -> None:
    check_peeled(world, search(world))


@given(worlds(stacking=False, healing=True, pairs=True), st.floats(0.6, 1), st.data())
@settings(max_examples=300, deadline=None)
def test_healing_is_placed_where_failing_turns_into_working(
    world: World, shows: float, data: st.DataObject
) -> None:
    world.breakers = tuple(replace(b, heals=data.draw(st.integers(1, 60))) for b in world.breakers)
    world.shows = shows if data.draw(st.booleans()) else 1.0
    ends = len(world.events)
    low = next((p for p in range(ends + 1) if world.fails(world.resolve(p))), None)
    if low is None:
        return  # mended before it broke

    def lock_at(position: int) -> str:
        return key_of(world.resolve(low + position))

    runs = 1 if world.shows == 1.0 else 24
    found = drive(find_heal([1.0] * (ends - low), lock_at, runs=runs), world.answer)
    healed = not world.fails(world.resolve(ends))

    assert (found is not None) == healed
    if found is not None:
        assert found.is_exact
        assert world.fails(lock_of(lock_at(found.last_good)))
        assert not world.fails(lock_of(lock_at(found.first_bad)))


def check_peeled(world: World, peeled: Peeled) -> None:
    """The laws that every answer keeps, whatever the world does."""
    assert peeled.layers
    for layer in peeled.layers:
        stage = WorldStage(world, layer.held)
        assert world.fails(lock_of(stage.lock_at(layer.found.first_bad)))
        assert not world.fails(lock_of(stage.lock_at(layer.found.last_good)))
    end = world.resolve(len(world.events), peeled.remedy)
    if not peeled.works:
        assert peeled.open
        return
    assert not world.fails(end)
    for line in peeled.remedy:
        rest = tuple(other for other in peeled.remedy if other != line)
        assert world.fails(world.resolve(len(world.events), rest))
