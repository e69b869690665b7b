"""From what a run showed to a verdict, beside the target and the reference.

The rules stand in one ordered table (`RULES`): the first whose question is answered with yes
decides. Each has a name, which the map shows, and a reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

from fixproof.model.outcomes import Verdict
from fixproof.verdict.expect import Expectation
from fixproof.verdict.showing import Showing

COMPARED = 4000  # characters of an output that similarity looks at


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What outcomes are measured against.

    `target`: every run seen at the version known bad; `reference`: every run seen where it is
    fixed. `expectation` states the reference in words instead. `unstable` says that the
    target's runs do not all look alike while the reference's do: then the failure *is* that
    the outcome varies, and only the constant reference can be recognised.
    """

    target: tuple[Showing, ...]
    reference: tuple[Showing, ...] = ()
    expectation: Expectation | None = None

    @property
    def is_clean_target(self) -> bool:
        """Whether the failure is one that exits 0: wrong output, or warnings."""
        return all(t.is_clean for t in self.target)

    @property
    def unstable(self) -> bool:
        """Whether only the reference is constant."""
        if not self.is_clean_target or not self.reference:
            return False
        return (
            len({_output(t) for t in self.target}) > 1 == len({_output(r) for r in self.reference})
        )

    @property
    def compares_errors(self) -> bool:
        """Whether standard error decides: the standard outputs do not differ."""
        outputs = {t.output for t in self.target}
        return self.is_clean_target and any(r.output in outputs for r in self.reference)

    @property
    def telling(self) -> str:
        """The innermost part of the target's tree that the reference does not show too.

        Only first lines count: what follows may be notes, which come and go.
        """
        known = {_head(part) for r in self.reference for part in r.parts}
        own = [_head(part) for t in self.target for part in t.parts]
        return next((part for part in reversed(own) if part not in known), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table."""

    name: str
    reason: str
    holds: Callable[[Showing, Yardstick], bool]
    verdict: Verdict


def judge(shown: Showing, yardstick: Yardstick) -> tuple[Verdict, str]:
    """Give one run its verdict and the name of the rule that decided."""
    for rule in RULES:
        if rule.holds(shown, yardstick):
            return rule.verdict, rule.name
    return Verdict.DIFFERS, "another outcome"


def is_same(one: Showing, other: Showing, *, errors: bool = False) -> bool:
    """Whether two runs show the same: equal signatures, or clean with equal output."""
    if one.is_clean != other.is_clean:
        return False
    if one.is_clean:
        return one.output == other.output and (not errors or one.errors == other.errors)
    if one.same is None and other.same is None:
        return one.exit == other.exit
    return one.same == other.same


def _expected(shown: Showing, yardstick: Yardstick) -> bool:
    expectation = yardstick.expectation
    return expectation is not None and expectation.holds(shown.exit, shown.parts, shown.output)


def _is_target(shown: Showing, yardstick: Yardstick) -> bool:
    errors = yardstick.compares_errors
    return any(is_same(shown, target, errors=errors) for target in yardstick.target)


def _is_reference(shown: Showing, yardstick: Yardstick) -> bool:
    errors = yardstick.compares_errors
    return yardstick.expectation is None and any(
        is_same(shown, reference, errors=errors) for reference in yardstick.reference
    )


def _surfaces(shown: Showing, ends: tuple[Showing, ...], others: tuple[Showing, ...]) -> bool:
    """Whether the same exception ends the run, whatever was handled before it."""
    telling = {end.surface for end in ends} - {other.surface for other in others}
    return not shown.is_clean and bool(shown.surface) and shown.surface in telling


def _varies(shown: Showing, yardstick: Yardstick) -> bool:
    return yardstick.unstable and shown.is_clean and not _is_reference(shown, yardstick)


def _target_gone(shown: Showing, yardstick: Yardstick) -> bool:
    return yardstick.expectation is None and shown.is_clean and not yardstick.is_clean_target


def _sandbox_made(shown: Showing, _: Yardstick) -> bool:
    return bool(shown.suspects) and not shown.is_clean


def _api_missing(shown: Showing, _: Yardstick) -> bool:
    return bool(shown.missing) and not shown.is_clean


def _still_inside(shown: Showing, yardstick: Yardstick) -> bool:
    return bool(yardstick.telling) and yardstick.telling in map(_head, shown.parts)


def _nearer_to_reference(shown: Showing, yardstick: Yardstick) -> bool:
    if yardstick.expectation is not None or not yardstick.reference:
        return False
    target, reference = yardstick.target[0], yardstick.reference[0]
    if not (shown.is_clean and target.is_clean and reference.is_clean):
        return False
    return _likeness(shown, reference) > _likeness(target, reference)


def _head(part: str) -> str:
    return part.partition("\n")[0]


def _output(shown: Showing) -> str:
    return f"{shown.exit} {shown.output}"


def _likeness(one: Showing, other: Showing) -> float:
    matcher = SequenceMatcher(None, one.output[:COMPARED], other.output[:COMPARED], autojunk=False)
    return matcher.ratio()


RULES = (
    Rule(
        name="as expected",
        reason="the caller said what a fixed run looks like",
        holds=_expected,
        verdict=Verdict.PASSES,
    ),
    Rule(
        name="varies",
        reason="the failure is that the output varies; only the constant one is fixed",
        holds=_varies,
        verdict=Verdict.FAILS,
    ),
    Rule(
        name="the reference",
        reason="it shows what the fixed release shows",
        holds=lambda shown, yardstick: (
            _is_reference(shown, yardstick)
            and (yardstick.unstable or not _is_target(shown, yardstick))
        ),
        verdict=Verdict.PASSES,
    ),
    Rule(
        name="the target",
        reason="it shows what the version known bad shows",
        holds=_is_target,
        verdict=Verdict.FAILS,
    ),
    Rule(
        name="surfaces as the reference",
        reason="the exception that ends the run is the fixed release's, its history is not",
        holds=lambda shown, yardstick: (
            yardstick.expectation is None
            and _surfaces(shown, yardstick.reference, yardstick.target)
        ),
        verdict=Verdict.PASSES,
    ),
    Rule(
        name="surfaces as the target",
        reason="the exception that ends the run is the target's, its history is not",
        holds=lambda shown, yardstick: _surfaces(shown, yardstick.target, yardstick.reference),
        verdict=Verdict.FAILS,
    ),
    Rule(
        name="clean",
        reason="the failure is gone and nothing else is wrong",
        holds=_target_gone,
        verdict=Verdict.PASSES,
    ),
    Rule(
        name="missing in this release",
        reason="the reproduction's own line asks for something that is not there",
        holds=_api_missing,
        verdict=Verdict.UNTESTABLE,
    ),
    Rule(
        name="inconclusive",
        reason="the sandbox may have made this failure",
        holds=_sandbox_made,
        verdict=Verdict.UNTESTABLE,
    ),
    Rule(
        name="the target inside",
        reason="the failure changed its clothes: the target's own exception is still in the tree",
        holds=_still_inside,
        verdict=Verdict.FAILS,
    ),
    Rule(
        name="towards the reference",
        reason="the output has left the target and is nearer to the reference than the target is",
        holds=_nearer_to_reference,
        verdict=Verdict.PASSES,
    ),
)
