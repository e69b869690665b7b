"""Checks where a proof says that the failure begins and ends: searched again, nothing asked."""

from collections.abc import Iterator

from fixproof.evidence.blame import trigger_problems
from fixproof.evidence.desk import Desk
from fixproof.model.outcomes import Verdict
from fixproof.model.releases import File, Release, Timeline
from fixproof.model.searches import Boundaries
from fixproof.strategy.conclude import Facts, conclude
from fixproof.strategy.lines import assumed
from fixproof.strategy.tree import ReleaseTree

COMPARED = (
    "introduced",
    "last_good",
    "last_bad",
    "first_fixed",
    "also_fixed",
    "monotonic",
    "open",
)


def boundary_problems(desk: Desk) -> Iterator[str]:
    """Derive the boundaries from what the runs showed of each release."""
    tree, grounds = tree_of(desk), desk.statement.grounds
    strangers = ({grounds.bad, grounds.newest} - {None} | desk.seen.keys()) - set(tree.versions)
    if strangers:
        yield f"releases that the index did not list: {', '.join(sorted(map(str, strangers)))}"
        return
    if desk.seen.get(grounds.bad) is None or desk.seen[grounds.bad].verdict is not Verdict.FAILS:
        yield f"bad: its runs do not show the failure: {grounds.bad}"
        return
    derived = concluded(desk, tree)
    for name in COMPARED:
        if getattr(desk.found, name) != getattr(derived, name):
            said = getattr(desk.found, name)
            yield f"{name}: the runs make it {getattr(derived, name)}, not {said}"
    for row in desk.found.outcomes:
        if row.confidence != derived.confidence:
            yield f"outcomes: {row.version}: confidence: the boundaries say {derived.confidence}"
    if desk.found.recommended != (wanted := _recommended(desk, tree)):
        yield f"recommended: the runs make it {wanted}, not {desk.found.recommended}"
    yield from trigger_problems(desk)


def tree_of(desk: Desk) -> ReleaseTree:
    """Grow the release tree from the list of releases in the statement."""
    releases = tuple(
        Release(
            version=listed.version,
            files=(File(name=listed.version, uploaded=listed.uploaded, yanked=listed.yanked),),
        )
        for listed in desk.statement.grounds.releases
    )
    timeline = Timeline(package=desk.found.package, releases=releases)
    # those that did not belong to the tree are not listed
    return ReleaseTree.of(timeline, prereleases=True)


def concluded(desk: Desk, tree: ReleaseTree) -> Boundaries:
    """Draw the conclusion that the search draws from what it saw."""
    grounds = desk.statement.grounds
    verdicts = {version: seen.verdict for version, seen in desk.seen.items()}
    newest = grounds.newest or grounds.bad
    lines = [tree.path(tip) for tip in tree.tips]
    return conclude(
        Facts(tree=tree, bad=grounds.bad, verdicts=verdicts, known=assumed(lines, verdicts)),
        newest,
    )


def _recommended(desk: Desk, tree: ReleaseTree) -> str | None:
    fixed = desk.found.first_fixed
    if fixed is None or fixed not in tree.rank:
        return None
    wanted = (v for v in tree.versions[tree.rank[fixed] :] if v not in tree.unwanted)
    passing = (v for v in wanted if v in desk.seen and desk.seen[v].verdict is Verdict.PASSES)
    return next(passing, None)
