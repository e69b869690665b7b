"""The map of a fix: every environment in which the command was tried, and what it did there."""

from collections.abc import Iterator, Sequence
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
            stage=note.stage if note else "",
            same=verdict is not Verdict.PASSES and _identity(note) == _identity(first),
        )


def _identity(note: FailureNote | None) -> tuple[object, ...]:
    """Take what tells one failure from another; without a signature, what was said."""
    if note is None:
        return ()
    return (note.stage, note.exit, note.signature or note.says)


def told(one: Attempt) -> str:
    """Name an environment by its day, or by what moved."""
    if one.as_of:
        return f"everything as of {one.as_of:%Y-%m-%d}"
    moved = [f"{c.package} {c.to or 'absent'}" for c in one.changes[:FEW]]
    left = len(one.changes) - FEW
    return ", ".join(moved) + (f" and {left} more" * (left > 0)) or "the same packages"


def by_outcome(attempts: Sequence[Attempt]) -> dict[tuple[Verdict, str], list[str]]:
    """Bring together what showed the same: the environments, days behind the rest."""
    groups: dict[tuple[Verdict, str], list[Attempt]] = {}
    for one in attempts:
        groups.setdefault((one.verdict, one.says), []).append(one)
    return {key: [*_names(group)] for key, group in groups.items()}


def _names(group: Sequence[Attempt]) -> Iterator[str]:
    yield from (told(one) for one in group if not one.as_of)
    days = sorted(one.as_of for one in group if one.as_of)
    if len(days) > 1:
        yield f"everything as of {len(days)} days from {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}"
    elif days:
        yield f"everything as of {days[0]:%Y-%m-%d}"


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
