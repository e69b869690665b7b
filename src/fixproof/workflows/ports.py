"""What the workflows need of the world. Edges fit these by shape; doors wire them together."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from fixproof.model.environments import Environment, Interpreter, Place, Request
from fixproof.model.evidence import RunRecord
from fixproof.model.releases import Timeline
from fixproof.model.runs import Ending, Isolation, Job, Unusable


class Index(Protocol):
    """The package index."""

    def timeline(self, package: str, *, refresh: bool = False) -> Timeline:
        """List a package's releases, lowest first; `refresh` asks the index anew.

        Raises InputError for a package that the index does not know, PreparationError where
        the index cannot be asked.
        """
        ...


class Environments(Protocol):
    """Exact environments."""

    def interpreters(self) -> tuple[Interpreter, ...]:
        """List the base Pythons at hand, newest first."""
        ...

    def resolve(self, request: Request) -> Environment | Unusable:
        """Choose exact files for what is asked."""
        ...

    def materialise(
        self, environment: Environment, overlay: Mapping[str, bytes | None] | None = None
    ) -> Place | Unusable:
        """Lay an environment out on disk, or find it there.

        `overlay` maps paths relative to site-packages to new content (None: absent).
        """
        ...

    def contents(self, environment: Environment, package: str) -> Mapping[str, bytes]:
        """Read the files that a distribution installs into site-packages, metadata left out."""
        ...


class Runner(Protocol):
    """A sandbox."""

    @property
    def isolation(self) -> Isolation:
        """The level that a job with `isolation=None` gets."""
        ...

    @property
    def version(self) -> str:
        """Name and version of what contains a run; part of a probe's identity."""
        ...

    def run(self, job: Job, place: Place) -> Ending:
        """Run once, contained and limited; nothing it started outlives the call."""
        ...


class Records(Protocol):
    """The append-only store of run records."""

    def find(self, probe: str) -> tuple[RunRecord, ...]:
        """All finished runs of a probe, oldest first."""
        ...

    def keep(self, record: RunRecord) -> str:
        """Store a record for good and return its digest."""
        ...


class Clock(Protocol):
    """The time of day, for records."""

    def now(self) -> datetime:
        """Now, in UTC."""
        ...


class Workers(Protocol):
    """Runs pieces of work side by side."""

    @property
    def count(self) -> int:
        """How many run at once."""
        ...

    def map(self, work: Sequence[Callable[[], None]]) -> None:
        """Do all of it and return when done; the first exception is raised again."""
        ...

    def alone(self, work: Callable[[], None]) -> None:
        """Do it with nothing else running beside it."""
        ...

    def ahead(self, work: Callable[[], None]) -> None:
        """Do it when there is nothing better to do; its failure is of no consequence."""
        ...


class Progress(Protocol):
    """Somebody who watches."""

    def say(self, text: str) -> None:
        """Tell a finding or a step."""
        ...

    def strip(self, versions: Sequence[str]) -> None:
        """Show these releases as the strip that fills."""
        ...

    def mark(self, version: str, verdict: str) -> None:
        """Fill in one mark of the strip."""
        ...

    def trying(self, what: str, why: str) -> None:
        """Show what is being tried and why."""
        ...

    def probes(self, done: int, expected: int) -> None:
        """Show how many probes are done and how many are expected in all."""
        ...
