"""Which changes between two releases flip the outcome, when applied to the failing one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from fixproof.model.environments import Environment
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Hunk, Isolation
from fixproof.model.runs import Job, Unusable
from fixproof.model.searches import Ask, Boundaries, Seen
from fixproof.signature import parse
from fixproof.signature.identity import tree
from fixproof.strategy.isolate import changes_of, find_hunks
from fixproof.strategy.needs import needs
from fixproof.strategy.patches import Change, apply, changes
from fixproof.workflows.ask import Edges, Probe, Prober
from fixproof.workflows.drive import drive
from fixproof.workflows.lab import Laboratory
from fixproof.workflows.report import digests

BUDGET = 200  # probes
FEWEST = 12  # probes that are allowed however long they take
PATIENCE = 600.0  # seconds that an isolation may take, about
REPLICATES = 3  # runs of the patched release


class Bench(Protocol):
    """Where patched environments are tried and judged."""

    @property
    def edges(self) -> Edges:
        """The world."""
        ...

    @property
    def prober(self) -> Prober:
        """What asks and keeps every run."""
        ...

    @property
    def job(self) -> Job:
        """The command."""
        ...

    @property
    def runs(self) -> int:
        """How often each trial is run."""
        ...

    def count(self, records: tuple[RunRecord, ...]) -> Seen:
        """Judge runs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Two environments that differ in one package at least: in one it fails, in one it works."""

    package: str
    failing: Environment
    working: Environment


def isolate_fix(
    lab: Laboratory, bounds: Boundaries
) -> tuple[Isolation | None, dict[str, bytes | None]]:
    """Isolate the fix, where there is one."""
    if bounds.last_bad is None or bounds.first_fixed is None:
        return None, {}
    return isolate(lab, bounds.last_bad, bounds.first_fixed)


def isolate(lab: Laboratory, bad: str, fixed: str) -> tuple[Isolation, dict[str, bytes | None]]:
    """Find the smallest set of changes from `bad` to `fixed` that makes `bad` pass.

    Returns it with the changed files, ready to be laid over the environment of `bad`.
    """
    environment, newer = lab.environment(bad), lab.environment(fixed)
    if isinstance(environment, Unusable) or isinstance(newer, Unusable):
        return Isolation(hunks_total=0, hunks_needed=0, reason="no environment"), {}
    ends = Ends(package=lab.question.name, failing=environment, working=newer)
    return isolate_between(lab, ends, lab.records(bad)[0])


def isolate_between(
    lab: Bench, ends: Ends, record: RunRecord, budget: int = BUDGET
) -> tuple[Isolation, dict[str, bytes | None]]:
    """Find the changes of one package that make the failing environment pass.

    `record` is a failing run: changes on its stack are tried first.
    """
    name, before = ends.package, lab.prober.asked
    bad, fixed = ends.failing.version_of(name) or "", ends.working.version_of(name) or ""
    old = lab.edges.environments.contents(ends.failing, name)
    new = lab.edges.environments.contents(ends.working, name)
    parts = changes(old, new)
    found = Isolation(hunks_total=len(parts), hunks_needed=0, from_=bad, to=fixed)
    if not parts:
        reason = "no installed file differs: the fix is in the metadata or in other packages"
        return replace(found, reason=reason), {}
    lab.edges.progress.say(f"isolating: {len(parts)} changes between {bad} and {fixed}")
    search = find_hunks(
        len(parts),
        suspects=_suspects(record, parts),
        groups=_by_file(parts),
        needs=needs(parts, old, new),
        budget=_affordable(lab, record, budget),
        runs=lab.runs,
        workers=lab.edges.workers.count,
    )
    isolated = drive(search, _answering(lab, ends.failing, old, parts))
    needed = [parts[n] for n in isolated.needed]
    overlay = apply(old, needed)
    probe = Probe(environment=ends.failing, job=lab.job, overlay=overlay)
    found = _backed(lab, probe, needed, replace(found, reason=isolated.reason))
    return replace(found, probes=lab.prober.asked - before), overlay


def _affordable(lab: Bench, record: RunRecord, budget: int) -> int:
    """Count the trials that patience allows; those that still fail take as long as the failure."""
    each = max(record.seconds, 0.1) * lab.runs / lab.edges.workers.count
    return min(budget, max(FEWEST, int(PATIENCE / each)))


def _answering(
    lab: Bench, environment: Environment, old: Mapping[str, bytes], parts: tuple[Change, ...]
) -> Callable[[Ask], Mapping[str, Seen]]:
    def one(key: str) -> Seen:
        overlay = apply(old, [parts[n] for n in changes_of(key)])
        probe = Probe(environment=environment, job=lab.job, overlay=overlay)
        return lab.count(lab.prober.observe(probe, runs=lab.runs))

    def answer(ask: Ask) -> Mapping[str, Seen]:
        seen: dict[str, Seen] = {}

        def work(key: str) -> Callable[[], None]:
            def do() -> None:
                lab.edges.progress.trying(f"{len(changes_of(key))} changes", ask.why)
                seen[key] = one(key)

            return do

        lab.edges.workers.map([work(key) for key in ask.keys])
        return seen

    return answer


def _content(content: bytes | None) -> str:
    return "-" if content is None else sha256(content).hexdigest()


def _suspects(record: RunRecord, parts: tuple[Change, ...]) -> tuple[int, ...]:
    """List changes on the failing stack: in a function of it first, then in a file of it."""
    raised = parse(record.stderr.excerpt if record.stderr else "").raised
    frames = [frame for node in tree(raised) for frame in node.frames] if raised else []
    functions = {(frame.module, frame.function) for frame in frames}
    files = {frame.module for frame in frames}
    near = [n for n, part in enumerate(parts) if (part.file, part.function) in functions]
    return (*near, *(n for n, part in enumerate(parts) if part.file in files and n not in near))


def _by_file(parts: tuple[Change, ...]) -> list[tuple[int, ...]]:
    files = dict.fromkeys(part.file for part in parts)
    return [tuple(n for n, part in enumerate(parts) if part.file == file) for file in files]


def _backed(lab: Bench, probe: Probe, needed: list[Change], found: Isolation) -> Isolation:
    """Describe the needed changes, backed with the runs of the patched release."""
    records = lab.prober.observe(probe, runs=max(REPLICATES, lab.runs)) if needed else ()
    overlay = probe.overlay or {}
    return replace(
        found,
        hunks_needed=len(needed),
        hunks=tuple(
            Hunk(file=part.file, function=part.scope or part.function, diff=part.diff)
            for part in needed
        ),
        overlay=tuple((path, _content(overlay[path])) for path in sorted(overlay)),
        records=digests(records),
    )
