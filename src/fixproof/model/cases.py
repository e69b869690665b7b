"""A known failure as people write it down: case.toml."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """How far a case has been proven."""

    REPORTED = "reported"
    REPRODUCED = "reproduced"
    BISECTED = "bisected"
    PROVEN = "proven"


class OptionKind(StrEnum):
    """What a fix option changes."""

    UPGRADE = "upgrade"
    PIN = "pin"
    BACKPORT = "backport"  # the isolated hunks applied to the last bad release
    WORKAROUND = "workaround"  # the user's own code changes: `script`


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where something was reported or said."""

    url: str
    title: str = ""
    date: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A short excerpt of somebody's words (counted against the quotation budget)."""

    text: str
    url: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixOption:
    """One way out, with when to use it and when not. `requirement` is what a user would write."""

    id: str
    kind: OptionKind
    title: str
    when: str
    when_not: str
    requirement: str = ""
    script: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevention:
    """How to keep the failure from coming back; `code` is shown as it is."""

    title: str
    text: str
    code: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What `prove` last established, repeated in case.toml for people who read it."""

    introduced: str | None = None
    last_bad: str | None = None
    first_fixed: str | None = None
    also_fixed: tuple[str, ...] = ()
    recommended: str | None = None
    evidence: str = ""  # file name below evidence/
    digest: str = ""  # SHA-256 of that file


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A known failure. `id` is `package/slug`; fields below `summary` are people's words."""

    id: str
    package: str
    title: str
    status: Status = Status.REPORTED
    bad: str  # a release that shows the failure
    python: str | None = None
    as_of: dt.date | None = None
    requirements: tuple[str, ...] = ()  # besides those of the reproduction
    command: tuple[str, ...] = ()  # empty: python repro.py; `{repro}` stands for the script
    timeout: float | None = None
    expect: str | None = None
    reproduction: str = "repro.py"
    report: Source | None = None
    fix: Source | None = None
    summary: Summary = field(default_factory=Summary)
    symptom: str = ""
    cause: str = ""
    remedy: str = ""
    production: str = ""
    options: tuple[FixOption, ...] = ()
    prevention: tuple[Prevention, ...] = ()
    quotes: tuple[Quote, ...] = ()
    sources: tuple[Source, ...] = ()
    related: tuple[str, ...] = ()
