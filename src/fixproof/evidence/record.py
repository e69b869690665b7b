"""The run record: built, spelled, read back and named by its digest."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from fixproof.evidence.canonical import canonical, digest_of
from fixproof.evidence.scrub import Names, scrub, scrub_tool, scrub_variables
from fixproof.model.environments import Environment
from fixproof.model.errors import InputError
from fixproof.model.evidence import Machine, RunRecord, Stream
from fixproof.model.failures import Signature
from fixproof.model.runs import Captured, Ending, Job, Unusable

HEAD = 2 * 1024  # characters of a stream that a record shows of its beginning
TAIL = 6 * 1024  # and of its end, where the failure is
KEPT = 16 * 1024  # characters of a normalised stream that are compared as they are

_DECODER = msgspec.json.Decoder(RunRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was run: all that is known before the run ends.

    `names` are paths of this machine and what a record calls them, longest first.
    """

    probe: str
    attempt: int
    environment: Environment
    overlay: str = ""
    job: Job
    machine: Machine | None = None
    started: datetime | None = None
    names: Names = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read from the streams: the failure's identity and what verdicts compare."""

    signature: Signature | None = None
    output: str = ""
    errors: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Identity:
    """Everything that decides a probe's outcome."""

    environment: str
    overlay: str
    job: tuple[object, ...]
    files: tuple[tuple[str, str], ...]
    sandbox: str
    project: str


def probe_id(
    environment: Environment, overlay: str, job: Job, sandbox: str, *, project: str = ""
) -> str:
    """Name a probe by the digest of everything that decides its outcome.

    `sandbox` is the runner's version; `project` is the digest of the tree that the job shows.
    """
    identity = _Identity(
        environment=environment.digest,
        overlay=overlay,
        job=(job.argv, sorted(job.variables), job.limits, job.isolation, job.network, job.cpus),
        files=_files(job),
        sandbox=sandbox,
        project=project,
    )
    return digest_of(identity)


def record_of(tried: Tried, ending: Ending | Unusable, reading: Reading | None = None) -> RunRecord:
    """Build the record of one run, or of one failed preparation."""
    base = _base(tried)
    if isinstance(ending, Unusable):
        return replace(base, unusable=_scrubbed(ending, tried.names))
    reading = reading or Reading()
    return replace(
        base,
        isolation=ending.isolation.name.lower(),
        seconds=round(ending.seconds, 6),
        exit_code=ending.exit_code,
        signal=ending.signal,
        limit=ending.limit.value if ending.limit else None,
        suspects=ending.suspects,
        stdout=_stream(ending.stdout, tried.names),
        stderr=_stream(ending.stderr, tried.names),
        signature=reading.signature,
        output=bounded(scrub(reading.output, tried.names)),
        errors=bounded(scrub(reading.errors, tried.names)),
        missing=scrub(reading.missing, tried.names),
    )


def digest(record: RunRecord) -> str:
    """Name a record by its content."""
    return digest_of(record)


def encode(record: RunRecord) -> bytes:
    """Spell a record in its canonical form."""
    return canonical(record)


def decode(data: bytes, *, at: str = "record") -> RunRecord:
    """Read a record back.

    Raises InputError that says where (`at`, usually a file, and the path in the document).
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not a run record: {error}", at=at) from error


def bounded(text: str, limit: int = KEPT) -> str:
    """Keep a text up to a bound; what is over it is replaced by its digest."""
    if len(text) <= limit:
        return text
    rest = hashlib.sha256(text[limit:].encode("utf-8", "backslashreplace")).hexdigest()
    return f"{text[:limit]}\n[{len(text) - limit} more characters, SHA-256 {rest}]"


def excerpt(text: str) -> str:
    """Show the beginning and the end of a long text."""
    if len(text) <= HEAD + TAIL:
        return text
    return f"{text[:HEAD]}\n[{len(text) - HEAD - TAIL} characters left out]\n{text[-TAIL:]}"


def _base(tried: Tried) -> RunRecord:
    job = tried.job
    return RunRecord(
        probe=tried.probe,
        attempt=tried.attempt,
        environment=tried.environment.digest,
        pins=tried.environment.pins,
        build_pins=tried.environment.build_pins,
        overlay=tried.overlay,
        as_of=tried.environment.as_of,
        command=tuple(scrub(word, tried.names) for word in job.argv),
        files=_files(job),
        variables=scrub_variables(job.variables, tried.names),
        limits=job.limits,
        machine=tried.machine,
        started=tried.started,
    )


def _files(job: Job) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, hashlib.sha256(body).hexdigest()) for name, body in job.files))


def _stream(captured: Captured, names: Names) -> Stream:
    return Stream(
        sha256=captured.sha256,
        size=captured.size,
        truncated=captured.truncated,
        excerpt=excerpt(scrub(captured.text, names)),
    )


def _scrubbed(unusable: Unusable, names: Names) -> Unusable:
    return Unusable(
        stage=unusable.stage,
        reason=scrub_tool(unusable.reason, names),
        detail=excerpt(scrub_tool(unusable.detail, names)),
    )
