"""The smallest set of changes, found in as few trials as that takes."""

from collections.abc import Callable, Mapping
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.model.searches import Ask, Seen
from fixproof.strategy.isolate import Isolated, changes_of, find_hunks, key_of
from tests.support_histories import SAID, Told, drive


def needing(
    *needed: int, unless: Callable[[set[int]], str] | None = None
) -> Callable[[Ask], Mapping[str, Seen]]:
    """Answer as a program would that these changes together repair."""

    def letter(key: str) -> str:
        applied = set(changes_of(key))
        said = unless(applied) if unless else ""
        return said or ("P" if applied.issuperset(needed) else "F")

    asked: set[str] = set()

    def answer(ask: Ask) -> Mapping[str, Seen]:
        assert not asked.intersection(ask.keys), "asked twice"
        asked.update(ask.keys)
        return {key: SAID[letter(key)] for key in ask.keys}

    return answer


def test_a_suspect_that_suffices_alone_takes_one_trial() -> None:
    told = drive(find_hunks(17, suspects=[5]), needing(5))

    assert told.finding == Isolated(needed=(5,), minimal=True)
    assert told.asked == ["5"]


def test_without_suspects_one_needed_change_takes_a_bisection() -> None:
    told = drive(find_hunks(200), needing(137))

    assert told.finding == Isolated(needed=(137,), minimal=True)
    assert len(told.asked) <= 2 * log2(200) + 3


def test_a_pair_among_thirty_takes_two_bisections() -> None:
    told = drive(find_hunks(30), needing(7, 22))

    assert told.finding == Isolated(needed=(7, 22), minimal=True)
    assert len(told.asked) <= 2 * ceil(log2(30)) + 6


def test_whole_files_come_before_their_parts() -> None:
    files = [list(range(start, start + 10)) for start in range(0, 400, 10)]

    told = drive(find_hunks(400, groups=files), needing(123, 127))

    assert told.finding.needed == (123, 127)
    assert len(told.asked) <= 24


def test_half_a_rename_is_no_obstacle() -> None:
    def broken(applied: set[int]) -> str:
        return "D" if len(applied & {3, 4, 5}) in {1, 2} else ""

    told = drive(find_hunks(40, suspects=[4]), needing(3, 4, 5, 30, unless=broken))

    assert told.finding == Isolated(needed=(3, 4, 5, 30), minimal=True)


def test_what_can_be_left_out_is_left_out() -> None:
    def either(applied: set[int]) -> str:
        return "P" if 9 in applied or {2, 3} <= applied else "F"

    told = drive(find_hunks(12), needing(unless=either))

    assert told.finding.minimal
    assert told.finding.needed in {(9,), (2, 3)}


@pytest.mark.parametrize(
    ("letter", "words"),
    [("F", "outside them"), ("D", "another outcome"), ("U", "cannot be tested")],
)
def test_what_the_files_do_not_explain_is_said(letter: str, words: str) -> None:
    told = drive(find_hunks(5, suspects=[1]), needing(unless=lambda _: letter))

    assert told.finding.needed == ()
    assert words in told.finding.reason


def test_equal_files_are_said_to_be_equal() -> None:
    assert "only metadata" in drive(find_hunks(0), needing()).finding.reason


def test_at_the_limit_the_smallest_set_known_is_given() -> None:
    told = drive(find_hunks(100, budget=8), needing(*range(0, 100, 7)))

    assert not told.finding.minimal
    assert "limit of trials: 8" in told.finding.reason
    assert len(told.asked) <= 8
    assert set(range(0, 100, 7)) <= set(told.finding.needed)


def test_each_trial_gets_its_runs() -> None:
    told = drive(find_hunks(3, runs=5), needing(1))

    assert {ask.runs for ask in told.asks} == {5}


def test_more_workers_wait_less() -> None:
    one: Told[Isolated] = drive(find_hunks(300), needing(77, 210))
    four: Told[Isolated] = drive(find_hunks(300, workers=4), needing(77, 210))

    assert one.finding == four.finding
    assert len(four.asks) < len(one.asks)


@given(st.sets(st.integers(0, 29), min_size=1, max_size=6), st.permutations(range(30)), st.data())
def test_every_answer_passes_and_none_of_it_can_go(
    needed: set[int], order: list[int], data: st.DataObject
) -> None:
    """Whatever the order, and whatever mixtures break for other reasons."""
    broken = data.draw(st.sets(st.frozensets(st.integers(0, 29), min_size=2, max_size=3)))

    def odd(applied: set[int]) -> str:
        if needed <= applied and len(applied) == 30:
            return "P"
        return "D" if any(len(applied & pair) == 1 for pair in broken) else ""

    answer = needing(*needed, unless=odd)
    found = drive(find_hunks(30, suspects=order[:8], budget=9999), answer).finding

    def passes(changes: set[int]) -> bool:
        return (
            needing(*needed, unless=odd)(Ask(keys=(key_of(changes),)))[key_of(changes)] == SAID["P"]
        )

    assert found.minimal
    assert passes(set(found.needed))
    assert len(found.needed) == 1 or not any(
        passes(set(found.needed) - {one}) for one in found.needed
    )


@given(st.sets(st.integers(0, 500)))
def test_keys_name_their_changes(changes: set[int]) -> None:
    assert set(changes_of(key_of(changes))) == changes
