"""Use up what a machine has: processes, memory, disk, descriptors, time, output."""
# An attack makes bare system calls where it can, and speaks on standard output.
# ruff: noqa: T201

import ctypes
import itertools
import mmap
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

from fixproof.probe.attacks.payloads import tell

_MEGABYTE = 1024 * 1024
_CAP = 640  # megabytes: an attempt that nobody stops stops itself


def forks() -> tell.Attempts:
    """Fork until the kernel says no; the children stay."""
    count = 0
    reason = "nobody stopped it"
    for _ in range(2000):
        try:
            pid = os.fork()
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            break
        if pid == 0:
            time.sleep(60)
            os._exit(0)
        count += 1
    yield "forked", lambda: f"{count} {reason}"


def memory() -> tell.Attempts:
    """Touch ever more memory; say how much at each step, for the end may be sudden."""
    kept = []
    for step in range(1, _CAP // 16 + 1):
        kept.append(b"x" * (16 * _MEGABYTE))
        print(f"held {16 * step}", flush=True)
    yield "held", lambda: f"{16 * len(kept)} nobody stopped it"


def memfd() -> tell.Attempts:
    """Fill a file that lives in memory."""
    descriptor = os.memfd_create("filled")
    yield "written", lambda: _fill(descriptor)


def disk(*directories: str) -> tell.Attempts:
    """Fill directories with files, several because each is bounded."""
    for directory in directories:
        yield directory, lambda directory=directory: _fill_directory(directory)


def _fill_directory(directory: str) -> str:
    total = 0
    reason = "nobody stopped it"
    for number in range(_CAP // 8):
        try:
            descriptor = os.open(f"{directory}/filled-{number}", os.O_CREAT | os.O_WRONLY)
        except OSError as error:
            return f"{total} {os.strerror(error.errno or 0)}"
        written = _fill(descriptor, 8)
        os.close(descriptor)
        size, reason = int(written.split()[0]), written.split(" ", 1)[1]
        total += size
        print(f"wrote {total}", flush=True)
        if size < 8:
            break
    return f"{total} {reason}"


def _fill(descriptor: int, cap: int = _CAP) -> str:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    block = b"x" * _MEGABYTE
    for written in range(cap):
        try:
            os.write(descriptor, block)
        except OSError as error:
            return f"{written} {os.strerror(error.errno or 0)}"
    return f"{cap} nobody stopped it"


def inodes() -> tell.Attempts:
    """Make empty files without end."""

    def make() -> None:
        for number in itertools.count():
            os.close(os.open(f"empty-{number}", os.O_CREAT))

    yield "made", make


def descriptors() -> tell.Attempts:
    """Open until the kernel says no."""
    opened: list[int] = []
    reason = "nobody stopped it"
    try:
        while len(opened) < 100_000:
            opened.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        reason = os.strerror(error.errno or 0)
    count = len(opened)
    for descriptor in opened:
        os.close(descriptor)
    yield "opened", lambda: f"{count} {reason}"


def spin() -> tell.Attempts:
    """Burn processor time in several processes."""

    def burn() -> None:
        for _ in itertools.count():
            pass

    for _ in range(3):
        if os.fork() == 0:
            break
    yield "burnt", burn


def rest() -> tell.Attempts:
    """Do nothing for a long time."""
    time.sleep(60)
    yield "rested", lambda: None


def flood(megabytes: str) -> tell.Attempts:
    """Say far more than anybody keeps."""
    block = b"y" * _MEGABYTE
    for _ in range(int(megabytes)):
        sys.stdout.buffer.write(block)
    sys.stdout.buffer.flush()
    yield "said", lambda: megabytes


def crash() -> tell.Attempts:
    """Crash; whoever collects crashes must not come."""
    print(f"limit {resource.getrlimit(resource.RLIMIT_CORE)[1]}", flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)
    yield "survived", lambda: None


def sparse(path: str) -> tell.Attempts:
    """Make a file that claims to be a tebibyte long."""

    def make() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with Path(path).open("wb") as file:
            file.truncate(1 << 40)

    yield "made", make


def daemon() -> tell.Attempts:
    """Leave a daemon behind that keeps standard output open."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    os.wait()
    yield "left", lambda: None


def raise_limits() -> tell.Attempts:
    """Raise every limit above what was given."""
    for name in ("RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CPU", "RLIMIT_CORE"):
        what = getattr(resource, name)
        most = resource.getrlimit(what)[1]
        yield name, lambda what=what, most=most: resource.setrlimit(what, (most + 1, most + 1))


def priority() -> tell.Attempts:
    """Come before everybody else."""
    from fixproof.probe.attacks.payloads.calls import call

    yield "nice", lambda: os.setpriority(os.PRIO_PROCESS, 0, -20)
    yield "fifo", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    yield "round robin", lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(50))
    yield "disk", lambda: call("ioprio_set", 1, 0, (1 << 13) | 0)


def spared() -> tell.Attempts:
    """Be the last to be killed when memory runs out."""
    for name, value in (("oom_score_adj", "-1000"), ("oom_adj", "-17")):
        yield name, lambda name=name, value=value: _write(f"/proc/self/{name}", value)


def _write(path: str, text: str) -> None:
    with Path(path).open("w") as file:
        file.write(text)


def controls() -> tell.Attempts:
    """Do what ordinary programs do; all of it must work."""
    import multiprocessing
    import sqlite3
    import subprocess

    def threads() -> None:
        done: list[int] = []
        started = [threading.Thread(target=done.append, args=(n,)) for n in range(8)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
        if len(done) != 8:
            raise OSError("threads were lost")

    yield "threads", threads
    yield "fork", lambda: os.waitpid(os.fork() or os._exit(0), 0)[1]
    yield "subprocess", lambda: subprocess.check_output([sys.executable, "-c", "print(6 * 7)"])
    yield "sqlite", lambda: sqlite3.connect("kept.db").execute("create table t(x)").close()
    yield "lock", lambda: multiprocessing.Lock().acquire()
    yield "mmap", lambda: mmap.mmap(-1, 4096).close()
    yield "user", lambda: __import__("getpass").getuser()
    yield "home", lambda: Path.home().joinpath("kept").write_text("x") and None
    yield "name", lambda: __import__("socket").gethostbyname("localhost")
    yield "zone", lambda: time.tzname[0]
    yield "library", lambda: ctypes.CDLL(None).getpid() and None


if __name__ == "__main__":
    tell.main(
        {
            "forks": forks,
            "memory": memory,
            "memfd": memfd,
            "disk": disk,
            "inodes": inodes,
            "descriptors": descriptors,
            "spin": spin,
            "rest": rest,
            "flood": flood,
            "crash": crash,
            "sparse": sparse,
            "daemon": daemon,
            "raise_limits": raise_limits,
            "priority": priority,
            "spared": spared,
            "controls": controls,
        }
    )
