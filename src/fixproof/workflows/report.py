"""From run records to rows and outlooks that documents and pages show."""

from fixproof.evidence.record import digest
from fixproof.evidence.rows import says, told
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Outlook, Shown
from fixproof.model.releases import Release
from fixproof.verdict.judge import Yardstick
from fixproof.verdict.showing import ending_name


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


def outlook(version: str, records: tuple[RunRecord, ...]) -> Outlook:
    """Describe an end of the search: the target or the reference."""
    first = records[0]
    signature = first.signature
    return Outlook(
        version=version,
        exit=ending_name(first),
        signature=signature.same if signature else None,
        says=says(first),
        surfaced=signature.surfaced if signature else "",
        root=signature.root if signature else "",
        output=first.stdout.excerpt if first.stdout else "",
        excerpt=first.stderr.excerpt if first.stderr else "",
        records=digests(records),
    )


def digests(records: tuple[RunRecord, ...]) -> tuple[str, ...]:
    """Name the records that back a statement; a failed preparation is none."""
    return tuple(digest(r) for r in records if r.unusable is None)
