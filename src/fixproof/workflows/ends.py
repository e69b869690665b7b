"""Try both ends first: what the failure looks like, and what a fixed run looks like.

Both ends are run more than once, which tells whether the failure always shows, and only there.
One that does not show at first gets more runs, each with another hash seed, and then other ways
to run it (see `amplify`), before it is given up.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, log

from fixproof.model.errors import NotReproducedError, PreparationError
from fixproof.model.evidence import RunRecord
from fixproof.model.releases import Release
from fixproof.model.runs import Limit
from fixproof.strategy.noise import Noise
from fixproof.verdict.expect import Expectation, expectation
from fixproof.verdict.judge import Yardstick, is_same
from fixproof.verdict.showing import Showing, showing
from fixproof.workflows.amplify import AMPLIFIERS
from fixproof.workflows.lab import Laboratory

QUICK = 5.0  # seconds: a reproduction that takes less is replicated at once
MORE = (4, 12, 32)  # runs in all, tried in turn while the failure does not show
AMPLIFIED = 8  # runs of either end in each of the other ways
PATIENCE = 120.0  # seconds of one processor that the other ways may take together
MISSED = 0.01  # how often a failure that shows sometimes may be missed at one release


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The two ends of a search. `newest` is None where no newer release can be tried.

    `noise` is there where single runs mislead: the failure does not always show at `bad`, or
    shows at `newest` too (`slips`). `amplifier` names the way to run it that made it show.
    """

    bad: str
    newest: str | None
    yardstick: Yardstick
    noise: Noise | None = None
    slips: bool = False
    amplifier: str = ""
    persists: bool = False  # the newest release that can be tried still fails


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looks:
    """What both ends showed so far."""

    bad: str
    newest: str | None
    target: tuple[Showing, ...]
    reference: tuple[Showing, ...]
    wanted: Expectation | None

    @property
    def is_quiet(self) -> bool:
        """Whether nothing failed yet, and there is something to compare with."""
        return bool(self.reference or self.wanted) and all(t.is_clean for t in self.target)


def try_ends(lab: Laboratory, bad: str) -> Ends:
    """Calibrate target and reference, set the laboratory's yardstick, and return both ends.

    Raises NotReproducedError where the failure does not show at `bad`, PreparationError where
    `bad` cannot be tried at all.
    """
    wanted = expectation(lab.question.expect) if lab.question.expect else None
    target = _target_runs(lab, bad)
    lab.failing = bad, target
    newest, reference = _reference_runs(lab, bad, target)
    looks = _Looks(bad=bad, newest=newest, target=target, reference=reference, wanted=wanted)
    for runs in (0, *MORE):
        looks = _again(lab, looks, runs) if runs else looks
        if yardstick := _told_apart(looks):
            return _settled(lab, looks, yardstick)
        if not looks.is_quiet:
            break
    if looks.is_quiet and (ends := _amplified(lab, looks)):
        return ends
    return _persistent(lab, looks)


def _again(lab: Laboratory, looks: _Looks, runs: int) -> _Looks:
    """Run both ends until each has so many runs, side by side."""
    found: dict[str, tuple[RunRecord, ...]] = {}

    def trial(version: str) -> Callable[[], None]:
        return lambda: found.update({version: lab.records(version, runs=runs)})

    lab.edges.workers.map([trial(v) for v in (looks.bad, looks.newest) if v])
    reference = _showings(found[looks.newest]) if looks.newest else ()
    return _Looks(
        bad=looks.bad,
        newest=looks.newest,
        target=_showings(found[looks.bad]),
        reference=reference,
        wanted=looks.wanted,
    )


