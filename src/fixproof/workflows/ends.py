"""Try both ends first: what the failure looks like, and what a fixed run looks like.

Both ends are run more than once, which tells whether the failure always shows; a failure that
does not show at first gets more runs, each with another hash seed, before it is given up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, log

from fixproof.model.errors import NotReproducedError, PreparationError
from fixproof.model.evidence import RunRecord
from fixproof.model.releases import Release
from fixproof.model.runs import Limit
from fixproof.verdict.expect import Expectation, expectation
from fixproof.verdict.judge import Yardstick, is_same
from fixproof.verdict.showing import Showing, showing
from fixproof.workflows.lab import Laboratory

QUICK = 5.0  # seconds: a reproduction that takes less is replicated at once
AMPLIFIED = (4, 12, 32)  # runs in all, tried in turn while the failure does not show
MISSED = 0.01  # how often a failure that shows sometimes may be missed at one release


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The two ends of a search. `newest` is None where no newer release can be tried."""

    bad: str
    newest: str | None
    yardstick: Yardstick
    show_rate: float  # how often the failure shows at `bad`
    persists: bool = False  # the newest release that can be tried still fails


def try_ends(lab: Laboratory, bad: str) -> Ends:
    """Calibrate target and reference, set the laboratory's yardstick, and return both ends.

    Raises NotReproducedError where the failure does not show at `bad`, PreparationError where
    `bad` cannot be tried at all.
    """
    target = _target_runs(lab, bad)
    wanted = expectation(lab.question.expect) if lab.question.expect else None
    newest, reference = _reference_runs(lab, bad, target)
    runs = len(AMPLIFIED)
    for step in range(runs + 1):
        yardstick = _told_apart(target, reference, wanted)
        if yardstick:
            return _settled(lab, bad, newest, yardstick, target)
        if step < runs and _may_be_intermittent(target, reference):
            target = _showings(lab.records(bad, runs=AMPLIFIED[step]))
            reference = _more(lab, newest, AMPLIFIED[step])
    return _persistent(lab, bad, newest, target, wanted)


def _target_runs(lab: Laboratory, bad: str) -> tuple[Showing, ...]:
    records = lab.records(bad)
    if unusable := records[0].unusable:
        raise PreparationError(
            f"{lab.question.package} {bad} cannot be tried: {unusable.reason}",
            hint="choose another interpreter (--python), date (--as-of) or version (--bad)",
        )
    return _showings(_replicated(lab, bad, records))


def _replicated(
    lab: Laboratory, version: str, records: tuple[RunRecord, ...]
) -> tuple[RunRecord, ...]:
    quick = records[0].seconds < QUICK and not records[0].limit
    return lab.records(version, runs=3 if quick else 1)


def _reference_runs(
    lab: Laboratory, bad: str, target: tuple[Showing, ...]
) -> tuple[str | None, tuple[Showing, ...]]:
    """Find the newest release that can be tried, walking down in growing steps."""
    later = _later(lab, bad)
    if lab.question.good:
        later = [lab.question.good]
    for version in _newest_first(later):
        records = lab.records(version)
        if not _usable(records, target):
            continue
        return version, _showings(_replicated(lab, version, records))
    return None, ()


def _usable(records: tuple[RunRecord, ...], target: tuple[Showing, ...]) -> bool:
    first = records[0]
    if first.unusable:
        return False
    shown = showing(first)
    return shown.is_clean or is_same(shown, target[0]) or not (first.missing or first.suspects)


def _later(lab: Laboratory, bad: str) -> list[str]:
    release = lab.timeline.release(bad)
    assert release is not None
    return [r.version for r in lab.timeline.releases if _is_later(r, release, lab)]


def _is_later(release: Release, bad: Release, lab: Laboratory) -> bool:
    if release.parsed <= bad.parsed or release.is_yanked or not release.files:
        return False
    return lab.question.prereleases or not release.is_prerelease


def _newest_first(versions: Sequence[str]) -> Iterator[str]:
    """Give the newest, then one halfway down, and so on: an API once removed stays removed."""
    at = len(versions) - 1
    while at >= 0:
        yield versions[at]
        at = at // 2 if at > 1 else at - 1


def _told_apart(
    target: tuple[Showing, ...],
    reference: tuple[Showing, ...],
    wanted: Expectation | None,
) -> Yardstick | None:
    """Build the yardstick if the two ends do not look alike; None while they do."""
    if wanted:
        bad = tuple(t for t in target if not wanted.holds(t.exit, t.parts, t.output))
        return Yardstick(target=bad, reference=reference, expectation=wanted) if bad else None
    if not reference:
        return None
    own = tuple(t for t in target if not _among(t, reference))
    if not own:
        return None
    if any(_among(r, own) for r in reference):
        return None
    constant = all(_alike(r, reference[0]) for r in reference)
    varying = any(not _alike(t, own[0]) for t in target)
    if own[0].is_clean and varying and constant:
        return Yardstick(target=target, reference=reference)
    return Yardstick(target=own, reference=reference)


def _alike(one: Showing, other: Showing) -> bool:
    return is_same(one, other, errors=one.output == other.output)


def _among(shown: Showing, others: tuple[Showing, ...]) -> bool:
    return any(_alike(shown, other) for other in others)


def _may_be_intermittent(target: tuple[Showing, ...], reference: tuple[Showing, ...]) -> bool:
    return bool(reference) and all(t.is_clean for t in target)


def _more(lab: Laboratory, newest: str | None, runs: int) -> tuple[Showing, ...]:
    return _showings(lab.records(newest, runs=runs)) if newest else ()


def _settled(
    lab: Laboratory,
    bad: str,
    newest: str | None,
    yardstick: Yardstick,
    target: tuple[Showing, ...],
) -> Ends:
    lab.yardstick = yardstick
    lab.prober.hangs = all(t.exit == Limit.WALL for t in yardstick.target)
    seen = lab.count(lab.records(bad, runs=len(target)))
    rate = seen.fails / max(seen.runs, 1)
    lab.runs = runs_needed(rate)
    return Ends(bad=bad, newest=newest, yardstick=yardstick, show_rate=rate)


def runs_needed(rate: float) -> int:
    """How many clean runs say that a failure which shows at `rate` is gone, missing 1 % at most."""
    if rate >= 1:
        return 1
    return max(1, ceil(log(MISSED) / log(1 - rate))) if rate > 0 else AMPLIFIED[-1]


def _persistent(
    lab: Laboratory,
    bad: str,
    newest: str | None,
    target: tuple[Showing, ...],
    wanted: Expectation | None,
) -> Ends:
    """No release differs from the bad one: not fixed yet, or never failed at all."""
    if wanted:
        raise NotReproducedError(
            f"{lab.question.package} {bad} already behaves as expected",
            at="--expect",
            hint="check --bad, --python and --as-of, or describe the fixed behaviour more closely",
        )
    if all(t.is_clean for t in target):
        raise NotReproducedError(
            f"the failure does not show at {lab.question.package} {bad}: it exits 0 and its output"
            " is that of the newest release",
            hint="check --bad, --python, --as-of and --with, or say what a fixed run looks like"
            " with --expect",
        )
    lab.yardstick = Yardstick(target=target)
    return Ends(
        bad=bad, newest=newest, yardstick=lab.yardstick, show_rate=1.0, persists=newest is not None
    )


def _showings(records: tuple[RunRecord, ...]) -> tuple[Showing, ...]:
    return tuple(showing(r) for r in records)
