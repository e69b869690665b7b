"""Confidence follows the replicates: more clean runs, more sure; never certain."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.evidence.confidence import Side, confidence, missed, runs_needed


def side(runs: int, telling: int | None = None, version: str = "1.0") -> Side:
    return Side(version=version, runs=runs, telling=runs if telling is None else telling)


def by_summation(runs: int, failed: int, clean: int) -> float:
    """E[(1 - q)^clean] under Beta(1 + failed, 1 + runs - failed), by its definition."""

    def beta(a: int, b: int) -> Fraction:
        product = Fraction(1, a + b - 1)
        for i in range(1, a):
            product *= Fraction(i, b + i - 1)
        return product

    return float(beta(1 + failed, 1 + runs - failed + clean) / beta(1 + failed, 1 + runs - failed))


@given(st.integers(1, 40), st.data())
def test_a_miss_has_the_probability_that_the_posterior_gives(
    runs: int, data: st.DataObject
) -> None:
    failed = data.draw(st.integers(0, runs))
    clean = data.draw(st.integers(0, 40))

    assert missed(side(runs, failed), clean) == pytest.approx(by_summation(runs, failed, clean))


@given(st.integers(1, 30), st.integers(1, 30))
def test_one_more_run_on_either_side_makes_it_surer(bad: int, clean: int) -> None:
    sure, _ = confidence(side(bad), (side(clean),))
    more_bad, _ = confidence(side(bad + 1), (side(clean),))
    more_clean, _ = confidence(side(bad), (side(clean + 1),))

    assert sure <= more_bad < 1
    assert sure <= more_clean < 1


@given(st.integers(2, 30), st.data())
def test_a_failure_that_shows_less_often_is_less_sure_to_be_gone(
    runs: int, data: st.DataObject
) -> None:
    failed = data.draw(st.integers(1, runs - 1))

    assert confidence(side(runs, failed), (side(5),)) < confidence(side(runs), (side(5),))


@pytest.mark.parametrize(("runs", "sure"), [(1, 0.75), (2, 0.9090), (3, 0.9722), (5, 0.9978)])
def test_worked_examples(runs: int, sure: float) -> None:
    assert confidence(side(runs), (side(runs),))[0] == sure


def test_two_boundaries_must_both_hold() -> None:
    one, _ = confidence(side(3), (side(3),))
    both, _ = confidence(side(3), (side(3), side(3)))

    assert both == pytest.approx(one * one, abs=1e-4)


def test_nothing_is_sure_when_a_good_side_failed_or_the_bad_one_never_did() -> None:
    assert confidence(side(3), (side(3, 2),))[0] == 0
    assert confidence(side(3, 0), (side(3),))[0] == 0


def test_without_a_good_side_only_the_failure_is_claimed() -> None:
    sure, sentence = confidence(side(3, version="0.16.0"))

    assert sure == 0.8
    assert sentence == (
        "3 of 3 runs of 0.16.0 showed the failure; no release without it could be run beside it"
    )


def test_the_sentence_says_what_was_seen_and_what_chance_could_do() -> None:
    _, sentence = confidence(side(5, version="0.16.0"), (side(5, version="0.17.0"),))

    assert sentence == (
        "5 of 5 runs of 0.16.0 showed the failure, 5 of 5 runs of 0.17.0 did not; were it still "
        "there and as frequent, so many runs without it would come about by chance in 0.22 % of "
        "cases, for each release said to be good"
    )


@given(st.floats(0.01, 0.99), st.floats(0.001, 0.5))
def test_as_many_runs_as_needed_and_not_one_more(rate: float, miss: float) -> None:
    needed = runs_needed(rate, miss)

    assert (1 - rate) ** needed <= miss * (1 + 1e-9)
    assert needed == 1 or (1 - rate) ** (needed - 1) > miss * (1 - 1e-9)


def test_a_failure_that_always_shows_needs_one_clean_run() -> None:
    assert runs_needed(1) == 1
    assert runs_needed(0) == float("inf")
