"""Text to failure, failure to signature, signatures compared and ranked."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fixproof.signature.comparing import contains, similarity
    from fixproof.signature.endings import failure_of
    from fixproof.signature.identity import sign
    from fixproof.signature.output import normalise_output
    from fixproof.signature.reading import parse
    from fixproof.signature.rules import normalise

__all__ = [
    "contains",
    "failure_of",
    "normalise",
    "normalise_output",
    "parse",
    "sign",
    "similarity",
]

_HOMES = {
    "contains": "comparing",
    "failure_of": "endings",
    "normalise": "rules",
    "normalise_output": "output",
    "parse": "reading",
    "sign": "identity",
    "similarity": "comparing",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: a verb that only reads a text must answer at once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
