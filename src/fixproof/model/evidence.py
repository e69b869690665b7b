"""The record of one run: enough to run it again and to check what was claimed from it."""

from dataclasses import dataclass, field
from datetime import datetime

from fixproof.model.environments import Pin
from fixproof.model.failures import Signature
from fixproof.model.runs import Limits, Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the run stood on."""

    python: str  # full version of the probed interpreter
    implementation: str
    build: str
    system: str  # kernel name and release
    architecture: str
    libc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What one stream said: digest and size of everything kept, and an excerpt."""

    sha256: str
    size: int
    truncated: bool
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of one probe, or one failed preparation (`unusable`).

    `probe` is the probe's identity: the digest of everything that decides its outcome
    (environment, overlay, command, files, variables, limits, sandbox version), so a result
    computed once is found again. `attempt` counts the replicates from 0.
    `output` and `errors` are the normalised streams that verdicts compare, bounded: what is over
    the bound is replaced by its digest. `missing` says what the reproduction's own lines ask
    for and this release does not have. `unusable` is set instead of everything about a run.
    """

    probe: str
    attempt: int
    environment: str  # digest
    pins: tuple[Pin, ...]
    build_pins: tuple[Pin, ...] = ()
    overlay: str = ""  # digest of patched files
    as_of: datetime | None = None
    command: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()  # name, sha256 of content
    variables: tuple[tuple[str, str], ...] = ()
    limits: Limits = field(default_factory=Limits)
    machine: Machine | None = None
    isolation: str = "none"
    started: datetime | None = None
    seconds: float = 0.0
    exit_code: int | None = None
    signal: int | None = None
    limit: str | None = None
    suspects: tuple[str, ...] = ()
    stdout: Stream | None = None
    stderr: Stream | None = None
    signature: Signature | None = None
    output: str = ""
    errors: str = ""
    missing: str = ""
    unusable: Unusable | None = None
