"""Text to failure, failure to signature, signatures compared and ranked."""

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
