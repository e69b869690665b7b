"""The runs behind a page: what was tried, grouped by the question it answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from fixproof.model.environments import Pin
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Proof
from fixproof.pages.provenance import Said, harmless, ran

SHORT = 16  # digits of a digest in anchors: unique enough within one page


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run, as a row of the evidence table."""

    digest: str
    package: str
    attempt: int
    python: str
    ended: str
    seconds: str
    isolation: str
    started: str
    environment: str
    says: Said

    @property
    def anchor(self) -> str:
        """Name the row within the page."""
        return anchor(self.digest)

    @property
    def file(self) -> str:
        """Name the file with the whole record, beside the page."""
        return run_file(self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The runs that answered one question."""

    title: str
    rows: tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a run stood on: resolved packages, interpreter, platform, sandbox."""

    facts: tuple[tuple[str, Said], ...]
    pins: tuple[tuple[Said, Pin], ...]


def anchor(digest: str) -> str:
    """Name the anchor of a run."""
    return f"run-{digest[:SHORT]}"


def run_file(digest: str) -> str:
    """Name the file of a run, relative to its page."""
    return f"runs/{digest[:SHORT]}.json"


def run_json(record: RunRecord) -> str:
    """Write one record whole, for people and programs."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode() + "\n"


def grouped(proof: Proof, package: str, records: Mapping[str, RunRecord]) -> tuple[Runs, ...]:
    """Lay all runs out by question; a run that answered several stands at the first."""
    seen: set[str] = set()
    groups = []
    for title, digests in _questions(proof):
        fresh = [d for d in dict.fromkeys(digests) if d in records and d not in seen]
        seen.update(fresh)
        if fresh:
            rows = tuple(row(d, records[d], package) for d in fresh)
            groups.append(Runs(title=title, rows=rows))
    rest = [d for d in records if d not in seen]
    if rest:
        rows = tuple(row(d, records[d], package) for d in rest)
        groups.append(Runs(title="Anything else?", rows=rows))
    return tuple(groups)


def _questions(proof: Proof) -> Iterator[tuple[str, list[str]]]:
    found = proof.bisection
    yield "Which releases fail?", [d for s in found.outcomes for d in s.records]
    yield (
        "What does the failure look like, and what when fixed?",
        [d for look in (found.target, found.reference) if look for d in look.records],
    )
    yield "Under which interpreters?", [d for s in proof.interpreters for d in s.records]
    causes = [cause for cause in (found.trigger, found.culprit) if cause]
    yield "Is it this package, or another?", [d for cause in causes for d in cause.records]
    isolation = found.isolation
    yield "Which change makes the difference?", list(isolation.records if isolation else ())
    yield "Do the fix options work?", [d for o in proof.options for d in o.records]


def row(digest: str, record: RunRecord, package: str) -> Run:
    """Turn a record into a row."""
    tested = next((p.version for p in record.pins if p.name == package), "")
    return Run(
        digest=digest,
        package=f"{tested} + patch" if tested and record.overlay else tested,
        attempt=record.attempt + 1,
        python=record.machine.python if record.machine else "",
        ended=ended(record),
        seconds=f"{record.seconds:.2f} s" if not record.unusable else "",
        isolation=record.isolation,
        started=record.started.strftime("%Y-%m-%d %H:%M:%S UTC") if record.started else "",
        environment=record.environment[:SHORT],
        says=ran(_says(record), digest),
    )


def ended(record: RunRecord) -> str:
    """Say how a run ended, in two words."""
    if record.unusable:
        return f"not run: {record.unusable.stage}"
    if record.limit:
        return f"limit: {record.limit}"
    if record.signal is not None:
        return f"signal {record.signal}"
    return f"exit {record.exit_code}"


def _says(record: RunRecord) -> str:
    if record.unusable:
        return record.unusable.reason
    if record.signature:
        return record.signature.search
    lines = record.stdout.excerpt.split() if record.stdout else []
    return " ".join(lines[:12])


def stage(digest: str, record: RunRecord) -> Stage:
    """Describe the environment of one run."""
    machine = record.machine
    facts = [("Command", " ".join(record.command))]
    if machine:
        facts += [
            ("Interpreter", f"{machine.implementation} {machine.python}"),
            ("Build", machine.build),
            ("Platform", f"{machine.system} {machine.architecture}, {machine.libc}"),
        ]
    facts.append(("Sandbox", record.isolation))
    if record.as_of:
        facts.append(("Packages as of", record.as_of.date().isoformat()))
    facts.append(("Environment", record.environment[:SHORT]))
    return Stage(
        facts=tuple((name, ran(text, digest)) for name, text in facts if text.strip(", ")),
        pins=tuple((ran(f"{p.name} {p.version}", digest), p) for p in record.pins),
    )


def output(record: RunRecord) -> str:
    """Find what a run said: standard error where there is any."""
    for stream in (record.stderr, record.stdout):
        if stream and stream.excerpt.strip():
            return harmless(stream.excerpt.strip("\n"))
    return ""
