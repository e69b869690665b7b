"""Live progress: the releases as a strip that fills in, what is tried and why, what was found.

On a terminal the view is redrawn in place; elsewhere plain lines are written; quiet says nothing.
Everything goes to standard error.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from fixproof.workflows.ports import Progress

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

# A mark is a shape and a colour: neither carries the meaning alone.
MARKS = {
    "fails": ("✗", "red"),
    "passes": ("●", "green"),
    "differs": ("◆", "yellow"),
    "untestable": ("-", "bright_black"),
}
WAITING = ("·", "bright_black")
SAID = 8  # findings that stay in view


class Silent:
    """Says nothing."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def strip(self, versions: Sequence[str]) -> None:
        """Show nothing."""

    def mark(self, version: str, verdict: str) -> None:
        """Mark nothing."""

    def trying(self, what: str, why: str) -> None:
        """Tell nothing."""

    def probes(self, done: int, expected: int) -> None:
        """Count nothing."""


class Lines(Silent):
    """One plain line for everything that is learned."""

    def say(self, text: str) -> None:
        """Write a finding."""
        print(text, file=sys.stderr, flush=True)

    def mark(self, version: str, verdict: str) -> None:
        """Write a verdict."""
        print(f"  {version}: {verdict}", file=sys.stderr, flush=True)


class LiveView(Silent):
    """The strip, redrawn in place."""

    def __init__(self, console: "Console", title: str) -> None:
        self._console = console
        self._title = title
        self._versions: tuple[str, ...] = ()
        self._verdicts: dict[str, str] = {}
        self._current: dict[str, str] = {}
        self._said: list[str] = []
        self._count = (0, 0)
        self._began = time.monotonic()
        self._lock = Lock()
        self.live: Live | None = None

    def say(self, text: str) -> None:
        """Add a finding below the strip."""
        with self._lock:
            self._said = [*self._said, text][-SAID:]
        self._redraw()

    def strip(self, versions: Sequence[str]) -> None:
        """Show these releases, none judged yet."""
        with self._lock:
            self._versions = tuple(versions)
            self._verdicts = {}
        self._redraw()

    def mark(self, version: str, verdict: str) -> None:
        """Fill in one mark."""
        with self._lock:
            self._verdicts[version] = verdict
            self._current.pop(version, None)
        self._redraw()

    def trying(self, what: str, why: str) -> None:
        """Name what runs now."""
        with self._lock:
            self._current[what] = why
            self._current = dict(list(self._current.items())[-4:])
        self._redraw()

    def probes(self, done: int, expected: int) -> None:
        """Show the count."""
        with self._lock:
            self._count = (done, expected)
        self._redraw()

    def _redraw(self) -> None:
        if self.live:
            self.live.update(self.picture())

    def picture(self) -> "RenderableType":
        """Draw the view as it stands."""
        from rich.console import Group
        from rich.text import Text

        with self._lock:
            seconds = time.monotonic() - self._began
            done, expected = self._count
            counted = f"  {done} of about {expected} probes" if expected else ""
            head = Text.assemble((self._title, "bold"), f"{counted}  {seconds:.0f} s")
            now = "   ".join(
                f"{what} ({why})" if why else what for what, why in self._current.items()
            )
            lines = [head, self._strip(), *(Text(f"  {text}") for text in self._said)]
            if now:
                lines.append(Text(f"  trying {now}", style="bright_black"))
            return Group(*lines)

    def _strip(self) -> "RenderableType":
        from rich.text import Text

        strip = Text("  ")
        for version in self._versions:
            shape, colour = MARKS.get(self._verdicts.get(version, ""), WAITING)
            strip.append(shape, style=colour)
        return strip


@contextmanager
def watching(*, quiet: bool, title: str = "") -> Iterator[Progress]:
    """Choose how to show progress: live, as lines, or not at all."""
    if quiet:
        yield Silent()
    elif not sys.stderr.isatty():
        yield Lines()
    else:
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True)
        view = LiveView(console, title)
        with Live(console=console, get_renderable=view.picture, refresh_per_second=8) as live:
            view.live = live
            yield view
