"""Watch a started run: drain what it says, hold it to its limits, and leave nothing behind."""

import json
import os
import select
import signal
import time
from dataclasses import dataclass, field

from fixproof.model.errors import PreparationError
from fixproof.model.runs import Limit, Limits
from fixproof.probe import undertaker
from fixproof.probe.meters import Meter
from fixproof.probe.plan import Running
from fixproof.probe.streams import Stream

_CHUNK = 1024 * 1024
_PREPARING = 30.0  # seconds that a backend may take to build the sandbox
_TICKS = (0.02, 0.1)  # how often limits are looked at: at first, and at most


@dataclass(slots=True, kw_only=True)
class Watch:
    """What has been seen of a run so far."""

    running: Running
    limits: Limits
    secrets: tuple[bytes, ...] = ()
    child: int = 0
    handle: int = -1  # pidfd of the sandbox's first process
    stdout: Stream = field(init=False)
    stderr: Stream = field(init=False)
    report: dict[str, int] = field(default_factory=dict)
    limit: Limit | None = None
    started: float = 0.0
    seconds: float = 0.0
    _unread: bytes = b""

    def __post_init__(self) -> None:
        self.stdout = Stream(self.limits.output, self.secrets)
        self.stderr = Stream(self.limits.output, self.secrets)


def await_child(watch: Watch) -> None:
    """Wait until the sandbox stands and tells which process its command will be."""
    deadline = time.monotonic() + _PREPARING
    while watch.running.ready not in watch.report:
        ready, _, _ = select.select([watch.running.status], [], [], deadline - time.monotonic())
        if not ready or not _read_status(watch):
            raise PreparationError(
                "the sandbox could not be built", hint=_complaint(watch) or "see: fixproof doctor"
            )
    watch.child = watch.report["child-pid"]
    undertaker.named(watch.child)
    watch.handle = os.pidfd_open(watch.child)


def _complaint(watch: Watch) -> str:
    """Read what the backend said about itself; nothing of a payload has run yet."""
    kill(watch)
    _drain(watch.running.stderr, watch.stderr, everything=True)
    return watch.stderr.captured().text.strip()[-500:]


def release(watch: Watch) -> None:
    """Open the gate."""
    watch.started = time.monotonic()
    os.write(watch.running.gate, b"1")


def attend(watch: Watch, meter: Meter) -> None:
    """Follow the run to its end, or end it at a limit."""
    running = watch.running
    ended = os.pidfd_open(running.process.pid)
    poll = select.poll()
    for descriptor in (running.stdout, running.stderr, running.status, ended):
        poll.register(descriptor, select.POLLIN)
    tick = _TICKS[0]
    next_look = watch.started + tick
    deadline = watch.started + watch.limits.wall
    try:
        while True:
            now = time.monotonic()
            if now >= deadline:
                watch.limit = watch.limit or Limit.WALL
                return
            if now >= next_look:
                watch.limit = meter.exceeded()
                if watch.limit is not None:
                    return
                tick = min(tick * 1.5, _TICKS[1])
                next_look = now + tick
            wait = max(0.0, min(deadline, next_look) - now)
            if _turn(watch, poll, ended, wait):
                return
    finally:
        watch.seconds = time.monotonic() - watch.started
        os.close(ended)


def _turn(watch: Watch, poll: select.poll, ended: int, wait: float) -> bool:
    """Take in what there is; True when the backend has ended."""
    running = watch.running
    ready = {descriptor for descriptor, _ in poll.poll(wait * 1000)}
    for descriptor, stream in ((running.stdout, watch.stdout), (running.stderr, watch.stderr)):
        if descriptor in ready and not _drain(descriptor, stream):
            poll.unregister(descriptor)
    if running.status in ready and not _read_status(watch):
        poll.unregister(running.status)
    return ended in ready


def finish(watch: Watch) -> None:
    """End everything, wait until it is gone, and take in what is left in the pipes."""
    kill(watch)
    for descriptor, stream in (
        (watch.running.stdout, watch.stdout),
        (watch.running.stderr, watch.stderr),
    ):
        _drain(descriptor, stream, everything=True)
    while _read_status(watch):
        pass


def kill(watch: Watch) -> None:
    """Kill the sandbox's first process, with which the kernel kills the rest, and its starter."""
    running = watch.running
    if running.sweeps and running.gate >= 0:
        os.close(running.gate)
        running.gate = -1
        running.process.wait()
    if watch.handle >= 0:
        _kill_handle(watch.handle)
        select.select([watch.handle], [], [])  # readable once its namespace is empty
        os.close(watch.handle)
        watch.handle = -1
    running.process.kill()
    running.process.wait()
    undertaker.forgotten(running.process.pid, *([watch.child] if watch.child else []))
    watch.child = 0


def _kill_handle(handle: int) -> None:
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return


def _drain(descriptor: int, stream: Stream, *, everything: bool = False) -> bool:
    """Read what is there without waiting; False at the end of the stream."""
    os.set_blocking(descriptor, False)
    while True:
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return True
        if not data:
            return False
        stream.feed(data)
        if not everything:
            return True


def _read_status(watch: Watch) -> bool:
    """Take in the backend's report; False when it has closed it."""
    data = os.read(watch.running.status, 4096)
    *lines, watch._unread = (watch._unread + data).split(b"\n")  # noqa: SLF001 - own record
    for line in lines:
        if line.strip():
            watch.report.update(json.loads(line))
    return bool(data)
