"""From run records to rows and outlooks that documents and pages show."""

from fixproof.evidence.record import digest
from fixproof.evidence.rows import outlook_of, told
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Outlook, Shown
from fixproof.model.outcomes import Verdict
from fixproof.model.releases import Release
from fixproof.verdict.judge import Yardstick


def shown(
    release: Release,
    records: tuple[RunRecord, ...],
    yardstick: Yardstick,
    *,
    python: str,
    confidence: float,
) -> Shown:
    """Describe what one release did."""
    tells = told(records, yardstick)
    return Shown(
        version=release.version,
        uploaded=release.uploaded,
        verdict=tells.verdict,
        exit=tells.exit,
        signature=tells.signature,
        runs=tells.runs,
        confidence=confidence,
        python=python,
        says=tells.says,
        reason=tells.reason,
        yanked=release.is_yanked,
        prerelease=release.is_prerelease,
        records=digests(records),
    )


def outlook(
    version: str, records: tuple[RunRecord, ...], yardstick: Yardstick, shows: Verdict
) -> Outlook:
    """Describe an end of the search by a run that shows what it stands for."""
    tried = {digest(r): r for r in records if r.unusable is None}
    return outlook_of(version, tried or {"": records[0]}, yardstick, shows)


def digests(records: tuple[RunRecord, ...]) -> tuple[str, ...]:
    """Name the records that back a statement; a failed preparation is none."""
    return tuple(digest(r) for r in records if r.unusable is None)
