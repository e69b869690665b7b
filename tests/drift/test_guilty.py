"""Laws of the search for guilty changes, over made-up culprits."""

from collections.abc import Callable, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from fixproof.model.searches import Ask, Seen
from fixproof.strategy.subset import changes_of, find_guilty, key_of
from fixproof.workflows.drive import drive


class Mixture:
    """A lock's differences: fails when a whole guilty set is in, and cannot run some mixtures."""

    def __init__(
        self,
        guilty: tuple[frozenset[int], ...],
        unclear: Callable[[frozenset[int]], bool] = lambda _: False,
    ) -> None:
        self.guilty = guilty
        self.unclear = unclear
        self.tried: list[frozenset[int]] = []

    def fails(self, changes: frozenset[int]) -> bool:
        return any(one <= changes for one in self.guilty)

    def answer(self, ask: Ask) -> Mapping[str, Seen]:
        return {key: self._see(frozenset(changes_of(key))) for key in ask.keys}

    def _see(self, changes: frozenset[int]) -> Seen:
        self.tried.append(changes)
        if self.unclear(changes):
            return Seen(differs=1)
        return Seen(fails=1) if self.fails(changes) else Seen(passes=1)


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[int, Mixture, list[float]]:
    count = draw(st.integers(1, 40))
    numbers = st.integers(0, count - 1)
    sets = draw(st.lists(st.frozensets(numbers, min_size=1, max_size=3), min_size=1, max_size=2))
    weights = draw(st.lists(st.floats(0.1, 9), min_size=count, max_size=count))
    return count, Mixture(tuple(sets)), weights


@given(mixtures())
@settings(max_examples=300, deadline=None)
def test_what_is_found_fails_and_nothing_in_it_can_be_spared(
    drawn: tuple[int, Mixture, list[float]],
) -> None:
    count, mixture, weights = drawn
    found = frozenset(drive(find_guilty(range(count), weights), mixture.answer).changes)

    assert mixture.fails(found)
    assert not any(mixture.fails(found - {one}) for one in found)


@given(st.integers(3, 60), st.data())
@settings(max_examples=200, deadline=None)
def test_one_culprit_takes_no_more_than_the_bits_it_holds(count: int, data: st.DataObject) -> None:
    culprit = data.draw(st.integers(0, count - 1))
    mixture = Mixture((frozenset({culprit}),))
    found = drive(find_guilty(range(count), [1.0] * count), mixture.answer)

    assert found.changes == (culprit,)
    assert len(mixture.tried) <= (count - 1).bit_length() + 1


def test_a_guilty_pair_among_thirty_takes_about_a_dozen_trials() -> None:
    worst = 0
    for first in range(30):
        for second in range(first + 1, 30):
            mixture = Mixture((frozenset({first, second}),))
            found = drive(find_guilty(range(30), [1.0] * 30), mixture.answer)
            assert set(found.changes) == {first, second}
            worst = max(worst, len(set(mixture.tried)))

    assert worst <= 13


@given(st.integers(2, 14), st.data())
@settings(max_examples=150, deadline=None)
def test_mixtures_that_cannot_be_told_make_it_slower_and_never_wrong(
    count: int, data: st.DataObject
) -> None:
    numbers = st.integers(0, count - 1)
    together = data.draw(st.frozensets(numbers, min_size=2, max_size=3))
    guilty = data.draw(st.frozensets(numbers, min_size=1, max_size=2))

    def torn(changes: frozenset[int]) -> bool:
        return 0 < len(together & changes) < len(together)

    mixture = Mixture((guilty,), torn)
    found = frozenset(drive(find_guilty(range(count), [1.0] * count), mixture.answer).changes)

    assert mixture.fails(found)


def test_the_most_suspect_is_tried_first() -> None:
    weights = [0.1] * 20
    weights[13] = 50.0
    ordered = sorted(range(20), key=lambda n: -weights[n])
    mixture = Mixture((frozenset({13}),))
    drive(find_guilty(ordered, weights), mixture.answer)

    assert mixture.tried[0] == {13}


@given(st.frozensets(st.integers(0, 99)))
def test_a_trial_is_read_back_from_its_name(changes: frozenset[int]) -> None:
    assert changes == frozenset(changes_of(key_of(changes)))
