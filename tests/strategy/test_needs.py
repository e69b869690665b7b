"""Which changes need which others, told by the names that they bring and take away."""

from hypothesis import given
from hypothesis import strategies as st

from fixproof.strategy.isolate import changes_of, find_hunks
from fixproof.strategy.needs import needs
from fixproof.strategy.patches import apply, changes
from tests.support_histories import SAID, drive


def _releases(
    old: dict[str, str], new: dict[str, str]
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    return (
        {name: text.encode() for name, text in old.items()},
        {name: text.encode() for name, text in new.items()},
    )


def test_a_use_of_a_new_name_needs_its_definition_wherever_that_is() -> None:
    old, new = _releases(
        {"a.py": "def work():\n    return 1\n", "b.py": "y = 1\n"},
        {
            "a.py": "def work():\n    return helper()\n",
            "b.py": "y = 1\ndef helper():\n    return 2\n",
        },
    )
    found = changes(old, new)

    assert [change.file for change in found] == ["a.py", "b.py"]
    assert needs(found, old, new) == {0: frozenset({1}), 1: frozenset()}


def test_a_definition_that_goes_needs_its_uses_to_go() -> None:
    old, new = _releases(
        {"a.py": "from b import gone\nprint(gone())\n", "b.py": "def gone():\n    return 2\n"},
        {"a.py": "print(2)\n", "b.py": "\n"},
    )

    assert needs(changes(old, new), old, new)[1] == {0}


def test_needs_reach_through_others_and_go_round_without_end() -> None:
    old, new = _releases(
        {"a.py": "a = 1\n", "b.py": "b = 1\n", "c.py": "c = 1\n"},
        {
            "a.py": "def first():\n    second()\n",
            "b.py": "def second():\n    third()\n",
            "c.py": "def third():\n    first()\n",
        },
    )

    found = needs(changes(old, new), old, new)
    assert found == {0: frozenset({1, 2}), 1: frozenset({0, 2}), 2: frozenset({0, 1})}


def test_a_suspect_brings_what_it_needs_and_the_rest_stays_away() -> None:
    """A mixture that lacks what it uses fails in another way, whatever else it holds."""
    bring = {3: frozenset({30, 31}), 7: frozenset({32})}

    def letter(key: str) -> str:
        applied = set(changes_of(key))
        torn = any(number in applied and not bring[number] <= applied for number in bring)
        return "D" if torn else "P" if 3 in applied else "F"

    told = drive(
        find_hunks(40, suspects=[7, 3], needs=bring),
        lambda ask: {key: SAID[letter(key)] for key in ask.keys},
    )

    assert told.finding.needed == (3, 30, 31)
    assert told.finding.minimal
    assert len(told.asked) <= 8


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_two_releases_have_needs_among_their_own_changes(one: bytes, other: bytes) -> None:
    old, new = {"a.py": one}, {"a.py": other}
    found = changes(old, new)
    needed = needs(found, old, new)

    assert needed.keys() == set(range(len(found)))
    for number, others in needed.items():
        assert number not in others
        assert others <= needed.keys()
        apply(old, [found[n] for n in (number, *others)])
