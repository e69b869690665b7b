"""What is read from a failure: an API that is not there, told from code that raises by itself."""

import pytest

from fixproof.model.failures import Failure, FailureKind, Frame, Origin, Raised
from fixproof.verdict.showing import api_missing


def frame(origin: Origin, function: str, source: str = "") -> Frame:
    return Frame(path="x.py", module="x.py", function=function, source=source, origin=origin)


def failure(kind: str, message: str, *frames: Frame) -> Failure:
    raised = Raised(type=kind, message=message, frames=frames)
    return Failure(kind=FailureKind.EXCEPTION, raised=raised)


CALL = frame(Origin.USER, "<module>", "thing.work(1)")
OWN = frame(Origin.USER, "check", 'raise AttributeError("mine")')
INSIDE = frame(Origin.PACKAGE, "work", "return other.part")
HOOK = frame(Origin.PACKAGE, "__getattr__", "raise AttributeError(name)")


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        (failure("AttributeError", "no attribute 'work'", CALL), True),
        (failure("ImportError", "cannot import name 'x'", CALL), True),
        (failure("TypeError", "work() got an unexpected keyword argument 'a'", CALL), True),
        (failure("TypeError", "can only concatenate str", CALL), False),
        (failure("ValueError", "odd", CALL), False),
        (failure("AttributeError", "no attribute 'part'", CALL, INSIDE), False),
        (failure("AttributeError", "mine", CALL, OWN), False),
        (failure("AttributeError", "no attribute 'work'", CALL, HOOK), True),
        (failure("AttributeError", "no attribute 'work'", CALL, HOOK, INSIDE), True),
        (failure("AttributeError", "mine", CALL, HOOK, OWN), False),
        (failure("AttributeError", "no frames at all"), False),
    ],
)
def test_what_a_release_lacks(found: Failure, *, missing: bool) -> None:
    assert bool(api_missing(found)) is missing


def test_no_failure_lacks_nothing() -> None:
    assert api_missing(None) == ""


def test_a_group_of_one_is_looked_into() -> None:
    inner = Raised(type="AttributeError", message="no attribute 'work'", frames=(CALL,))
    group = Raised(type="ExceptionGroup", message="1 sub-exception", members=(inner,))

    assert api_missing(Failure(kind=FailureKind.EXCEPTION, raised=group))
