"""The map of a fix: every environment in which the command was tried, and what it did there."""

from collections.abc import Iterator
from datetime import datetime

from fixproof.model.outcomes import Verdict
from fixproof.model.repairs import Attempt, Change, FailureNote
from fixproof.workflows.drift_locks import changed
from fixproof.workflows.fix_proof import Broken

FEW = 3  # packages that differ, up to which an environment is told by them


def attempts_of(broken: Broken) -> Iterator[Attempt]:
    """List what was tried beside the failing environment, in the order of the trials."""
    trials, locks = broken.search.trials, broken.search.locks
    days = _days(broken)
    first = trials.note(broken.lock)
    for lock in trials.tried:
        if lock == broken.lock:
            continue
        note = trials.note(lock)
        moved = changed(broken.versions, locks.versions(lock)) if locks.versions(lock) else {}
        verdict = trials.see(lock).verdict
        yield Attempt(
            verdict=verdict,
            changes=tuple(Change(package=n, from_=old, to=new) for n, (old, new) in moved.items()),
            as_of=days.get(lock),
            says=note.says if note else "",
            same=verdict is not Verdict.PASSES and _identity(note) == _identity(first),
        )


def _identity(note: FailureNote | None) -> tuple[object, ...]:
    """Take what tells one failure from another; without a signature, what was said."""
    if note is None:
        return ()
    return (note.stage, note.exit, note.signature or note.says)


def told(one: Attempt) -> str:
    """Name an environment by its day, by what moved, or by both."""
    moved = [f"{c.package} {c.to or 'absent'}" for c in one.changes[:FEW]]
    if len(one.changes) > FEW:
        moved.append(f"{len(one.changes) - FEW} more changes")
    day = f"everything as of {one.as_of:%Y-%m-%d}" if one.as_of else ""
    if day:
        return f"{day} ({', '.join(moved)})" if moved else day
    return ", ".join(moved) or "the same packages"


def _days(broken: Broken) -> dict[str, datetime]:
    """Find the latest day, other than the present one, on which each lock is what one gets."""
    found: dict[str, datetime] = {}
    for request, lock in broken.search.locks.asked.items():
        asked = request.as_of
        if (
            asked
            and asked != broken.day
            and request.requirements == broken.search.wish.requirements
        ):
            found[lock] = max(asked, found.get(lock, asked))
    return found
