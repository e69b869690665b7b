"""Makes records, cases and proofs for tests."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from fixproof.evidence.record import Reading, Tried, probe_id, record_of
from fixproof.model.environments import Environment, Interpreter, Pin
from fixproof.model.evidence import Machine, RunRecord
from fixproof.model.failures import Signature
from fixproof.model.runs import Captured, Ending, Isolation, Job

STARTED = datetime(2024, 2, 29, 12, 30, 15, 250000, tzinfo=UTC)
MACHINE = Machine(
    python="3.11.7",
    implementation="cpython",
    build="main, Dec 4 2023",
    system="Linux 6.1",
    architecture="x86_64",
    libc="glibc 2.36",
)
PYTHON = Interpreter(version="3.11.7", path=Path("/opt/py/bin/python"), prefix=Path("/opt/py"))
JOB = Job(argv=("python", "repro.py"), files=(("repro.py", b"print('hello')\n"),))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def pin(name: str, version: str) -> Pin:
    file = f"{name}-{version}-py3-none-any.whl"
    return Pin(name=name, version=version, file=file, sha256=sha(file), uploaded=STARTED)


def environment(*pins: tuple[str, str]) -> Environment:
    return Environment(interpreter=PYTHON, pins=tuple(pin(*p) for p in sorted(pins)))


def signature(message: str) -> Signature:
    return Signature(
        recipe=1,
        exact=sha(f"exact {message}"),
        same=sha(f"same {message}"),
        family=sha(f"family {message}"),
        search=message,
        surfaced=message,
        root=message,
        parts=(message,),
    )


def record(
    at: Environment | None = None,
    *,
    attempt: int = 0,
    says: str = "",
    exit_code: int = 0,
    job: Job = JOB,
    overlay: str = "",
    seconds: float = 0.25,
) -> RunRecord:
    """A run that says `says`: on standard output when it ends well, else as its exception."""
    at = at or environment(("demo", "1.0"))
    stream = Captured(text=says, size=len(says), sha256=sha(says))
    ending = Ending(
        exit_code=exit_code,
        stdout=Captured(sha256=sha("")) if exit_code else stream,
        stderr=stream if exit_code else Captured(sha256=sha("")),
        seconds=seconds,
        isolation=Isolation.NAMESPACES,
    )
    tried = Tried(
        probe=probe_id(at, overlay, job, "sandbox 1"),
        attempt=attempt,
        environment=at,
        overlay=overlay,
        job=job,
        machine=MACHINE,
        started=STARTED,
    )
    signed = signature(says) if exit_code else None
    return record_of(tried, ending, Reading(signature=signed, output="" if exit_code else says))
