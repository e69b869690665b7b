"""The behaviour map: which releases did the same, without anyone naming an error."""

from collections.abc import Hashable, Iterator
from itertools import count, product
from string import ascii_uppercase

from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Behaviour, Shown
from fixproof.model.outcomes import Verdict
from fixproof.verdict.showing import showing
from fixproof.workflows.lab import Laboratory


def behaviours(lab: Laboratory, rows: tuple[Shown, ...]) -> tuple[Behaviour, ...]:
    """Group releases by what they did: the same failure, or the same output and exit status.

    What could not be tried is one group for each reason.
    """
    groups: dict[Hashable, list[Shown]] = {}
    for row in rows:
        groups.setdefault(_outcome(row, lab.tried[row.version]), []).append(row)
    return tuple(
        Behaviour(
            name=name,
            verdict=alike[0].verdict,
            exit=alike[0].exit,
            says=alike[0].says or alike[0].reason,
            versions=tuple(row.version for row in alike),
        )
        for name, alike in zip(_names(), groups.values(), strict=False)
    )


def _outcome(row: Shown, records: tuple[RunRecord, ...]) -> Hashable:
    if row.verdict is Verdict.UNTESTABLE:
        return row.verdict, row.reason
    told = {_told(record) for record in records}
    return row.verdict, frozenset(told)


def _told(record: RunRecord) -> Hashable:
    seen = showing(record)
    return (seen.exit, seen.output) if seen.is_clean else (seen.exit, seen.same)


def _names() -> Iterator[str]:
    """Give A to Z, then AA, AB, and so on."""
    for length in count(1):
        yield from ("".join(letters) for letters in product(ascii_uppercase, repeat=length))
