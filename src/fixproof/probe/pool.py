"""Work done side by side on this machine's processors."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Condition, local


class LocalPool:
    """A pool of threads that start sandboxes; fits `Workers`.

    Work runs shared; `alone` waits until nothing else runs and keeps others out meanwhile.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or len(os.sched_getaffinity(0))
        self._front = ThreadPoolExecutor(self.count, thread_name_prefix="probe")
        self._back = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._turn = Condition()
        self._running = 0
        self._exclusive = False
        self._held = local()

    def map(self, work: Sequence[Callable[[], None]]) -> None:
        """Do all of it and return when done; the first exception is raised again."""
        if len(work) == 1:
            self._shared(work[0])
            return
        futures: list[Future[None]] = [self._front.submit(self._shared, one) for one in work]
        for future in futures:
            future.exception()  # wait for all before any is reported: nothing is lost
        for future in futures:
            future.result()

    def alone(self, work: Callable[[], None]) -> None:
        """Do it with nothing else running beside it."""
        with self._stepped_out(), self._turn:
            self._turn.wait_for(lambda: self._running == 0 and not self._exclusive)
            self._exclusive = True
        try:
            work()
        finally:
            with self._turn:
                self._exclusive = False
                self._turn.notify_all()
            if getattr(self._held, "shared", False):
                self._enter()

    def ahead(self, work: Callable[[], None]) -> None:
        """Do it in the background; its failure is of no consequence."""
        self._back.submit(work)

    def close(self) -> None:
        """Drop what has not been started."""
        self._back.shutdown(wait=False, cancel_futures=True)
        self._front.shutdown(wait=False, cancel_futures=True)

    def _shared(self, work: Callable[[], None]) -> None:
        self._enter()
        self._held.shared = True
        try:
            work()
        finally:
            self._held.shared = False
            self._leave()

    def _enter(self) -> None:
        with self._turn:
            self._turn.wait_for(lambda: not self._exclusive)
            self._running += 1

    def _leave(self) -> None:
        with self._turn:
            self._running -= 1
            self._turn.notify_all()

    @contextmanager
    def _stepped_out(self) -> Iterator[None]:
        """Give up one's own shared place, or waiting to be alone would never end."""
        if getattr(self._held, "shared", False):
            self._leave()
        yield
