"""Tries releases of one package: environments held at a date, runs, verdicts.

Only the package under test changes. Where a release cannot be resolved or fails in another way
beside packages held at the date, it is tried once more among the dependencies of its own day
(its *era*); everything else stays held.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from packaging.requirements import Requirement
from packaging.version import Version

from fixproof.evidence.rows import seen_of
from fixproof.model.environments import Environment, Interpreter, Request
from fixproof.model.evidence import RunRecord
from fixproof.model.outcomes import Verdict
from fixproof.model.releases import Release, Timeline, canonical
from fixproof.model.runs import Job, Stage, Unusable
from fixproof.model.searches import Ask, Seen
from fixproof.strategy.pythons import lacks_wheel
from fixproof.verdict.judge import Yardstick, is_same
from fixproof.verdict.showing import Showing, showing
from fixproof.workflows.ask import Edges, Probe, Prober
from fixproof.workflows.question import Question, among, freed, job_of, request_for
from fixproof.workflows.stand_in import StandIns, usable

HELD: frozenset[str] = frozenset()
ALL = frozenset({"*"})
STEPS = 3  # how often a failure may name further packages
LAST = 6  # lines of output that say why it failed
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
        self.failing: tuple[str, tuple[Showing, ...]] | None = None  # the release said bad
        at_hand = edges.environments.interpreters() if question.python is None else ()
        self._stand_ins = StandIns(
            timeline,
            interpreter,
            usable(at_hand, interpreter, question.requires_python),
            self._shows_alike,
        )
        self._resolved: dict[tuple[str, frozenset[str]], Environment | Unusable] = {}
        self._era: dict[str, frozenset[str]] = {}  # release -> packages of its own day
        self._bad_in_era: Verdict | None = None
        self.tried: dict[str, tuple[RunRecord, ...]] = {}

    def environment(self, version: str) -> Environment | Unusable:
        """Resolve a release the way its verdict was found: held at the date, or in its era."""
        return self._environment(version, self._era.get(version, HELD))

    def environment_in_era(self, version: str) -> Environment | Unusable:
        """Resolve a release among the dependencies of its own day."""
        return self._environment(version, ALL)

    def interpreter_of(self, version: str) -> Interpreter:
        """Choose the interpreter that runs a release."""
        return self._stand_ins.interpreter_of(version, self.failing[0] if self.failing else None)

    def _shows_alike(self, version: str, interpreter: Interpreter) -> bool:
        """Whether a release shows the target under this and under another interpreter."""
        target = self.failing[1] if self.failing else ()
        own = self._records(version, 1, HELD, alone=False)
        other = self.under(interpreter).records(version)
        sides = [[showing(r) for r in runs if not r.unusable] for runs in (own, other)]
        return all(any(is_same(s, t) for s in side for t in target) for side in sides)

    def under(self, interpreter: Interpreter) -> "Laboratory":
        """Ask the same under another interpreter, and no other."""
        question = replace(self.question, python=interpreter.version)
        other = Laboratory(self.edges, question, self.timeline, interpreter)
        other.prober, other.job = self.prober, self.job
        other.yardstick, other.runs = self.yardstick, self.runs
        return other

    def records(self, version: str, *, runs: int = 1, alone: bool = False) -> tuple[RunRecord, ...]:
        """Run one release at least so often; one record with `unusable` where it cannot be."""
        runs = max(runs, self.runs)
        return self._records(version, runs, self._era.get(version, HELD), alone=alone)

    def see(self, version: str, *, runs: int = 1, alone: bool = False) -> Seen:
        """Try a release and count what its runs showed."""
        runs = max(runs, self.runs)
        chosen = self._era.get(version, HELD)
        first = self._records(version, runs, chosen, alone=alone)
        self.tried[version] = first
        seen = self.count(first)
        if seen.verdict in SETTLED or chosen or first[0].missing:
            return seen
        for names, records in self._eras(version, first, runs, alone=alone):
            in_era = self.count(records)
            if in_era.verdict is Verdict.FAILS or (
                in_era.verdict is Verdict.PASSES and self._era_tells(version)
            ):
                self._era[version] = names
                self.tried[version] = records
                return in_era
        return seen

    def _era_tells(self, version: str) -> bool:
        """Tell whether passing among its own day's packages says that a release is good.

        Where the release known bad passes among those of its day too, they decide, and an older
        release that passes there is not known to be any better.
        """
        bad = self.question.bad
        if bad is None or Version(version) >= Version(bad):
            return True
        if self._bad_in_era is None:
            self._bad_in_era = self.count(self._records(bad, self.runs, ALL, alone=False)).verdict
        return self._bad_in_era is not Verdict.PASSES

    def _eras(
        self, version: str, first: tuple[RunRecord, ...], runs: int, *, alone: bool
    ) -> Iterator[tuple[frozenset[str], tuple[RunRecord, ...]]]:
        """Move what a failure names back to the release's day, step by step; at last, all."""
        names, records = HELD, first
        for _ in range(STEPS):
            named = names | self._named(version, names, records)
            if named == names:
                break
            names = named
            records = self._records(version, runs, names, alone=alone)
            yield names, records
        yield ALL, self._records(version, runs, ALL, alone=alone)

    def _named(
        self, version: str, names: frozenset[str], records: tuple[RunRecord, ...]
    ) -> frozenset[str]:
        """Find packages that the end of a failing run names."""
        environment = self._environment(version, names)
        record = records[0]
        if isinstance(environment, Unusable) or record.stderr is None or record.stdout is None:
            return frozenset()
        said = f"{_ending(record.stdout.excerpt)}\n{_ending(record.stderr.excerpt)}"
        return frozenset(
            pin.name
            for pin in environment.pins
            if pin.name != self.question.name
            and re.search(rf"\b{re.escape(pin.name).replace('-', '[-_]')}\b", said, re.IGNORECASE)
        )

    def uses_era(self, version: str) -> bool:
        """Tell whether a release was judged among the dependencies of its own day."""
        return version in self._era

    def count(self, records: tuple[RunRecord, ...]) -> Seen:
        """Judge runs by the yardstick."""
        assert self.yardstick is not None
        return seen_of(records, self.yardstick)

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

    def _records(
        self, version: str, runs: int, names: frozenset[str], *, alone: bool
    ) -> tuple[RunRecord, ...]:
        environment = self._environment(version, names)
        if isinstance(environment, Unusable):
            return (RunRecord(probe="", attempt=0, environment="", pins=(), unusable=environment),)
        probe = Probe(environment=environment, job=self.job)
        return self.prober.observe(probe, runs=runs, alone=alone or self.question.serial)

    def _environment(self, version: str, names: frozenset[str]) -> Environment | Unusable:
        key = (version, names)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(version, names)
        return self._resolved[key]

    def _resolve(self, version: str, names: frozenset[str]) -> Environment | Unusable:
        interpreter = self.interpreter_of(version)
        if lacks_wheel(self.timeline, version, interpreter):
            reason = f"no wheel for Python {interpreter.minor}, and the package is compiled"
            return Unusable(stage=Stage.RESOLVE, reason=reason)
        if not names:
            return self._held(version)
        return self._in_era(version) if names == ALL else self._partly(version, names)

    def _request(self, version: str) -> Request:
        interpreter = self.interpreter_of(version)
        return request_for(self.question, version, interpreter, self.question.as_of)

    def _held(self, version: str) -> Environment | Unusable:
        return self.edges.environments.resolve(self._request(version))

    def _partly(self, version: str, names: frozenset[str]) -> Environment | Unusable:
        """Resolve with some packages as of the release's upload; pins on them give way."""
        release = self.timeline.release(version)
        day = last_upload(release) if release else None
        held = self._request(version)
        if day is None:
            return Unusable(stage=Stage.RESOLVE, reason="the index does not date this release")
        return self.edges.environments.resolve(
            replace(
                held,
                requirements=freed(held.requirements, names),
                exempt=(*held.exempt, *((name, day) for name in sorted(names))),
            )
        )

    def _in_era(self, version: str) -> Environment | Unusable:
        """Resolve a release's own dependencies as of its upload, all else as of the date."""
        release = self.timeline.release(version)
        day = last_upload(release) if release else None
        if day is None:
            return Unusable(stage=Stage.RESOLVE, reason="the index does not date this release")
        held = self._request(version)
        own = tuple(
            r for r in held.requirements if canonical(Requirement(r).name) == self.question.name
        )
        closure = self.edges.environments.resolve(replace(held, requirements=own, as_of=day))
        if isinstance(closure, Unusable):
            return closure
        pins = {pin.name: pin.version for pin in closure.pins}
        return self.edges.environments.resolve(among(held, pins, day))


def _ending(text: str) -> str:
    """Keep the last lines that say something: where a failure names what it lacks."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-LAST:])


def last_upload(release: Release) -> datetime | None:
    """Say when a release was there as a whole, and what went up with it."""
    days = [file.uploaded for file in release.files if file.uploaded]
    return min(max(days), min(days) + timedelta(days=2)) + UPLOADING if days else None


def others(environment: Environment, package: str) -> dict[str, str]:
    """List the versions of everything but the package under test."""
    return {pin.name: pin.version for pin in environment.pins if pin.name != package}
