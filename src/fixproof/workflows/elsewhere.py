"""Other packages than the one under test: which release of which of them changes the outcome."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from fixproof.model.environments import Environment
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Trigger
from fixproof.model.outcomes import Verdict
from fixproof.model.runs import Unusable
from fixproof.model.searches import Ask, Boundaries, Seen
from fixproof.strategy.bisect import find_boundaries
from fixproof.strategy.drift import Break, find_break
from fixproof.strategy.tree import ReleaseTree
from fixproof.strategy.uploads import Ground, weigh
from fixproof.workflows.ask import Probe
from fixproof.workflows.drift_stage import Span, span_of
from fixproof.workflows.drive import drive
from fixproof.workflows.lab import Laboratory, last_upload, others
from fixproof.workflows.question import Question, request_for
from fixproof.workflows.report import digests
from fixproof.workflows.swap import Versions

HALVINGS = 6  # of the time in which a release came to work, where it did not on its own day


def named_in(lab: Laboratory, version: str) -> tuple[str, ...]:
    """List packages that the failing run's own words name."""
    environment = lab.environment(version)
    names = [p.name for p in environment.pins] if isinstance(environment, Environment) else []
    said = _said(lab, version).lower()
    return tuple(n for n in names if n in said or n.replace("-", "_") in said)


def bisected(lab: Laboratory, bad: str, name: str, pins: Versions) -> tuple[Boundaries, Laboratory]:
    """Search the releases of another package, the one under test held where it fails."""
    question = _about(lab.question, name, pins, bad)
    timeline = lab.edges.index.timeline(name)
    other = Laboratory(lab.edges, question, timeline, lab.interpreter)
    other.yardstick, other.runs, other.job = lab.yardstick, lab.runs, lab.job
    other.prober = lab.prober
    tree = ReleaseTree.of(timeline, include={pins[name]})
    search = find_boundaries(
        tree, tree.named(pins[name]), newest=tree.versions[-1], workers=lab.edges.workers.count
    )
    return drive(search, other.answer), other


def runs_of(lab: Laboratory, *versions: str | None) -> tuple[str, ...]:
    """Name the runs of some releases, running those that a search passed over."""
    for version in versions:
        if version and version not in lab.tried:
            lab.see(version)
    return tuple(one for v in versions if v for one in digests(lab.tried[v]))


def find_upload(lab: Laboratory, bad: str) -> Trigger | None:
    """Find the upload since which a release fails that worked on its own day.

    Packages that only move together cannot be told apart by swaps: what a resolver chose on
    the days between can. None where the ends do not disagree, or no single step is left.
    """
    release = lab.timeline.release(bad)
    first = last_upload(release) if release else None
    last = lab.question.as_of or lab.edges.clock.now()
    if first is None or first >= last:
        return None
    days = _Days(lab, bad)
    good = _good_day(days, first, last)
    if good is None or days.see(days.at(last)).verdict is not Verdict.FAILS:
        return None
    ends = days.at(good), days.at(last)
    then, now = days.versions(ends[0]), days.versions(ends[1])
    span = span_of(lab.edges, then.keys() | now.keys(), good, last, {})
    ground = Ground(before=then, after=now, direct=frozenset(), said=_said(lab, bad))
    weights = weigh(span.uploads, ground)
    search = find_break(weights, lambda at: days.at(span.when(at)), replicates=lab.runs)
    found = drive(search, days.answer)
    return _named(days, span, found) if found.is_exact else None


def _good_day(days: "_Days", first: datetime, last: datetime) -> datetime | None:
    """Find a day on which the release works: its own, or a later one where nothing ran on that.

    An interpreter may be younger than the release, and lack files of what it needed at first.
    """
    day = first
    for _ in range(HALVINGS):
        verdict = days.see(days.at(day)).verdict
        if verdict is Verdict.PASSES:
            return day
        if verdict is Verdict.FAILS and day == first:
            return None
        first, last = (first, day) if verdict is Verdict.FAILS else (day, last)
        day = first + (last - first) / 2
    return None


def _named(days: "_Days", span: Span, found: Break) -> Trigger | None:
    upload = span.uploads[found.last_good]
    good, bad = (days.at(span.when(at)) for at in (found.last_good, found.first_bad))
    before, after = (days.versions(lock).get(upload.package) for lock in (good, bad))
    if before == after:
        return None
    return Trigger(
        axis="dependency",
        name=upload.package,
        from_=before,
        to=after,
        records=tuple(one for lock in (good, bad) for one in digests(days.records(lock))),
    )


class _Days:
    """One release of the package among what a resolver chose on different days."""

    def __init__(self, lab: Laboratory, version: str) -> None:
        self._lab = lab
        self._version = version
        self._known: dict[str, Environment | Unusable] = {}
        self._at: dict[datetime, str] = {}

    def at(self, day: datetime) -> str:
        """Name what is chosen on a day."""
        if day not in self._at:
            request = request_for(self._lab.question, self._version, self._lab.interpreter, day)
            found = self._lab.edges.environments.resolve(request)
            name = found.digest if isinstance(found, Environment) else found.reason
            self._known[name] = found
            self._at[day] = name
        return self._at[day]

    def versions(self, lock: str) -> Versions:
        """List the other packages of a lock."""
        found = self._known[lock]
        return others(found, self._lab.question.name) if isinstance(found, Environment) else {}

    def records(self, lock: str) -> tuple[RunRecord, ...]:
        """Run what was chosen."""
        found = self._known[lock]
        if isinstance(found, Unusable):
            return (RunRecord(probe="", attempt=0, environment="", pins=(), unusable=found),)
        probe = Probe(environment=found, job=self._lab.job)
        return self._lab.prober.observe(probe, runs=self._lab.runs)

    def see(self, lock: str) -> Seen:
        """Judge a lock."""
        return self._lab.count(self.records(lock))

    def answer(self, ask: Ask) -> Mapping[str, Seen]:
        """Answer a search whose keys are locks."""
        return {lock: self.see(lock) for lock in ask.keys}


def _said(lab: Laboratory, version: str) -> str:
    record = lab.records(version)[0]
    return record.stderr.excerpt if record.stderr else ""


def _about(question: Question, name: str, pins: Versions, bad: str) -> Question:
    held = tuple(f"{n}=={v}" for n, v in sorted(pins.items()) if n != name)
    own = tuple(r for r in question.requirements if "[" in r)
    return replace(
        question,
        package=name,
        bad=pins[name],
        good=None,
        requirements=(*own, *held, f"{question.package}=={bad}"),
    )
