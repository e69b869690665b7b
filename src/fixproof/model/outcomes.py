"""What a release does, beside the outcome known bad and the outcome when fixed."""

from enum import StrEnum


class Verdict(StrEnum):
    """What a release does, beside the outcome known bad and the outcome when fixed."""

    FAILS = "fails"  # shows the target
    PASSES = "passes"  # shows the reference
    DIFFERS = "differs"  # shows something else: neither good nor bad
    UNTESTABLE = "untestable"  # could not be tried
