"""What `drift` and `fix` found: which upload broke a command, and the change that makes it work."""

from dataclasses import dataclass
from datetime import datetime

from fixproof.model.findings import Hunk
from fixproof.model.outcomes import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Files of one release that became available together: what can change a resolution.

    `when` is the time of the last of them; nothing else was uploaded in between.
    """

    package: str  # canonical
    version: str
    when: datetime
    files: tuple[str, ...] = ()
    times: tuple[datetime, ...] = ()  # of each file


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a lock that differs. None: the package is absent on that side."""

    package: str
    from_: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureNote:
    """A failure in short: where it showed (`run`, `build`, `resolve`, ...) and what it said."""

    stage: str
    says: str
    signature: str | None = None
    search: str = ""
    exit: int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broke:
    """One upload that broke the command.

    `uploaded` is the time of the file that was chosen. `where` is `build` when the package only
    takes part in building a source distribution: then no lock names it. `admitted_by` is the
    requirement that let it in, `gates` what else had to move before it could come in.
    `seen_today` marks the one whose failure shows at the bad end.
    """

    package: str
    from_: str | None = None
    to: str | None = None
    uploaded: datetime | None = None
    file: str = ""
    where: str = "run"
    admitted_by: str = ""
    gates: tuple[Change, ...] = ()
    also_changed: tuple[Change, ...] = ()
    failure: FailureNote | None = None
    seen_today: bool = False
    remedy: str = ""
    verified: bool = False
    confidence: float = 0.0
    withdrawn: tuple[str, ...] = ()  # yanked releases between the two versions
    yanked: tuple[str, ...] = ()  # those of them that were tried pinned and break it too


@dataclass(frozen=True, slots=True, kw_only=True)
class Healing:
    """The upload with which the command works again, with nothing held back.

    `from_` is the version before it; `also_changed` what came into the lock with it. `verified`:
    one upload is left, and the locks on both sides of it were run again.
    """

    package: str
    from_: str | None = None
    to: str | None = None
    uploaded: datetime | None = None
    also_changed: tuple[Change, ...] = ()
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What `drift` found. `culprits` stand in the order in which they broke the command.

    `heals` is looked for when asked: null with `since` says that the command did not work then
    either, null without that nobody looked.
    """

    culprits: tuple[Broke, ...]
    remedy: tuple[str, ...] = ()
    verified: bool = False
    probes: int = 0
    seconds: float = 0.0
    good: str = ""
    bad: str = ""
    failure: FailureNote | None = None
    locks: int = 0  # distinct resolutions that were looked at
    resolutions: int = 0
    heals: Healing | None = None
    since: str = ""  # the moment up to which healing was looked for
    open: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    python: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blemish:
    """What speaks against a release that a change ends on.

    `kind` is `vulnerability` (`ids` name the advisories) or `failure` (`ids` name known cases).
    `added`: the release before the change has not got all of them.
    """

    package: str
    version: str
    kind: str
    ids: tuple[str, ...]
    added: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way out that was executed. `kind`: upgrade, add, hold, build or backport.

    A back-port changes no requirement: `hunks` are applied to `patched`, a package and its version.
    `case` is the known case that proposed it. `vulnerabilities` says whether the releases that
    it ends on were looked up: `checked`, `partly checked` or `not checked`.
    """

    kind: str
    changes: tuple[Change, ...]
    requirement_lines: tuple[str, ...]
    verified: bool
    also_changed: tuple[Change, ...] = ()
    case: str = ""
    patched: str = ""
    hunks: tuple[Hunk, ...] = ()
    blemishes: tuple[Blemish, ...] = ()
    vulnerabilities: str = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One environment in which the command was tried, beside the one in which it fails.

    `as_of` stands where it was chosen by its day, `changes` lists the packages that differ. `stage`
    says where it failed (`run`, `resolve`, ...), "" where it worked. `same`: it fails as it does at
    the start.
    """

    verdict: Verdict
    changes: tuple[Change, ...] = ()
    as_of: datetime | None = None
    stage: str = ""
    says: str = ""
    same: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What `fix` found. No `changes`: no way out was found, and `tried` says what was tried.

    `attempts` is the map: every environment in which the command was tried, in that order.
    """

    failure: FailureNote | None
    known: str | None = None
    changes: tuple[Change, ...] = ()
    requirement_lines: tuple[str, ...] = ()
    verified: bool = False
    alternatives: tuple[Way, ...] = ()
    also_changed: tuple[Change, ...] = ()
    blemishes: tuple[Blemish, ...] = ()
    vulnerabilities: str = "not checked"
    tried: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    notes: tuple[str, ...] = ()
    command_exit: int | str | None = None
    written: tuple[str, ...] = ()
    probes: int = 0
    seconds: float = 0.0
    python: str = ""
