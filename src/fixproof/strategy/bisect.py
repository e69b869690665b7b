"""Where a failure begins and ends on the release tree, with as few probes as that takes."""

from collections.abc import Iterable
from dataclasses import replace

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Boundaries, Search
from fixproof.strategy.conclude import conclude
from fixproof.strategy.hunt import Hunt
from fixproof.strategy.noise import Noise
from fixproof.strategy.noisy import close_noisily
from fixproof.strategy.tree import ReleaseTree


def find_boundaries(  # noqa: PLR0913 - the question has that many parts
    tree: ReleaseTree,
    bad: str,
    *,
    newest: str,
    good: str | None = None,
    workers: int = 1,
    noise: Noise | None = None,
    hints: Iterable[str] = (),
    spread: int = 0,
    exhaustive: bool = False,
    confirm: int = 1,
) -> Search[Boundaries]:
    """Search both boundaries of the failure that `bad` shows.

    `newest` is where it should be gone; `good` a release said to be good. `noise` says that
    single runs may mislead: every release then gets as many runs as it takes. `hints` are
    releases that may fail too (named in the report, current on its day); `spread` is the number
    of further releases that may be asked to find ranges that no neighbour gives away.
    `confirm` is the number of runs that each release at a boundary gets; where they do not
    agree, the search begins again allowing for noise.
    """
    suspects = tree.versions if exhaustive else tuple(tree.named(v) for v in hints)
    hunt = Hunt(tree, tree.named(bad), tree.named(newest), workers)
    if noise:
        return (yield from close_noisily(hunt, noise, suspects))
    yield from hunt.ends(tuple(tree.named(v) for v in ([good] if good else [])))
    if hunt.ledger.verdicts[hunt.bad] is not Verdict.FAILS:
        return not_shown(hunt)
    if exhaustive:
        yield from hunt.ask_all(tree.versions, "every release")
    yield from hunt.close()
    # not earlier: two failing releases far apart would pass for one range
    yield from hunt.ask_all(suspects, "releases that may fail too")
    yield from hunt.close()
    yield from hunt.spread(spread)
    found = conclude(hunt.facts(), hunt.newest)
    found = replace(found, recommended=(yield from hunt.recommend(found.first_fixed)))
    if (yield from hunt.agrees(found, confirm)):
        return found
    return (yield from close_noisily(hunt.anew(), Noise(), suspects))


def not_shown(hunt: Hunt) -> Boundaries:
    """Say that there is nothing to search."""
    return Boundaries(open=(f"the failure does not show at the release said bad: {hunt.bad}",))
