"""Pipes and in-memory files that a started process inherits."""

import contextlib
import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from fixproof.probe import undertaker
from fixproof.probe.plan import Running

_PIPE_BYTES = 1024 * 1024


def in_memory(content: bytes) -> int:
    """Put bytes behind a descriptor, ready to be read from the start."""
    descriptor = os.memfd_create("fixproof", os.MFD_CLOEXEC)
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


@contextmanager
def closing(descriptors: list[int]) -> Iterator[None]:
    """Close all of them in the end."""
    try:
        yield
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


Command = Callable[[int, int], Sequence[str]]


def launch(
    command: Command, inherited: list[int], joins: Sequence[str] = (), *, sweeps: bool = False
) -> Running:
    """Start a backend with an empty environment in a session of its own.

    `command` is told the descriptors on which to report and at which to wait; `joins` are
    files of control groups that it enters first. One that `sweeps` ends by itself, and all
    that it started, when its gate breaks down; any other is left to the undertaker.
    """
    with ExitStack() as ours, ExitStack() as theirs:

        def pipe(reader_is_ours: bool) -> tuple[int, int]:  # noqa: FBT001 - two lines below
            read, write = os.pipe2(os.O_CLOEXEC)
            mine, other = (read, write) if reader_is_ours else (write, read)
            ours.callback(os.close, mine)
            theirs.callback(os.close, other)
            return mine, other

        (stdout, out), (stderr, err), (status, report) = pipe(True), pipe(True), pipe(True)
        gate, wait = pipe(False)
        for end in (stdout, stderr):
            with contextlib.suppress(OSError):  # an ordinary user's pipes may be bounded lower
                fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        process = subprocess.Popen(
            ["/bin/sh", "-c", undertaker.STARTER, "sh", *joins, "--", *command(report, wait)],
            stdin=subprocess.DEVNULL if sweeps else undertaker.line(),
            stdout=out,
            stderr=err,
            pass_fds=[report, wait, *inherited],
            env={},
            cwd="/",
            start_new_session=True,
        )
        ours.pop_all()
    return Running(
        process=process, stdout=stdout, stderr=stderr, status=status, gate=gate, sweeps=sweeps
    )
