"""Which packages of two locks follow others, and what a mixture holds."""

from fixproof.model.environments import Pin
from fixproof.workflows.drift_needs import Needs, Side


def side(**needs: str) -> Side:
    """A lock: each package and, by words, what it requires."""
    pins = {n: Pin(name=n, version="1", file=f"{n}.whl", sha256="") for n in needs}
    return Side(pins=pins, needs={n: frozenset(words.split()) for n, words in needs.items()})


def test_what_a_moved_package_brings_comes_with_it_and_with_nothing_else() -> None:
    needs = Needs(side(app="", other=""), side(app="new", other="", new="deep", deep=""))

    assert needs.following == {"new", "deep"}
    assert needs.mixed(frozenset({"app"})).keys() == {"app", "other", "new", "deep"}
    assert needs.mixed(frozenset({"other"})).keys() == {"app", "other"}


def test_what_was_dropped_stays_as_long_as_anything_there_requires_it() -> None:
    needs = Needs(side(app="old", lib="old", old=""), side(app="", lib=""))

    assert needs.following == {"old"}
    assert "old" in needs.mixed(frozenset({"app"}))
    assert "old" not in needs.mixed(frozenset({"app", "lib"}))


def test_packages_that_only_require_each_other_follow_nobody() -> None:
    needs = Needs(side(app="", one="two", two="one"), side(app=""))

    assert needs.following == frozenset()
    assert needs.mixed(frozenset({"one"})).keys() == {"app", "two"}


def test_what_the_project_asks_for_itself_follows_nobody() -> None:
    needs = Needs(side(app="old", old=""), side(app=""), frozenset({"old"}))

    assert needs.following == frozenset()


def test_what_is_required_but_gone_is_a_change_of_its_own() -> None:
    needs = Needs(side(app="lib", lib=""), side(app="lib"))

    assert needs.following == frozenset()
    assert "lib" not in needs.mixed(frozenset({"lib"}))
