"""The documents that the verbs print as JSON and that pages are made from (design: JSON fields)."""

from dataclasses import dataclass
from datetime import datetime

from fixproof.model.outcomes import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one version did under one interpreter: a row of the version map.

    `exit` is the status, or the signal's or limit's name; `signature` the digest by which
    failures are compared; `says` the search string or the last line of output, for people.
    `reason` says why an untestable one could not be tried. `records` are digests of the run
    records that back the row.
    """

    version: str
    uploaded: datetime | None = None
    verdict: Verdict
    exit: int | str | None = None
    signature: str | None = None
    runs: int = 0
    confidence: float = 0.0
    python: str = ""
    says: str = ""
    reason: str = ""
    yanked: bool = False
    prerelease: bool = False
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """On which axis the failure began: `release`, `dependency` or `interpreter`.

    `records` are the swap's runs, where one was made.
    """

    axis: str
    name: str
    from_: str | None = None
    to: str | None = None
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Culprit:
    """The package whose change flips the outcome, when it is not the one under test."""

    package: str
    from_: str | None = None
    to: str | None = None
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One change that is needed to flip the outcome."""

    file: str
    function: str
    diff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """The smallest set of changes between two releases that flips the outcome.

    `reason` says why none could be found; `hunks` is then empty. `overlay` lists the files that
    the hunks change: path, and SHA-256 of the changed content ("-": removed).
    """

    hunks_total: int
    hunks_needed: int
    hunks: tuple[Hunk, ...] = ()
    reason: str = ""
    from_: str = ""  # the release that was patched
    to: str = ""  # the release the changes were taken from
    probes: int = 0
    records: tuple[str, ...] = ()
    overlay: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """An outcome described for people: the target or the reference."""

    version: str
    exit: int | str | None = None
    signature: str | None = None
    says: str = ""
    surfaced: str = ""
    root: str = ""
    output: str = ""
    excerpt: str = ""
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Releases that did the same: one group of the behaviour map.

    `says` is what the first of them said; `versions` are in the order of their numbers.
    """

    name: str  # A, B, C ... in the order in which they first occur
    verdict: Verdict
    exit: int | str | None = None
    says: str = ""
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisection:
    """What `bisect` found. `behaviours` are there where every release was asked for."""

    package: str
    introduced: str | None = None
    last_good: str | None = None
    last_bad: str | None = None
    first_fixed: str | None = None
    recommended: str | None = None
    also_fixed: tuple[str, ...] = ()
    trigger: Trigger | None = None
    culprit: Culprit | None = None
    monotonic: bool = True
    outcomes: tuple[Shown, ...] = ()
    target: Outlook | None = None
    reference: Outlook | None = None
    isolation: Isolation | None = None
    behaviours: tuple[Behaviour, ...] = ()
    open: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    python: str = ""
    as_of: datetime | None = None
    confidence: float = 0.0
    probes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionProof:
    """One fix option, executed."""

    option: str  # id in case.toml
    verdict: Verdict
    python: str = ""
    says: str = ""
    requirements: tuple[str, ...] = ()  # what was asked of the resolver
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What `prove` established about a case."""

    case: str
    status: str
    bisection: Bisection
    interpreters: tuple[Shown, ...] = ()  # last_bad and first_fixed under each Python at hand
    options: tuple[OptionProof, ...] = ()
    confidence: float = 0.0
    confidence_reason: str = ""
    proved: datetime | None = None
    tool: str = ""
