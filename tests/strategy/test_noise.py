"""Searches whose single answers mislead: rates, positions, verification, and no change at all."""

from math import log2
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Search, Seen
from fixproof.strategy.bisect import find_boundaries
from fixproof.strategy.ledger import Ledger
from fixproof.strategy.noise import Belief, Noise, capacity, lean, rates
from fixproof.strategy.sampling import Change, Sampler
from tests.support_histories import Flaky, drive, random_history, settled, tree

RUNS = st.builds(Seen, fails=st.integers(0, 12), passes=st.integers(0, 12))


@pytest.mark.parametrize(
    ("shows", "slips", "bits"),
    [(1.0, 0.0, 1.0), (0.5, 0.0, 0.322), (0.1, 0.0, 0.055), (1.0, 0.05, 0.857), (1.0, 0.2, 0.618)],
)
def test_the_information_of_one_run(shows: float, slips: float, bits: float) -> None:
    assert capacity(shows, slips) == pytest.approx(bits, abs=0.001)


def test_rates_are_learnt_from_releases_whose_side_is_known() -> None:
    pairs = rates(bad=[Seen(fails=50, passes=50)], good=[Seen(fails=10, passes=90)])
    likeliest = max(pairs, key=lambda pair: pair.weight)

    assert (likeliest.shows, likeliest.slips) == (0.5, 0.1)


def test_one_failing_run_says_most_where_nothing_ever_slips() -> None:
    pairs = rates(bad=[Seen(fails=10, passes=10)], good=[Seen(passes=40)])

    assert lean(Seen(fails=1), pairs) > 3
    assert -1 < lean(Seen(passes=1), pairs) < 0


@given(st.dictionaries(st.integers(0, 9), RUNS, max_size=6))
def test_belief_is_spread_over_all_hypotheses(seen: dict[int, Seen]) -> None:
    belief = Belief.of([1.0] * 11, seen, rates(bad=[Seen(fails=3, passes=3)]))

    assert sum(belief.weights) == pytest.approx(1)
    assert len(belief.gains()) == 10
    assert all(-1e-9 <= gain <= 1 for gain in belief.gains())


def test_belief_moves_to_where_the_runs_point() -> None:
    seen = {n: Seen(fails=3) if n < 4 else Seen(passes=6) for n in range(10)}

    assert Belief.of([1.0] * 11, seen, rates()).likeliest == 4


def search(sampler: Sampler, count: int) -> Search[Change]:
    """Calibrate release 0 and the last one, then look for a change between them."""
    yield from sampler.calibrate("0", str(count - 1))
    row = [str(n) for n in range(1, count)]
    return (yield from sampler.locate(row, [0.9 / len(row)] * len(row) + [0.1]))


def run(seed: int, count: int, shows: float, slips: float) -> tuple[bool, Change, int]:
    """Search one world; tell whether the answer is right, and how many runs it took."""
    random = Random(seed)
    first = random.randrange(1, count)
    world = Flaky(random, lambda key: shows if int(key) < first else slips)
    found = drive(search(Sampler(Ledger(), Noise()), count), world).finding
    return found.place == first - 1, found, world.runs


@pytest.mark.parametrize(
    ("shows", "slips"), [(1.0, 0.0), (0.5, 0.0), (0.2, 0.0), (1.0, 0.3), (0.8, 0.2), (0.5, 0.1)]
)
def test_a_change_is_located_through_noise(shows: float, slips: float) -> None:
    told = [run(seed, 40, shows, slips) for seed in range(15)]

    assert sum(right for right, _, _ in told) >= 14


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5, 0.8, 1.0])
def test_no_release_is_accused_where_all_fail_alike(rate: float) -> None:
    accused = 0
    for seed in range(40):
        world = Flaky(Random(seed), lambda _: rate)
        found = drive(search(Sampler(Ledger(), Noise()), 40), world).finding
        accused += found.place is not None

    assert accused == 0


def test_releases_that_cannot_be_tested_are_passed_over() -> None:
    flaky = Flaky(Random(1), lambda key: 0.5 if int(key) < 20 else 0.0)
    holes = {"18", "19", "20", "30"}

    def answer(ask):  # type: ignore[no-untyped-def]  # as a test double it takes any Ask
        return {k: Seen(reason="no wheel") if k in holes else v for k, v in flaky(ask).items()}

    found = drive(search(Sampler(Ledger(), Noise()), 40), answer).finding

    assert found.place == 20  # the row begins with release 1: this is release 21


def test_more_workers_wait_less() -> None:
    waits = []
    for workers in (1, 8):
        world = Flaky(Random(3), lambda key: 0.3 if int(key) < 60 else 0.0)
        told = drive(search(Sampler(Ledger(), Noise(), workers), 100), world)
        assert told.finding.place == 59
        waits.append(len(told.asks))

    assert waits[1] < waits[0]


def test_a_release_is_settled_to_the_stated_error() -> None:
    sampler = Sampler(Ledger(), Noise())
    world = Flaky(Random(5), lambda key: {"bad": 0.4, "good": 0.0, "x": 0.4, "y": 0.0}[key])
    drive(sampler.calibrate("bad", "good"), world)

    assert drive(sampler.settle("x"), world).finding is Verdict.FAILS
    assert drive(sampler.settle("y"), world).finding is Verdict.PASSES
    assert 0.6 ** world.seen["y"].runs < 0.05


