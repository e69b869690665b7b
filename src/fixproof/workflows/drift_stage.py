"""The uploads between two dates as the resolver sees them, for the search to walk."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from fixproof.model.errors import InputError
from fixproof.model.releases import Timeline
from fixproof.model.repairs import Upload
from fixproof.strategy.drift import Break
from fixproof.strategy.uploads import Ground, uploads_between, weigh
from fixproof.workflows.ask import Edges
from fixproof.workflows.drift_locks import Locks, changed
from fixproof.workflows.drift_trials import Trials
from fixproof.workflows.drift_wish import BUILD, below


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The two ends in time and all uploads between them."""

    good: datetime
    bad: datetime
    uploads: tuple[Upload, ...]

    def when(self, position: int) -> datetime:
        """Give the moment of a position."""
        if position == 0:
            return self.good
        return self.bad if position == len(self.uploads) else self.uploads[position - 1].when


class Stage:
    """One layer of the search: the span under the lines held back so far."""

    def __init__(self, trials: Trials, span: Span, held: tuple[str, ...]) -> None:
        self.trials = trials
        self.locks: Locks = trials.locks
        self.span = span
        self.held = held

    @property
    def weights(self) -> tuple[float, ...]:
        """Suspicion: what moved between the ends, how far, and what the failure speaks of."""
        first, last = self.lock_at(0), self.lock_at(len(self.span.uploads))
        ground = Ground(
            before={**self.locks.builders(first), **self.locks.versions(first)},
            after={**self.locks.builders(last), **self.locks.versions(last)},
            direct=self.locks.wish.direct,
            said=self.trials.said(last) if last in self.trials.tried else "",
        )
        return weigh(self.span.uploads, ground)

    def lock_at(self, position: int) -> str:
        """Name what is chosen at a position."""
        return self.locks.at(self.span.when(position), self.held)

    def blame(self, found: Break) -> Upload:
        """Choose the upload of the broken stretch that is to blame."""
        stretch = self.span.uploads[found.last_good : found.first_bad]
        moved = self._moved(found)
        entered = [u for u in stretch if moved.get(u.package, (None, None))[1] == u.version]
        return (entered or stretch)[-1]

    def is_build(self, upload: Upload, found: Break) -> bool:
        """Tell whether an upload takes part in building only."""
        sides = (self.lock_at(found.last_good), self.lock_at(found.first_bad))
        in_locks = any(upload.package in self.locks.versions(lock) for lock in sides)
        return not in_locks and upload.package in self.locks.builders(sides[0])

    def hold(self, found: Break) -> str:
        """Write the line that keeps the upload out."""
        upload = self.blame(found)
        line = below(upload.package, upload.version)
        return f"{BUILD}{line}" if self.is_build(upload, found) else line

    def _moved(self, found: Break) -> dict[str, tuple[str | None, str | None]]:
        good, bad = self.lock_at(found.last_good), self.lock_at(found.first_bad)
        before = {**self.locks.builders(good), **self.locks.versions(good)}
        after = {**self.locks.builders(bad), **self.locks.versions(bad)}
        return changed(before, after)


def timelines(edges: Edges, names: Iterable[str]) -> dict[str, Timeline]:
    """Ask the index for several packages side by side; those it does not know are left out."""
    found: dict[str, Timeline] = {}

    def look(name: str) -> Callable[[], None]:
        def work() -> None:
            try:
                found[name] = edges.index.timeline(name)
            except InputError:
                return  # not of this index: its uploads cannot be told

        return work

    edges.workers.map([look(name) for name in sorted(names)])
    return found


def span_of(
    edges: Edges, names: Iterable[str], good: datetime, bad: datetime, known: dict[str, Timeline]
) -> Span:
    """List the uploads of some packages between two dates; `known` keeps what was asked."""
    known.update(timelines(edges, set(names) - set(known)))
    return Span(good=good, bad=bad, uploads=uploads_between(known.values(), good, bad))
