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
        open=tuple(_open(facts, newest, begin, fix)),
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
    """Without a fix below the bad release, take the last on its way to the next line by number."""
    found, between = None, list[str]()
    failing: str | None = facts.bad
    way = facts.tree.crossing(facts.bad, newest)
    for version in way[way.index(facts.bad) + 1 :]:
        verdict = facts.verdicts.get(version)
        if verdict is PASSES and failing:
            found = _edge(failing, version, FAILS, PASSES, between)
        if verdict in {FAILS, PASSES} or version not in {*facts.verdicts, *facts.known}:
            failing = version if verdict is FAILS else None
            between = []
        else:
            between.append(version)
    return found


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


def _open(facts: Facts, newest: str, begin: Edge | None, fix: Edge | None) -> list[str]:
    """Say what could not be closed, one sentence each."""
    said = [*_between(facts, "beginning", begin), *_between(facts, "fix", fix)]
    if fix is None and facts.verdicts.get(newest) is DIFFERS:
        said.append(f"none newer is known to pass, the newest shows another outcome: {newest}")
    if begin is None:
        oldest = _seen(facts, FAILS)[0]
        said.append(f"nothing older could be tested, it fails from the first that can: {oldest}")
    elif begin.before is DIFFERS:
        said.append(f"before the failure another outcome shows: {begin.parent}")
    return said


def _between(facts: Facts, name: str, edge: Edge | None) -> list[str]:
    between = edge.between if edge else ()
    holes = [v for v in between if facts.verdicts.get(v) is Verdict.UNTESTABLE]
    others = [v for v in between if facts.verdicts.get(v) is DIFFERS]
    unasked = [v for v in between if v not in facts.verdicts]
    return [
        f"{words}: {_names(versions)}"
        for words, versions in (
            (f"the {name} may lie in releases that could not be tested", holes),
            ("between failing and passing another outcome shows", others),
            ("between failing and passing these were not asked", unasked),
        )
        if versions
    ]


def _names(versions: Sequence[str]) -> str:
    return ", ".join(versions) if len(versions) <= 8 else f"{versions[0]} to {versions[-1]}"
