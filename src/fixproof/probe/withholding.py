"""Secrets that a program was given, or may find, never leave in what it says."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from fixproof.evidence.scrub import SECRET, WITHHELD
from fixproof.model.runs import Job

_SHORTEST = 6  # what is shorter is no secret, and common words would be torn apart
_MARK = WITHHELD.encode()


def secrets_of(job: Job, known: Iterable[str] = ()) -> tuple[bytes, ...]:
    """List what must not be seen: values of variables called like secrets, and what is known.

    Each as it is and as it stands in an address; longer ones first, for one may hold another.
    """
    given = (value for name, value in job.variables if SECRET.search(name))
    spelled = {form for value in (*given, *known) for form in _spellings(value)}
    return tuple(sorted(spelled, key=lambda secret: (-len(secret), secret)))


def _spellings(value: str) -> Iterator[bytes]:
    if len(value) >= _SHORTEST:
        yield value.encode("utf-8", "surrogateescape")
        yield quote(value, safe="", errors="replace").encode()
        lines = value.splitlines()
        if len(lines) > 1:  # a key in several lines: programs print them one by one
            yield from (line.encode() for line in lines if len(line) >= 2 * _SHORTEST)


def withheld(raw: bytes, secrets: Iterable[bytes]) -> bytes:
    """Put a mark in the place of every secret."""
    for secret in secrets:
        raw = raw.replace(secret, _MARK)
    return raw


def without_beginning(raw: bytes, secrets: Iterable[bytes]) -> bytes:
    """Cut off a secret's beginning with which a text that was cut short ends."""
    longest = max((_overlap(raw, secret) for secret in secrets), default=0)
    return raw[: len(raw) - longest] + _MARK if longest else raw


def without_end(raw: bytes, secrets: Iterable[bytes]) -> bytes:
    """Cut off a secret's end with which the rest of such a text begins."""
    backwards = [secret[::-1] for secret in secrets]
    longest = max((_overlap(raw[::-1], secret) for secret in backwards), default=0)
    return _MARK + raw[longest:] if longest else raw


def _overlap(raw: bytes, secret: bytes) -> int:
    """Count how much of a secret's beginning a text ends with; one byte is chance."""
    lengths = range(min(len(secret) - 1, len(raw)), 1, -1)
    return next((n for n in lengths if raw.endswith(secret[:n])), 0)
