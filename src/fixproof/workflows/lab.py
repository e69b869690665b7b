"""Tries releases of one package: environments held at a date, runs, verdicts.

Only the package under test changes. Where a release cannot be resolved or fails in another way
beside packages held at the date, it is tried once more among the dependencies of its own day
(its *era*); everything else stays held.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from packaging.requirements import Requirement

from fixproof.model.environments import Environment, Interpreter, Request
from fixproof.model.evidence import RunRecord
from fixproof.model.outcomes import Verdict
from fixproof.model.releases import Release, Timeline, canonical
from fixproof.model.runs import Job, Stage, Unusable
from fixproof.model.searches import Ask, Seen
from fixproof.verdict.judge import Yardstick, judge
from fixproof.verdict.showing import showing
from fixproof.workflows.ask import Edges, Probe, Prober
from fixproof.workflows.question import Question, job_of, request_for

SETTLED = {Verdict.FAILS, Verdict.PASSES}
UPLOADING = timedelta(hours=1)  # files and sister packages of one release go up over minutes


class Laboratory:
    """One question's releases, under one interpreter."""

    def __init__(
        self, edges: Edges, question: Question, timeline: Timeline, interpreter: Interpreter
    ) -> None:
        self.edges = edges
        self.question = question
        self.timeline = timeline
        self.interpreter = interpreter
        self.prober = Prober(edges, package=question.name)
        self.job: Job = job_of(question)
        self.yardstick: Yardstick | None = None
        self.runs = 1  # runs that every release gets
        self._resolved: dict[tuple[str, bool], Environment | Unusable] = {}
        self._era: set[str] = set()
        self.tried: dict[str, tuple[RunRecord, ...]] = {}

    def environment(self, version: str) -> Environment | Unusable:
        """Resolve a release the way its verdict was found: held at the date, or in its era."""
        return self._environment(version, era=version in self._era)

    def environment_in_era(self, version: str) -> Environment | Unusable:
        """Resolve a release among the dependencies of its own day."""
        return self._environment(version, era=True)

    def under(self, interpreter: Interpreter) -> "Laboratory":
        """Ask the same under another interpreter."""
        other = Laboratory(self.edges, self.question, self.timeline, interpreter)
        other.prober, other.job = self.prober, self.job
        other.yardstick, other.runs = self.yardstick, self.runs
        return other

    def records(self, version: str, *, runs: int = 1, alone: bool = False) -> tuple[RunRecord, ...]:
        """Run one release at least so often; one record with `unusable` where it cannot be."""
        return self._records(version, max(runs, self.runs), era=version in self._era, alone=alone)

    def see(self, version: str, *, runs: int = 1, alone: bool = False) -> Seen:
        """Try a release and count what its runs showed."""
        self.tried[version] = self.records(version, runs=runs, alone=alone)
        seen = self.count(self.tried[version])
        if seen.verdict in SETTLED or version in self._era:
            return seen
        again = self._records(version, max(runs, self.runs), era=True, alone=alone)
        in_era = self.count(again)
        if in_era.verdict in SETTLED:
            self._era.add(version)
            self.tried[version] = again
            return in_era
        return seen

    def uses_era(self, version: str) -> bool:
        """Tell whether a release was judged among the dependencies of its own day."""
        return version in self._era

    def count(self, records: tuple[RunRecord, ...]) -> Seen:
        """Judge runs by the yardstick."""
        if records[0].unusable:
            return Seen(reason=_why(records[0].unusable))
        assert self.yardstick is not None
        judged = [judge(showing(r), self.yardstick) for r in records]
        counts = {v: sum(verdict is v for verdict, _ in judged) for v in Verdict}
        reason = next((_missing(r, rule) for r, (_, rule) in zip(records, judged, strict=True)), "")
        return Seen(
            fails=counts[Verdict.FAILS],
            passes=counts[Verdict.PASSES],
            differs=counts[Verdict.DIFFERS],
            reason=reason if counts[Verdict.UNTESTABLE] else "",
        )

    def answer(self, ask: Ask) -> Mapping[str, Seen]:
        """Answer a search: try its keys side by side, prepare what is likely to come next."""
        seen: dict[str, Seen] = {}
        progress = self.edges.progress

        def trial(version: str) -> Callable[[], None]:
            def work() -> None:
                progress.trying(version, ask.why)
                seen[version] = self.see(version, runs=ask.runs, alone=ask.alone)
                progress.mark(version, seen[version].verdict)

            return work

        for version in ask.soon:
            self.edges.workers.ahead(lambda v=version: self.prepare(v))  # type: ignore[misc]  # mypy cannot infer a lambda's default
        self.edges.workers.map([trial(version) for version in ask.keys])
        return seen

    def prepare(self, version: str) -> None:
        """Get a release's environment ready."""
        environment = self.environment(version)
        if isinstance(environment, Environment):
            self.prober.prepare(Probe(environment=environment, job=self.job))

    def _records(self, version: str, runs: int, *, era: bool, alone: bool) -> tuple[RunRecord, ...]:
        environment = self._environment(version, era=era)
        if isinstance(environment, Unusable):
            return (RunRecord(probe="", attempt=0, environment="", pins=(), unusable=environment),)
        probe = Probe(environment=environment, job=self.job)
        return self.prober.observe(probe, runs=runs, alone=alone or self.question.serial)

    def _environment(self, version: str, *, era: bool) -> Environment | Unusable:
        key = (version, era)
        if key not in self._resolved:
            self._resolved[key] = self._in_era(version) if era else self._held(version)
        return self._resolved[key]

    def _held(self, version: str) -> Environment | Unusable:
        request = request_for(self.question, version, self.interpreter, self.question.as_of)
        return self.edges.environments.resolve(request)

    def _in_era(self, version: str) -> Environment | Unusable:
        """Resolve a release's own dependencies as of its upload, all else as of the date."""
        release = self.timeline.release(version)
        day = _last_upload(release) if release else None
        if day is None:
            return Unusable(stage=Stage.RESOLVE, reason="the index does not date this release")
        held = request_for(self.question, version, self.interpreter, self.question.as_of)
        own = tuple(
            r for r in held.requirements if canonical(Requirement(r).name) == self.question.name
        )
        closure = self.edges.environments.resolve(replace(held, requirements=own, as_of=day))
        if isinstance(closure, Unusable):
            return closure
        pins = {pin.name: pin.version for pin in closure.pins}
        return self.edges.environments.resolve(among(held, pins, day))


