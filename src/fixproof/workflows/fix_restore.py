"""What fell out of the lock with a culprit, asked for by name: only what it gave is missed."""

from collections.abc import Mapping

from fixproof.model.repairs import Drift, Way
from fixproof.model.searches import Ask, Seen
from fixproof.strategy.repair import fewest_moves
from fixproof.strategy.subset import changes_of
from fixproof.workflows.drive import drive
from fixproof.workflows.fix_proof import Broken, Draft, prove


def restore(broken: Broken, told: Drift) -> Way | None:
    """Try to bring back what is gone, nothing else moved; None where that does not help."""
    gone = gone_from(broken, told)

    def answer(ask: Ask) -> Mapping[str, Seen]:
        return {key: _try(changes_of(key)) for key in ask.keys}

    def _try(numbers: tuple[int, ...]) -> Seen:
        works = broken.works_as_written(tuple(gone[n] for n in numbers))
        return Seen(passes=1) if works else Seen(fails=1)

    needed = drive(fewest_moves(len(gone)), answer) if gone else None
    if needed is None:
        return None
    lines = tuple(gone[n] for n in needed)
    lock = broken.lock_as_written(lines)
    return prove(broken, Draft(kind="add", lock=lock, lines=lines, named=frozenset(lines)))


def gone_from(broken: Broken, told: Drift) -> tuple[str, ...]:
    """List the packages that left the lock with a culprit and that the lock lacks today."""
    left = (c.package for one in told.culprits for c in one.also_changed if c.to is None)
    return tuple(name for name in dict.fromkeys(left) if name not in broken.versions)
