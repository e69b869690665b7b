"""A way out of a failure, run again, with what it changes and what is known against it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fixproof.model.repairs import Blemish, Change, Way
from fixproof.strategy.drift import REPLICATES
from fixproof.workflows.drift import Search, void
from fixproof.workflows.drift_locks import changed
from fixproof.workflows.fix_advice import Advice
from fixproof.workflows.fix_moves import request_as_written, request_with


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The environment in which the command fails, the day it is looked at, and who helps."""

    search: Search
    lock: str
    day: datetime
    advice: Advice
    signs: tuple[str, ...] = ()  # that the sandbox may have made the failure

    @property
    def versions(self) -> Mapping[str, str]:
        """List what the environment holds."""
        return self.search.locks.versions(self.lock)

    @property
    def said(self) -> str:
        """Give what the failing command said."""
        return self.search.trials.said(self.lock)

    def lock_with(self, chosen: Mapping[str, str]) -> str:
        """Resolve with some packages at other versions."""
        fresh = self.search.locks.fresh
        return self.search.locks.of(request_with(self.search.wish, chosen, self.day, fresh=fresh))

    def lock_as_written(self, lines: tuple[str, ...]) -> str:
        """Resolve with these lines among the requirements."""
        fresh = self.search.locks.fresh
        request = request_as_written(self.search.wish, lines, self.day, fresh=fresh)
        return self.search.locks.of(request)

    def works_as_written(self, lines: tuple[str, ...]) -> bool:
        """Try what a resolver chooses once these lines stand among the requirements."""
        return self.search.trials.works(self.lock_as_written(lines))

    def works_with(self, chosen: Mapping[str, str]) -> bool:
        """Try the command with some packages at other versions."""
        return self.search.trials.works(self.lock_with(chosen))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A lock that seems to work, the lines that lead to it, and the packages that they name."""

    kind: str
    lock: str
    lines: tuple[str, ...]
    named: frozenset[str]
    case: str = ""


def prove(broken: Broken, draft: Draft) -> Way:
    """Run it again beside the failing one; list what the lines change and what follows."""
    trials, locks = broken.search.trials, broken.search.locks
    seen = trials.see(draft.lock, runs=REPLICATES)
    again = trials.see(broken.lock, runs=REPLICATES)
    moved = changed(broken.versions, locks.versions(draft.lock))
    if not broken.versions:
        moved = {n: m for n, m in moved.items() if n in draft.named}
    changes = [Change(package=n, from_=old, to=new) for n, (old, new) in moved.items()]
    blemishes, checked = against(broken, changes)
    return Way(
        kind=draft.kind,
        changes=tuple(c for c in changes if c.package in draft.named),
        also_changed=tuple(c for c in changes if c.package not in draft.named),
        requirement_lines=draft.lines,
        verified=seen.passes == seen.runs > 0 and again.fails > 0,
        case=draft.case,
        blemishes=blemishes,
        vulnerabilities=checked,
    )


def against(broken: Broken, changes: Sequence[Change]) -> tuple[tuple[Blemish, ...], str]:
    """List what is known against the releases that a change ends on, and what was looked up."""
    ends = [(c.package, v) for c in changes for v in (c.to, c.from_) if v]
    look_up(broken, ends)
    arrived = [(c.package, c.to, c.from_) for c in changes if c.to]
    found = [b for one in arrived for b in _blemishes(broken.advice, *one)]
    answers = [broken.advice.vulnerable(name, to) is not None for name, to, _ in arrived]
    checked = "not checked" if not any(answers) else "partly checked"
    return tuple(found), "checked" if answers and all(answers) else checked


def look_up(broken: Broken, releases: Iterable[tuple[str, str]]) -> None:
    """Ask for advisories side by side: each is a page of the index, and kept once read."""

    def asking(name: str, version: str) -> Callable[[], None]:
        return lambda: void(broken.advice.vulnerable(name, version))

    wanted = [asking(*release) for release in dict.fromkeys(releases)]
    broken.search.edges.workers.map(wanted)


def _blemishes(advice: Advice, package: str, version: str, before: str | None) -> list[Blemish]:
    asked = (("failure", advice.failing), ("vulnerability", advice.vulnerable))
    found = []
    for kind, ask in asked:
        ids = ask(package, version) or ()
        had = (ask(package, before) or ()) if before else ()
        added = not set(ids) <= set(had)
        if ids:
            found.append(Blemish(package=package, version=version, kind=kind, ids=ids, added=added))
    return found
