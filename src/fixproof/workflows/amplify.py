"""Ways to run a command that make an intermittent failure show more often.

They are tried where a reported failure does not show by itself. The first that brings it out is
used for every release alike, so that runs stay comparable; the answer names it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fixproof.model.runs import Job

DRIVER = "fixproof_amplify.py"
HOOKS = "fixproof_hooks"

# Runs a command beside processes that keep the processor busy, or several of it at once; of
# those it repeats what the first failing one said. Works on Python 3.6, the oldest that is run.
_DRIVER = b"""\
import os, signal, subprocess, sys, tempfile

COPIES, BURNERS = 6, 3


def busy(argv):
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BURNERS)]
    try:
        return subprocess.call(argv)
    finally:
        for burner in burners:
            burner.kill()


def copies(argv):
    started = []
    for _ in range(COPIES):
        said = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        started.append((subprocess.Popen(argv, stdout=said[0], stderr=said[1]), said))
    codes = [process.wait() for process, _ in started]
    chosen = next((n for n, code in enumerate(codes) if code), 0)
    for stream, said in zip((sys.stdout, sys.stderr), started[chosen][1]):
        said.seek(0)
        stream.buffer.write(said.read())
        stream.flush()
    return codes[chosen]


argv = sys.argv[2:]
if argv[0] == "python":
    argv[0] = sys.executable
code = {"busy": busy, "copies": copies}[sys.argv[1]](argv)
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
"""

_SWITCHING = b"""\
import sys

sys.setswitchinterval(1e-6)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amplifier:
    """One way to run a job that may bring an intermittent failure out."""

    name: str
    reason: str
    changes: Callable[[Job], Job]


def _with(job: Job, *variables: tuple[str, str]) -> Job:
    return replace(job, variables=(*job.variables, *variables))


def _driven(how: str) -> Callable[[Job], Job]:
    def changes(job: Job) -> Job:
        files = (*job.files, (DRIVER, _DRIVER))
        return replace(job, argv=("python", DRIVER, how, *job.argv), files=files, cpus=1)

    return changes


def _switching(job: Job) -> Job:
    files = (*job.files, (f"{HOOKS}/sitecustomize.py", _SWITCHING))
    return _with(replace(job, files=files), ("PYTHONPATH", HOOKS))


AMPLIFIERS = (
    Amplifier(
        name="one processor",
        reason="threads and processes that wait for each other take turns in another order",
        changes=lambda job: replace(job, cpus=1),
    ),
    Amplifier(
        name="quick thread switches",
        reason="the interpreter changes threads after a microsecond instead of 5 ms",
        changes=_switching,
    ),
    Amplifier(
        name="a busy processor",
        reason="what relies on being fast enough no longer is",
        changes=_driven("busy"),
    ),
    Amplifier(
        name="copies side by side",
        reason="several of the command share one directory and one processor",
        changes=_driven("copies"),
    ),
    Amplifier(
        name="debug modes",
        reason="Python's development mode and asyncio's debug mode check what is else let pass",
        changes=lambda job: _with(job, ("PYTHONDEVMODE", "1"), ("PYTHONASYNCIODEBUG", "1")),
    ),
)
