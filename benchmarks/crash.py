"""Shows what kill -9 at random moments, with several processes at once, loses or corrupts.

`python benchmarks/crash.py` tortures the store of run records: writers say on a pipe what they
kept after each `keep`; whatever was said must be there afterwards, whole.

`python benchmarks/crash.py --kills 20 --cache DIR -- fixproof bisect ... --json` does it to a
command: before each round the records in DIR are forgotten, several at once are killed at random
moments, then one must finish, find what the undisturbed one found, and the store must check clean.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fixproof.library.store import RecordStore

ROOT = Path(__file__).parents[1]
FOUND = (
    "status", "introduced", "last_bad", "first_fixed", "also_fixed", "culprits", "changes",
    "requirement_lines",
)  # fmt: skip

WRITER = """
import os, sys
from pathlib import Path
from fixproof.library.store import RecordStore
from tests.support_evidence import record
store = RecordStore(Path(sys.argv[1]))
number = 0
while True:
    digest = store.keep(record(attempt=number, says=f"{sys.argv[2]} {number} " + "x" * 4000))
    os.write(1, f"{digest}\\n".encode())
    number += 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a torture showed. `acknowledged` records were said to be kept before a kill."""

    kills: int
    acknowledged: int
    lost: int
    corrupt: tuple[str, ...]


def torture(folder: Path, *, kills: int, processes: int, seed: int, python: str) -> Tally:
    """Kill writers at random moments and see what is left."""
    chance = random.Random(seed)
    store = RecordStore(folder)
    said: set[str] = set()
    writers = [_writer(folder, f"{seed}-{n}", python) for n in range(processes)]
    for writer in writers:
        said.add(_first_line(writer))
    for number in range(kills):
        victim = chance.randrange(processes)
        time.sleep(chance.expovariate(1 / 0.01))
        said |= _kill(writers[victim])
        if number < kills - processes:
            writers[victim] = _writer(folder, f"{seed}-{processes + number}", python)
            said.add(_first_line(writers[victim]))
        else:
            writers.pop(victim)
            processes -= 1
    kept = set(store.digests())
    return Tally(kills=kills, acknowledged=len(said), lost=len(said - kept), corrupt=store.check())


def torture_command(
    command: list[str], cache: Path, *, kills: int, processes: int, seed: int
) -> int:
    """Kill a command at random moments; count rounds after which anything is not as it was."""
    chance = random.Random(seed)
    environment = {**os.environ, "FIXPROOF_CACHE": str(cache)}
    _finish(command, environment)  # environments are made before anything is measured
    shutil.rmtree(cache / "records", ignore_errors=True)
    began = time.monotonic()
    wanted = _finish(command, environment)
    whole = time.monotonic() - began
    print(f"undisturbed: {whole:.1f} s, {wanted}", flush=True)
    wrong = 0
    for number in range(0, kills, processes):
        shutil.rmtree(cache / "records", ignore_errors=True)
        _kill_all(command, environment, [chance.uniform(0, whole) for _ in range(processes)])
        kept = len(list(RecordStore(cache / "records").digests()))
        found = _finish(command, environment)
        faults = RecordStore(cache / "records").check()
        wrong += found != wanted or bool(faults)
        state = "the same" if found == wanted else f"not the same: {found}"
        print(
            f"{number + processes} kills, {kept} records kept: {state}, store {faults or 'clean'}",
            flush=True,
        )
    return wrong


def _finish(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Let a command finish; return its status and what it found, without times and digests."""
    ended = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    try:
        document = json.loads(ended.stdout)
    except json.JSONDecodeError:
        return ended.returncode, ended.stderr[-500:]
    return ended.returncode, json.dumps({key: document.get(key) for key in FOUND})


def _kill_all(command: list[str], environment: dict[str, str], moments: list[float]) -> None:
    began = time.monotonic()
    running = [_command(command, environment) for _ in moments]
    for process, moment in zip(running, sorted(moments), strict=True):
        time.sleep(max(0.0, began + moment - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):  # it may have finished
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _writer(folder: Path, name: str, python: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [python, "-c", WRITER, str(folder), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)


def _command(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment,
    )


def _first_line(writer: subprocess.Popen[bytes]) -> str:
    """Wait until a writer is at work, so that kills hit writes and not the interpreter's start."""
    assert writer.stdout is not None
    return writer.stdout.readline().decode().strip()


def _kill(writer: subprocess.Popen[bytes]) -> set[str]:
    """Kill and return the digests that were said; a last line cut short says nothing."""
    writer.kill()
    output, _ = writer.communicate()
    return {line for line in output.decode().split("\n")[:-1] if line}


def main() -> int:
    """Torture the store, or a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, help="for a command: its records are thrown away")
    parser.add_argument("command", nargs="*", help="after --: the command to torture")
    args = parser.parse_args()
    if args.command:
        if args.cache is None:
            parser.error("a command needs --cache DIR: what is recorded there is thrown away")
        cache = args.cache.absolute()
        return torture_command(
            args.command, cache, kills=args.kills, processes=args.processes, seed=args.seed
        )
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        tally = torture(
            Path(folder),
            kills=args.kills,
            processes=args.processes,
            seed=args.seed,
            python=sys.executable,
        )
    print(f"{tally} in {time.monotonic() - began:.1f} s")
    return tally.lost + len(tally.corrupt)


if __name__ == "__main__":
    sys.exit(main())
