"""What a probe showed, and what that means beside the target and the reference."""

from dataclasses import dataclass
from enum import StrEnum

from fixproof.model.failures import Failure, Signature
from fixproof.model.runs import Ending, Unusable


class Verdict(StrEnum):
    """What a release does, beside the outcome known bad and the outcome when fixed."""

    FAILS = "fails"  # shows the target
    PASSES = "passes"  # shows the reference
    DIFFERS = "differs"  # shows something else: neither good nor bad
    UNTESTABLE = "untestable"  # could not be tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run showed. `output` is the normalised standard output."""

    ending: Ending
    failure: Failure | None = None
    signature: Signature | None = None
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """All runs of one probe, or the reason why there are none."""

    outcomes: tuple[Outcome, ...] = ()
    unusable: Unusable | None = None
