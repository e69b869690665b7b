"""Every attack of the table, as a real attempt at every level that this machine offers."""

from collections.abc import Iterator

import pytest

from fixproof.cli.hostile_packages import ATTACKS as BY_PACKAGES
from fixproof.model.runs import Isolation
from fixproof.probe.attacks.bench import Attack, Bench, bench
from fixproof.probe.attacks.catalogue import ATTACKS

ALL = sorted((*ATTACKS, *BY_PACKAGES), key=lambda attack: attack.id)
CONTROL = 37  # what must work everywhere
HARMLESS = [attack for attack in ALL if attack.id in {24, 29, 35, 36, CONTROL, 58}]


@pytest.mark.parametrize("attack", ALL, ids=lambda attack: f"{attack.id}-{attack.name}")
def test_an_attack_is_contained(attack: Attack, target: Bench) -> None:
    seen = attack.attempt(target)

    assert seen.contained, seen.observed
    assert seen.observed


def test_the_rows_are_numbered_once_and_all_are_there() -> None:
    assert [attack.id for attack in ALL] == list(range(1, 73))


@pytest.fixture(scope="module")
def unprotected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(Isolation.NONE, tmp_path_factory.mktemp("none")) as made:
        yield made


@pytest.mark.parametrize("attack", HARMLESS, ids=lambda attack: attack.name)
def test_the_attacks_bite_where_nothing_contains_them(attack: Attack, unprotected: Bench) -> None:
    """Were these contained without isolation, the rows above would prove nothing."""
    assert attack.attempt(unprotected).contained is (attack.id == CONTROL)
