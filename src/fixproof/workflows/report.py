"""From run records to rows and outlooks that documents and pages show."""

from fixproof.evidence.record import digest
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Outlook, Shown
from fixproof.model.releases import Release
from fixproof.model.searches import Seen
from fixproof.verdict.showing import ending_name

SHORT = 300  # characters of a line of output that a row repeats


def shown(
    release: Release, records: tuple[RunRecord, ...], seen: Seen, *, python: str, confidence: float
) -> Shown:
    """Describe what one release did."""
    first = _telling(records, seen)
    tried = first.unusable is None
    return Shown(
        version=release.version,
        uploaded=release.uploaded,
        verdict=seen.verdict,
        exit=ending_name(first) if tried else None,
        signature=first.signature.same if first.signature else None,
        runs=len(records) if tried else 0,
        confidence=confidence,
        python=python,
        says=says(first) if tried else "",
        reason=seen.reason if not seen.runs else "",
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


def says(record: RunRecord) -> str:
    """Say in one line what a run showed: its failure, or its last line of output."""
    if record.signature:
        return record.signature.search
    text = record.stdout.excerpt.strip() if record.stdout else ""
    return text.splitlines()[-1][:SHORT] if text else "no output"


def digests(records: tuple[RunRecord, ...]) -> tuple[str, ...]:
    """Name the records that back a statement; a failed preparation is none."""
    return tuple(digest(r) for r in records if r.unusable is None)


def _telling(records: tuple[RunRecord, ...], seen: Seen) -> RunRecord:
    """Show a run that failed, where some did: the others only say that it is intermittent."""
    if seen.fails and seen.passes:
        return next((r for r in records if r.signature), records[0])
    return records[0]
