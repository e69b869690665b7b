"""The table of verdicts: every rule by an example, and the laws that hold for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.model.errors import InputError
from fixproof.model.outcomes import Verdict
from fixproof.verdict.expect import expectation
from fixproof.verdict.judge import RULES, Yardstick, is_same, judge
from fixproof.verdict.showing import Showing


def failing(same: str, *parts: str, exit_: int | str = 1, **more: object) -> Showing:
    surface = parts[0] if parts else ""
    return Showing(exit=exit_, same=same, parts=parts, surface=surface, **more)  # type: ignore[arg-type]  # fields by name


def clean(output: str = "", errors: str = "") -> Showing:
    return Showing(exit=0, output=output, errors=errors)


TARGET = failing("t", "ValueError: bad", "KeyError: 'deep'")
REFERENCE = clean("fine")
MEASURE = Yardstick(target=(TARGET,), reference=(REFERENCE,))

EXAMPLES = [
    (TARGET, MEASURE, Verdict.FAILS, "the target"),
    (REFERENCE, MEASURE, Verdict.PASSES, "the reference"),
    (clean("other words"), MEASURE, Verdict.PASSES, "clean"),
    (failing("x", "TypeError: odd"), MEASURE, Verdict.DIFFERS, "another outcome"),
    (
        failing("x", "AttributeError: no", missing="AttributeError: no"),
        MEASURE,
        Verdict.UNTESTABLE,
        "missing in this release",
    ),
    (
        failing("x", "OSError: refused", suspects=("network",)),
        MEASURE,
        Verdict.UNTESTABLE,
        "inconclusive",
    ),
    (
        failing("x", "WrapperError: new", "KeyError: 'deep'"),
        MEASURE,
        Verdict.FAILS,
        "the target inside",
    ),
    (failing("x", "ValueError: bad"), MEASURE, Verdict.FAILS, "surfaces as the target"),
]


@pytest.mark.parametrize(("shown", "yardstick", "verdict", "rule"), EXAMPLES)
def test_each_rule(shown: Showing, yardstick: Yardstick, verdict: Verdict, rule: str) -> None:
    assert judge(shown, yardstick) == (verdict, rule)


def test_every_rule_has_a_name_of_its_own_and_a_reason() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.reason for rule in RULES)


def test_the_reference_may_be_a_failure_too() -> None:
    yardstick = Yardstick(
        target=(failing("t", "Group: (RuntimeError: no answer)"),),
        reference=(failing("r", "KeyError: 'mine'", "Handled: before"),),
    )

    verdict, rule = judge(failing("x", "KeyError: 'mine'"), yardstick)

    assert (verdict, rule) == (Verdict.PASSES, "surfaces as the reference")


def test_wrong_output_fails_and_what_moved_towards_the_reference_passes() -> None:
    yardstick = Yardstick(target=(clean("a//b/c"),), reference=(clean("a%2F%2Fb%252Fc"),))

    assert judge(clean("a//b/c"), yardstick)[0] is Verdict.FAILS
    assert judge(clean("a//b%252Fc"), yardstick) == (Verdict.PASSES, "towards the reference")
    assert judge(clean("zzzzzz"), yardstick)[0] is Verdict.DIFFERS


def test_an_outcome_that_varies_fails_unless_it_is_the_constant_one() -> None:
    yardstick = Yardstick(target=(clean("ab"), clean("ba")), reference=(clean("ab"), clean("ab")))

    assert yardstick.unstable
    assert judge(clean("ba"), yardstick)[0] is Verdict.FAILS
    assert judge(clean("ab"), yardstick)[0] is Verdict.PASSES


def test_warnings_decide_where_the_output_is_the_same() -> None:
    yardstick = Yardstick(target=(clean("x", "DeprecationWarning"),), reference=(clean("x"),))

    assert judge(clean("x", "DeprecationWarning"), yardstick)[0] is Verdict.FAILS
    assert judge(clean("x"), yardstick)[0] is Verdict.PASSES


@pytest.mark.parametrize(
    ("text", "shown", "holds"),
    [
        ("exit:3", failing("x", exit_=3), True),
        ("exit:3", clean(), False),
        ("exception:pkg.errors.OddError", failing("x", "OddError: x"), True),
        ("exception:OddError", failing("x", "EvenError: x"), False),
        (r"^\d+ rows$", clean("12 rows"), True),
        (r"^\d+ rows$", clean("no rows"), False),
    ],
)
def test_expectations(text: str, shown: Showing, *, holds: bool) -> None:
    assert expectation(text).holds(shown.exit, shown.parts, shown.output) is holds


@pytest.mark.parametrize("text", ["exit:soon", "(unclosed"])
def test_an_expectation_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(InputError) as caught:
        expectation(text)

    assert caught.value.at == "--expect"


words = st.text(alphabet="abc /%", max_size=12)
showings = st.one_of(
    st.builds(clean, words, words),
    st.builds(failing, st.sampled_from("pqr"), words),
)


@given(showings, showings)
def test_the_ends_are_judged_as_what_they_are(target: Showing, reference: Showing) -> None:
    if is_same(target, reference, errors=True):
        return
    yardstick = Yardstick(target=(target,), reference=(reference,))

    assert judge(target, yardstick)[0] is Verdict.FAILS
    if not is_same(target, reference):
        assert judge(reference, yardstick)[0] is Verdict.PASSES


@given(showings, showings, showings)
def test_every_outcome_gets_one_verdict(a: Showing, b: Showing, c: Showing) -> None:
    assert judge(a, Yardstick(target=(b,), reference=(c,)))[0] in Verdict
