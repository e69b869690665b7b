"""A failure that somebody already met, as the index keeps it and a search returns it."""

from dataclasses import dataclass

from fixproof.signature.rank import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One entry. `key` is the case's id, or the issue's where it was only reported.

    The versions say where the failure is known to show; empty where nobody established it.
    """

    key: str
    title: str
    package: str = ""
    status: str = "reported"
    url: str = ""
    fix: str = ""
    introduced: str | None = None
    last_bad: str | None = None
    first_fixed: str | None = None
    also_fixed: tuple[str, ...] = ()
    bad: str | None = None  # one release that shows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An entry that a search found, with the evidence."""

    known: Known
    match: Match
    shared: tuple[str, ...] = ()  # the features that count most, for people
