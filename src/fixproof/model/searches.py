"""The words in which a search asks and is answered. A search is a generator: it never runs a probe.

It yields an `Ask`, is sent a mapping from each asked key to what was `Seen`, and returns its
finding. Keys are opaque to the driver: a version, a lock's number, a subset of hunks.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from fixproof.model.outcomes import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Keys to probe now, each until it has `runs` runs in all, and keys likely to come next.

    The driver runs `keys` side by side, and prepares `soon` while it waits. `alone` asks for
    nothing else to run beside them (time-outs, timing-sensitive failures). `why` is one short
    line for the person who watches.
    """

    keys: tuple[str, ...]
    runs: int = 1
    soon: tuple[str, ...] = ()
    alone: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All runs of one key so far, counted by verdict; all zero: untestable, for `reason`."""

    fails: int = 0
    passes: int = 0
    differs: int = 0
    reason: str = ""

    @property
    def runs(self) -> int:
        """How often it ran."""
        return self.fails + self.passes + self.differs

    @property
    def mixed(self) -> bool:
        """Whether it failed in some runs and worked in others."""
        return bool(self.fails and self.passes)

    @property
    def verdict(self) -> Verdict:
        """One failing run is enough to fail; passing needs every run."""
        if not self.runs:
            return Verdict.UNTESTABLE
        if self.fails:
            return Verdict.FAILS
        return Verdict.DIFFERS if self.differs else Verdict.PASSES


Finding = TypeVar("Finding")
Search: TypeAlias = Generator[Ask, Mapping[str, Seen], Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A change of verdict between a release and its parent in the release tree.

    `between` are releases on this edge that could not be tested: the change lies at `child`
    or at one of them.
    """

    parent: str | None  # None: the first release that exists
    child: str
    before: Verdict | None
    after: Verdict
    between: tuple[str, ...] = ()
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundaries:
    """Where a failure begins and ends on the release tree."""

    introduced: str | None = None
    last_good: str | None = None  # parent of `introduced`
    last_bad: str | None = None
    first_fixed: str | None = None
    also_fixed: tuple[str, ...] = ()
    recommended: str | None = None
    monotonic: bool = True
    edges: tuple[Edge, ...] = ()
    open: tuple[str, ...] = ()  # what could not be closed, one sentence each
    confidence: float = 0.0
