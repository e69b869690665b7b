"""Whoever runs something and is killed takes it with him, at whatever moment."""

import ctypes
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixproof.model.runs import Isolation
from fixproof.probe.detect import offer

ROOT = Path(__file__).parents[2]
SUBREAPER = 36
MARK = "FIXPROOF_KILLED"
# Stands still for good where it is told to: between building a sandbox and opening its gate.
STARTER = """
import sys, time
from pathlib import Path
from fixproof.model.runs import Isolation, Job
from fixproof.probe import {module} as module
from fixproof.probe.detect import own_place
from fixproof.probe.sandbox import Sandbox
scratch, level, mark = Path(sys.argv[1]), Isolation(int(sys.argv[2])), sys.argv[3]
def stand(*_, **__):
    print("here", flush=True)
    time.sleep(600)
{hook}
code = "import os, time; os.fork() or os.setsid() or os.fork(); time.sleep(600)"
job = Job(argv=("python", "-c", code), variables=(("FIXPROOF_KILLED", mark),), isolation=level)
Sandbox(scratch, level).run(job, own_place(scratch / "place"))
"""
MOMENTS = {
    "gate closed": ("supervise", "module.release = stand"),
    "just started": ("supervise", "module.await_child = stand"),
    "command running": ("supervise", "module.attend = lambda *_: time.sleep(0.5) or stand()"),
}


@pytest.fixture
def guardian() -> None:
    """Become the parent of what loses its own, so that it can be waited for."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


@pytest.mark.usefixtures("guardian")
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("level", [level for level in Isolation if level])
def test_nothing_outlives_a_killed_process(moment: str, level: Isolation, tmp_path: Path) -> None:
    if not offer(level, tmp_path).available:
        pytest.skip(f"not offered here: {level.name.lower()}")
    tmp_path.chmod(0o755)
    module, hook = MOMENTS[moment]
    mark = f"{moment}-{level.name}-{os.getpid()}"
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            STARTER.format(module=module, hook=hook),
            tmp_path,
            str(level),
            mark,
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        text=True,
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == "here\n"
    started = descendants(starter.pid)
    assert started

    starter.kill()
    starter.communicate()

    for pid in started:  # ends only when they have: else the test's own limit of time strikes
        gone(pid)


def descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *descendants(child)]
    return found


def gone(pid: int) -> None:
    """Wait until a process has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        os.waitid(os.P_PIDFD, handle, os.WEXITED)
    except ChildProcessError:  # its parent collects it, or has
        select.select([handle], [], [])
    finally:
        os.close(handle)


@pytest.mark.usefixtures("guardian")
def test_the_undertaker_leaves_those_alone_who_ended_before() -> None:
    """Numbers are given to others later; only who is named at the end is ended."""
    code = (
        "import subprocess, sys\n"
        "from fixproof.probe import undertaker\n"
        "how = {'stdout': subprocess.DEVNULL, 'start_new_session': True}\n"
        "started = [subprocess.Popen(['sleep', '600'], **how) for _ in range(3)]\n"
        "first, second, third = [each.pid for each in started]\n"
        "for pid in (first, second, third):\n"
        "    undertaker.named(pid)\n"
        "undertaker.forgotten(second, 1, second)\n"
        "print(first, second, third, flush=True)\n"
        "sys.stdin.read()\n"
    )
    boss = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        text=True,
    )
    assert boss.stdout is not None
    first, second, third = map(int, boss.stdout.readline().split())
    boss.kill()
    boss.communicate()

    gone(first)
    gone(third)
    os.kill(second, signal.SIGKILL)  # still there
    gone(second)
