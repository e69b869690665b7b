"""From what every asked release showed to where the failure begins and ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Boundaries, Edge
from fixproof.strategy.tree import ReleaseTree, line_of

FAILS, PASSES, DIFFERS = Verdict.FAILS, Verdict.PASSES, Verdict.DIFFERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known at the end. `known` also holds releases between like ones."""

    tree: ReleaseTree
    bad: str
    verdicts: Mapping[str, Verdict]
    known: Mapping[str, Verdict]

    def climb(self, version: str, through: frozenset[Verdict]) -> tuple[str | None, list[str]]:
        """Go up to the nearest ancestor that none of `through` was seen for; list the others.

        The ancestor is None above the first release.
        """
        between: list[str] = []
        at = self.tree.parents[version]
        while at is not None and self.verdicts.get(at, self.known.get(at)) in through:
            between.append(at)
            at = self.tree.parents[at]
        return at, between[::-1]


def conclude(facts: Facts, newest: str) -> Boundaries:
    """Name the boundaries as the design defines them, and say what stays open."""
    fixes = _fixes(facts)
    begins = _begins(facts)
    fix = _main_fix(facts, fixes) or _fix_by_number(facts, newest)
    begin = _main_begin(facts, begins)
    chosen = [edge for edge in (begin, fix) if edge]
    also = tuple(e.child for e in fixes if fix and e.child != fix.child and _also(e, fix, facts))
    return Boundaries(
        introduced=begin.child if begin else None,
        last_good=begin.parent if begin else None,
        last_bad=fix.parent if fix else None,
        first_fixed=fix.child if fix else None,
        also_fixed=also,
        monotonic=_is_monotonic(facts, begins),
        edges=_edges(facts),
        open=tuple(_open(facts, begin, fix)),
        confidence=min((edge.confidence / (1 + len(edge.between)) for edge in chosen), default=0.0),
    )


def _fixes(facts: Facts) -> list[Edge]:
    """Find every edge from a failing release to a passing one; other outcomes may lie between."""
    found = []
    for version in _seen(facts, PASSES):
        parent, between = facts.climb(version, frozenset({Verdict.UNTESTABLE, DIFFERS}))
        if parent is not None and facts.verdicts.get(parent) is FAILS:
            found.append(_edge(parent, version, FAILS, PASSES, between))
    return found


def _begins(facts: Facts) -> list[Edge]:
    """Find every edge into the failure; what was before passes, differs, or never was."""
    found = []
    for version in _seen(facts, FAILS):
        parent, between = facts.climb(version, frozenset({Verdict.UNTESTABLE, DIFFERS}))
        nearest, holes = facts.climb(version, frozenset({Verdict.UNTESTABLE}))
        before = facts.known.get(parent) if parent is not None else None
        if before is FAILS or (nearest is not None and nearest not in facts.known):
            continue
        if nearest is not None:
            found.append(_edge(nearest, version, facts.known.get(nearest), FAILS, holes))
        elif not between:
            found.append(_edge(None, version, None, FAILS, ()))
    return found


def _edge(
    parent: str | None, child: str, before: Verdict | None, after: Verdict, between: Sequence[str]
) -> Edge:
    return Edge(parent=parent, child=child, before=before, after=after, between=tuple(between))


def _seen(facts: Facts, verdict: Verdict) -> list[str]:
    return [v for v in facts.tree.versions if facts.verdicts.get(v) is verdict]


def _main_fix(facts: Facts, fixes: list[Edge]) -> Edge | None:
    """Choose the fix for the release known bad: the last one below it, the lowest by number."""
    rank = facts.tree.rank
    own = [e for e in fixes if e.parent and facts.bad in facts.tree.path(e.parent)]
    return max(own, key=lambda e: (rank[str(e.parent)], -rank[e.child]), default=None)


def _fix_by_number(facts: Facts, newest: str) -> Edge | None:
    """Without a fix on the line of the bad release, cross over to the next line by number."""
    rank = facts.tree.rank
    below = [v for v in _seen(facts, FAILS) if facts.bad in facts.tree.path(v)]
    last = max(below, key=lambda v: rank[v], default=facts.bad)
    if newest in {*below, last} or facts.bad in facts.tree.path(newest):
        return None
    above = [v for v in facts.tree.path(newest) if rank[v] > rank[last]]
    good = next((v for v in above if facts.verdicts.get(v) is PASSES), None)
    if good is None:
        return None
    skipped = [v for v in above if rank[v] < rank[good]]
    return _edge(last, good, FAILS, PASSES, [v for v in skipped if v not in facts.known])


def _main_begin(facts: Facts, begins: list[Edge]) -> Edge | None:
    """Choose the first beginning on the way to the release known bad."""
    ancestors = set(facts.tree.path(facts.bad))
    return next((e for e in begins if e.child in ancestors), None)


def _also(edge: Edge, fix: Edge, facts: Facts) -> bool:
    """Whether a fix is a back-port or an earlier repair, not a line that never failed."""
    rank = facts.tree.rank
    same = edge.parent is not None and line_of(edge.parent) == line_of(edge.child)
    return same or rank[edge.child] < rank[fix.child]


def _is_monotonic(facts: Facts, begins: list[Edge]) -> bool:
    """Whether no way from the first release to a tip enters the failure twice."""
    children = {edge.child for edge in begins}
    return all(len(children.intersection(facts.tree.path(child))) == 1 for child in children)


def _edges(facts: Facts) -> tuple[Edge, ...]:
    """List every change between releases that are neighbours, or that only holes part."""
    found = []
    for version in facts.tree.versions:
        after = facts.verdicts.get(version)
        if after is None or after is Verdict.UNTESTABLE:
            continue
        parent, between = facts.climb(version, frozenset({Verdict.UNTESTABLE}))
        before = facts.known.get(parent) if parent is not None else None
        if before is not None and before is not after:
            found.append(_edge(parent, version, before, after, between))
    return tuple(found)


def _open(facts: Facts, begin: Edge | None, fix: Edge | None) -> list[str]:
    """Say what could not be closed, one sentence each."""
    said = []
    for name, edge in (("beginning", begin), ("fix", fix)):
        if edge is None:
            continue
        holes = [v for v in edge.between if facts.known.get(v) is not DIFFERS]
        others = [v for v in edge.between if facts.known.get(v) is DIFFERS]
        if holes:
            said.append(f"the {name} may lie in releases that could not be tested: {_names(holes)}")
        if others:
            said.append(f"between failing and passing another outcome shows: {_names(others)}")
    if begin is None:
        oldest = _seen(facts, FAILS)[0]
        said.append(
            f"older releases could not be tested, it fails from the first that can: {oldest}"
        )
    elif begin.before is DIFFERS:
        said.append(f"before the failure another outcome shows: {begin.parent}")
    return said


def _names(versions: Sequence[str]) -> str:
    return ", ".join(versions) if len(versions) <= 8 else f"{versions[0]} to {versions[-1]}"