def _amplified(lab: Laboratory, looks: _Looks) -> Ends | None:
    """Run both ends in other ways; the first in which the target fails becomes the job.

    Only failures count, no other output: a way to run changes what is printed, too.
    """
    plain, left = lab.job, PATIENCE
    for amplifier in AMPLIFIERS:
        lab.job = amplifier.changes(plain)
        left -= 2 * AMPLIFIED * max(lab.records(looks.bad)[0].seconds, 0.1)
        if left < 0:
            break
        lab.edges.progress.say(f"the failure does not show; trying {amplifier.name}")
        seen = _again(lab, looks, AMPLIFIED)
        failed = tuple(t for t in seen.target if not t.is_clean)
        if failed and (yardstick := _told_apart(seen)):
            return _settled(lab, seen, yardstick, amplifier.name)
    lab.job = plain
    return None


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
    return lab.records(version, runs=3 if is_quick(records) else 1)


def is_quick(records: tuple[RunRecord, ...]) -> bool:
    """Whether running a release again costs little."""
    return records[0].seconds < QUICK and not records[0].limit


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


def _told_apart(looks: _Looks) -> Yardstick | None:
    """Build the yardstick if the two ends do not look alike; None while they do."""
    target, reference = looks.target, looks.reference
    if wanted := looks.wanted:
        bad = tuple(t for t in target if not wanted.holds(t.exit, t.parts, t.output))
        return Yardstick(target=bad, reference=reference, expectation=wanted) if bad else None
    if not reference:
        return None
    own = tuple(t for t in target if not _among(t, reference))
    if not own:
        return _often_and_seldom(target, reference)
    constant = all(_alike(r, reference[0]) for r in reference)
    varying = any(not _alike(t, own[0]) for t in target)
    if own[0].is_clean and varying and constant:
        return Yardstick(target=target, reference=reference)
    return Yardstick(target=own, reference=reference)


def _often_and_seldom(
    target: tuple[Showing, ...], reference: tuple[Showing, ...]
) -> Yardstick | None:
    """Take a failure that the reference shows too, but not always: the rates may differ."""
    failing = tuple(t for t in target if not t.is_clean)
    clean = tuple(r for r in reference if r.is_clean)
    return Yardstick(target=failing, reference=clean) if failing and clean else None


def _alike(one: Showing, other: Showing) -> bool:
    return is_same(one, other, errors=one.output == other.output)


def _among(shown: Showing, others: tuple[Showing, ...]) -> bool:
    return any(_alike(shown, other) for other in others)


def _settled(lab: Laboratory, looks: _Looks, yardstick: Yardstick, amplifier: str = "") -> Ends:
    lab.yardstick = yardstick
    lab.prober.hangs = all(t.exit == Limit.WALL for t in yardstick.target)
    seen = lab.count(lab.records(looks.bad))
    slips = bool(looks.newest and lab.count(lab.records(looks.newest)).fails)
    return Ends(
        bad=looks.bad,
        newest=looks.newest,
        yardstick=yardstick,
        noise=Noise() if slips or seen.passes else None,
        slips=slips,
        amplifier=amplifier,
    )


def runs_needed(rate: float) -> int:
    """How many clean runs say that a failure which shows at `rate` is gone, missing 1 % at most."""
    if rate >= 1:
        return 1
    return max(1, ceil(log(MISSED) / log(1 - rate))) if rate > 0 else MORE[-1]


def _persistent(lab: Laboratory, looks: _Looks) -> Ends:
    """No release differs from the bad one: not fixed yet, or never failed at all."""
    name = f"{lab.question.package} {looks.bad}"
    if looks.wanted:
        raise NotReproducedError(
            f"{name} already behaves as expected",
            at="--expect",
            hint="check --bad, --python and --as-of, or describe the fixed behaviour more closely",
        )
    if all(t.is_clean for t in looks.target):
        raise NotReproducedError(
            f"the failure does not show at {name}: it exits 0 and its output"
            " is that of the newest release",
            hint="check --bad, --python, --as-of and --with, or say what a fixed run looks like"
            " with --expect or which release works with --good",
        )
    lab.yardstick = Yardstick(target=looks.target)
    return Ends(
        bad=looks.bad,
        newest=looks.newest,
        yardstick=lab.yardstick,
        persists=looks.newest is not None,
    )


def _showings(records: tuple[RunRecord, ...]) -> tuple[Showing, ...]:
    return tuple(showing(r) for r in records)
