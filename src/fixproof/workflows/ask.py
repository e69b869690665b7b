"""Ask one probe: look it up, run what is missing, keep what was seen.

A probe is one command in one environment. Its runs are numbered; run *n* has
`PYTHONHASHSEED=n`, so that replicates vary what programs must not depend on, and runs of the
same number are comparable between releases.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from fixproof.evidence.record import Reading, Tried, digest, probe_id, record_of
from fixproof.model.environments import Environment, Place
from fixproof.model.evidence import Machine, RunRecord
from fixproof.model.runs import Ending, Job, Limit, Unusable
from fixproof.signature import failure_of, normalise_output, sign
from fixproof.signature.rules import RECIPE
from fixproof.verdict.showing import READING, api_missing
from fixproof.workflows.ports import Clock, Environments, Index, Progress, Records, Runner, Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Everything a workflow needs of the world."""

    index: Index
    environments: Environments
    runner: Runner
    records: Records
    clock: Clock
    workers: Workers
    progress: Progress
    machine: Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One command in one environment. `overlay` changes files of its site-packages."""

    environment: Environment
    job: Job
    overlay: Mapping[str, bytes | None] | None = None


class Prober:
    """Asks probes; counts those that were asked for the first time by this question.

    `package` is the distribution under test: its version is neutral in compared output.
    """

    def __init__(self, edges: Edges, *, package: str = "") -> None:
        self.edges = edges
        self.package = package
        self.executed = 0
        self.hangs = False  # time-outs are what is looked for: one beside others counts too
        self.kept: dict[str, RunRecord] = {}  # everything that was seen, by digest
        self._asked: set[str] = set()

    @property
    def asked(self) -> int:
        """How many distinct probes were asked."""
        return len(self._asked)

    def observe(self, probe: Probe, *, runs: int = 1, alone: bool = False) -> tuple[RunRecord, ...]:
        """Return at least `runs` runs of a probe, running those that are not known yet.

        Where no environment can be laid out, one record says so in `unusable`; it is not kept,
        for the next call may fare better.
        """
        identity = self._identity(probe)
        self._asked.add(identity)
        known = {r.attempt: r for r in self.edges.records.find(identity)}
        missing = [n for n in range(runs) if n not in known]
        if missing:
            place = self.edges.environments.materialise(probe.environment, probe.overlay)
            if isinstance(place, Unusable):
                return (record_of(self._tried(identity, probe, 0, None), place),)
            for attempt in missing:
                known[attempt] = self._run(identity, probe, place, attempt, alone=alone)
        seen = tuple(known[n] for n in sorted(known))
        self.kept.update((digest(record), record) for record in seen)
        return seen

    def prepare(self, probe: Probe) -> None:
        """Lay the environment out ahead of time, unless the answer is known."""
        if not self.edges.records.find(self._identity(probe)):
            self.edges.environments.materialise(probe.environment, probe.overlay)

    def _identity(self, probe: Probe) -> str:
        return probe_id(
            probe.environment,
            overlay_digest(probe.overlay),
            probe.job,
            f"{self.edges.runner.version} {self.package} {RECIPE}.{READING}",
        )

    def _run(
        self, identity: str, probe: Probe, place: Place, attempt: int, *, alone: bool
    ) -> RunRecord:
        job = _seeded(probe.job, attempt)
        started, ending = self._once(job, place, alone=alone)
        crowded = not alone and not self.hangs and self.edges.workers.count > 1
        if ending.limit is Limit.WALL and crowded:
            started, ending = self._once(job, place, alone=True)
        self.executed += 1
        record = self._record(identity, probe, attempt, started, ending)
        self.edges.records.keep(record)
        return record

    def _once(self, job: Job, place: Place, *, alone: bool) -> tuple[datetime, Ending]:
        runner, clock = self.edges.runner, self.edges.clock
        if not alone:
            return clock.now(), runner.run(job, place)
        endings: list[tuple[datetime, Ending]] = []
        self.edges.workers.alone(lambda: endings.append((clock.now(), runner.run(job, place))))
        return endings[0]

    def _record(
        self, identity: str, probe: Probe, attempt: int, started: datetime, ending: Ending
    ) -> RunRecord:
        failure = failure_of(ending)
        version = probe.environment.version_of(self.package)
        reading = Reading(
            signature=sign(failure) if failure else None,
            output=normalise_output(ending.stdout.text, package_version=version),
            errors=normalise_output(ending.stderr.text, package_version=version),
            missing=api_missing(failure),
        )
        return record_of(self._tried(identity, probe, attempt, started), ending, reading)

    def _tried(self, identity: str, probe: Probe, attempt: int, started: datetime | None) -> Tried:
        interpreter = probe.environment.interpreter
        return Tried(
            probe=identity,
            attempt=attempt,
            environment=probe.environment,
            overlay=overlay_digest(probe.overlay),
            job=_seeded(probe.job, attempt),
            machine=replace(
                self.edges.machine,
                python=interpreter.version,
                implementation=interpreter.implementation,
                build=interpreter.build,
            ),
            started=started,
            names=((str(interpreter.prefix), "<python>"),),
        )


def overlay_digest(overlay: Mapping[str, bytes | None] | None) -> str:
    """Name a set of changed files by its content; "" for none."""
    if not overlay:
        return ""
    digest = sha256()
    for path in sorted(overlay):
        content = overlay[path]
        digest.update(path.encode() + b"\0")
        digest.update(b"-" if content is None else sha256(content).digest())
    return digest.hexdigest()


def _seeded(job: Job, attempt: int) -> Job:
    if any(name == "PYTHONHASHSEED" for name, _ in job.variables):
        return job
    return replace(job, variables=(*job.variables, ("PYTHONHASHSEED", str(attempt))))
