"""What runs show, as rows of documents say it: derived here once, for reports and for checks."""

from collections.abc import Mapping
from dataclasses import dataclass

from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Outlook
from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Seen
from fixproof.verdict.judge import Yardstick, judge
from fixproof.verdict.showing import ending_name, showing

SHORT = 300  # characters of a line of output that a row repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the runs of one probe tell about a release."""

    verdict: Verdict
    exit: int | str | None
    signature: str | None
    runs: int
    says: str
    reason: str


def told(records: tuple[RunRecord, ...], yardstick: Yardstick) -> Told:
    """Say what the runs of one probe show, measured by the yardstick."""
    seen = seen_of(records, yardstick)
    shows = Verdict.FAILS if seen.mixed else seen.verdict
    first = telling(records, yardstick, shows)
    tried = first.unusable is None
    return Told(
        verdict=seen.verdict,
        exit=ending_name(first) if tried else None,
        signature=first.signature.same if first.signature else None,
        runs=len(records) if tried else 0,
        says=says(first) if tried else "",
        reason=seen.reason if not seen.runs else "",
    )


def seen_of(records: tuple[RunRecord, ...], yardstick: Yardstick) -> Seen:
    """Count what runs showed, by verdict."""
    if unusable := records[0].unusable:
        return Seen(reason=f"{unusable.stage}: {unusable.reason}")
    judged = [judge(showing(record), yardstick) for record in records]
    counts = {v: sum(verdict is v for verdict, _ in judged) for v in Verdict}
    reason = next(why(r, rule) for r, (_, rule) in zip(records, judged, strict=True))
    return Seen(
        fails=counts[Verdict.FAILS],
        passes=counts[Verdict.PASSES],
        differs=counts[Verdict.DIFFERS],
        reason=reason if counts[Verdict.UNTESTABLE] else "",
    )


def telling(records: tuple[RunRecord, ...], yardstick: Yardstick, shows: Verdict) -> RunRecord:
    """Choose the run to show: the first one with this verdict, or just the first."""
    tried = (r for r in records if r.unusable is None)
    return next((r for r in tried if judge(showing(r), yardstick)[0] is shows), records[0])


def outlook_of(
    version: str, records: Mapping[str, RunRecord], yardstick: Yardstick, shows: Verdict
) -> Outlook:
    """Describe an end of a search by the first of its runs (by digest) that has this verdict."""
    first = telling(tuple(records.values()), yardstick, shows)
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
        records=tuple(records),
    )


def says(record: RunRecord) -> str:
    """Say in one line what a run showed: its failure, or its last line of output."""
    if record.signature:
        return record.signature.search
    text = record.stdout.excerpt.strip() if record.stdout else ""
    return text.splitlines()[-1][:SHORT] if text else "no output"


def why(record: RunRecord, rule: str) -> str:
    """Say why a run cannot be counted: what it missed, or the rule that decided."""
    if record.suspects and not record.missing:
        return f"{rule}: {', '.join(record.suspects)}"
    return record.missing or rule


def version_in(record: RunRecord, package: str) -> str | None:
    """Find the version of a package (canonical name) that a run had; None when absent."""
    return next((pin.version for pin in record.pins if pin.name == package), None)