BACK_PORTED = ("4.4.0", "4.5.0", "4.6.0", "4.5.1", "4.6.1", "4.5.2", "4.7.0")


def test_back_ports_are_found_through_noise() -> None:
    failing = {"4.5.0", "4.6.0"}
    world = Flaky(Random(7), lambda key: 0.3 if key in failing else 0.0)

    found = drive(
        find_boundaries(tree(*BACK_PORTED), "4.6.0", newest="4.7.0", noise=Noise()), world
    ).finding

    assert (found.last_good, found.introduced) == ("4.4.0", "4.5.0")
    assert (found.last_bad, found.first_fixed) == ("4.6.0", "4.6.1")
    assert found.also_fixed == ("4.5.1",)
    assert found.recommended == "4.6.1"
    assert 0.98 < found.confidence < 1


def test_a_second_range_that_is_hinted_at_is_found_through_noise() -> None:
    versions = [f"1.{n}.0" for n in range(40)]
    failing = {"1.8.0", "1.9.0", "1.30.0"}
    world = Flaky(Random(2), lambda key: 0.5 if key in failing else 0.0)
    search = find_boundaries(
        tree(*versions), "1.30.0", newest="1.39.0", noise=Noise(), hints=["1.9.0"]
    )

    found = drive(search, world).finding

    assert (found.introduced, found.first_fixed) == ("1.8.0", "1.31.0")
    assert found.also_fixed == ("1.10.0",)
    assert not found.monotonic


def test_boundaries_that_do_not_confirm_are_searched_again_allowing_for_noise() -> None:
    versions = [f"1.{n}.0" for n in range(60)]
    for seed in range(10):
        world = Flaky(Random(seed), lambda key: 0.6 if 20 <= int(key.split(".")[1]) < 45 else 0.0)
        world.seen["1.40.0"] = Seen(fails=1)  # it was seen to fail, or nobody would ask
        search = find_boundaries(tree(*versions), "1.40.0", newest="1.59.0", confirm=8)
        found = drive(search, world).finding

        assert (found.introduced, found.first_fixed) == ("1.20.0", "1.45.0")


def test_boundaries_that_confirm_take_only_their_replicates() -> None:
    versions = [f"1.{n}.0" for n in range(60)]
    world = Flaky(Random(1), lambda key: float(20 <= int(key.split(".")[1]) < 45))

    told = drive(find_boundaries(tree(*versions), "1.40.0", newest="1.59.0", confirm=5), world)

    assert told.asks[-1].runs == 5
    assert set(told.asks[-1].keys) == {"1.19.0", "1.20.0", "1.44.0", "1.45.0"}
    assert sum(ask.runs > 1 for ask in told.asks) == 1


def test_what_never_shows_is_no_start() -> None:
    world = Flaky(Random(7), lambda _: 0.0)

    found = drive(
        find_boundaries(tree(*BACK_PORTED), "4.6.0", newest="4.7.0", noise=Noise()), world
    ).finding

    assert found.open == ("the failure does not show at the release said bad: 4.6.0",)


def whole_histories(seeds: range, shows: float, slips: float) -> int:
    """Count the histories whose boundaries come out other than without noise, and unmarked."""
    wrong = 0
    for seed in seeds:
        history = random_history(Random(seed))
        newest = history.tree.versions[-1]
        plain = find_boundaries(history.tree, history.bad, newest=newest, exhaustive=True)
        truth = drive(plain, settled(history.world)).finding
        letters = history.world
        world = Flaky(Random(seed), lambda k, w=letters: shows if w[k] == "F" else slips)  # type: ignore[misc]  # binds the loop's own map
        noisy = find_boundaries(history.tree, history.bad, newest=newest, noise=Noise())
        found = drive(noisy, world).finding
        same = (found.introduced, found.last_bad, found.first_fixed, found.also_fixed) == (
            truth.introduced,
            truth.last_bad,
            truth.first_fixed,
            truth.also_fixed,
        )
        wrong += not same and not found.open
    return wrong


@pytest.mark.parametrize(("shows", "slips"), [(0.5, 0.0), (1.0, 0.3), (0.1, 0.0)])
def test_whole_histories_come_out_as_without_noise(shows: float, slips: float) -> None:
    assert whole_histories(range(1000, 1020), shows, slips) <= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shows", "slips"), [(0.5, 0.0), (1.0, 0.3), (0.1, 0.0), (0.8, 0.1), (1.0, 0.05)]
)
def test_two_thousand_histories_come_out_as_without_noise(shows: float, slips: float) -> None:
    assert whole_histories(range(400), shows, slips) <= 6


def test_the_search_stays_near_what_information_allows() -> None:
    """Runs after calibration, verification included, stay within three times the bound."""
    spent = [run(seed, 100, 1.0, 0.2)[2] for seed in range(30)]

    assert sum(spent) / 30 < 3 * log2(99) / capacity(1.0, 0.2) + 24
