"""Everything that a check looks at, with the verdicts of the runs derived once."""

from dataclasses import dataclass
from functools import cached_property

from fixproof.evidence.rows import seen_of
from fixproof.evidence.statement import Statement
from fixproof.model.cases import Case
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Bisection
from fixproof.model.searches import Seen
from fixproof.verdict.expect import expectation
from fixproof.verdict.judge import Yardstick
from fixproof.verdict.showing import showing


@dataclass(frozen=True, kw_only=True)  # no slots: what is derived is kept beside the fields
class Desk:
    """A case and its statement, side by side."""

    case: Case
    statement: Statement

    @property
    def found(self) -> Bisection:
        """What the statement says was found."""
        return self.statement.proof.bisection

    def records(self, digests: tuple[str, ...]) -> tuple[RunRecord, ...]:
        """Look records up; those that are not there are left out."""
        known = self.statement.records
        return tuple(known[d] for d in digests if d in known)

    @cached_property
    def yardstick(self) -> Yardstick:
        """What outcomes are measured against, from the records that the statement names."""
        grounds = self.statement.grounds
        return Yardstick(
            target=tuple(showing(r) for r in self.records(grounds.target)),
            reference=tuple(showing(r) for r in self.records(grounds.reference)),
            expectation=expectation(grounds.expect) if grounds.expect else None,
        )

    @cached_property
    def seen(self) -> dict[str, Seen]:
        """Count what the runs of each release showed; untestable ones without runs are empty."""
        return {row.version: self.count(row.records) for row in self.found.outcomes}

    def count(self, digests: tuple[str, ...]) -> Seen:
        """Judge runs by the yardstick."""
        records = self.records(digests)
        return seen_of(records, self.yardstick) if records else Seen()