def among(held: Request, pins: Mapping[str, str], day: datetime | None) -> Request:
    """Hold these packages at these versions; the caller's demands on them give way."""
    requirements = tuple(
        f"{canonical(Requirement(r).name)}=={pins[canonical(Requirement(r).name)]}"
        if canonical(Requirement(r).name) in pins and not Requirement(r).extras
        else r
        for r in held.requirements
    )
    return replace(
        held,
        requirements=tuple(dict.fromkeys(requirements)),
        constraints=tuple(f"{name}=={version}" for name, version in sorted(pins.items())),
        as_of=max(held.as_of, day) if held.as_of and day else held.as_of,
    )


def _last_upload(release: Release) -> datetime | None:
    days = [file.uploaded for file in release.files if file.uploaded]
    return min(max(days), min(days) + timedelta(days=2)) + UPLOADING if days else None


def others(environment: Environment, package: str) -> dict[str, str]:
    """List the versions of everything but the package under test."""
    return {pin.name: pin.version for pin in environment.pins if pin.name != package}


def _why(unusable: Unusable) -> str:
    return f"{unusable.stage}: {unusable.reason}"


def _missing(record: RunRecord, rule: str) -> str:
    if record.suspects and not record.missing:
        return f"{rule}: {', '.join(record.suspects)}"
    return record.missing or rule
