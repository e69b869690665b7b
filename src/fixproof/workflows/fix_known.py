"""What mends a known failure, tried before anything is searched for."""

from collections.abc import Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from fixproof.model.releases import canonical
from fixproof.model.repairs import Way
from fixproof.workflows.drift_stage import timelines
from fixproof.workflows.fix_advice import KnownFix
from fixproof.workflows.fix_moves import Move, move_of
from fixproof.workflows.fix_proof import Broken, Draft, prove
from fixproof.workflows.fix_upgrade import nearest_way, unrecorded


def known_way(broken: Broken, known: Sequence[KnownFix]) -> Way | None:
    """Try what the known cases propose, likeliest first; the first that works is the way."""
    for one in known:
        wanted = _read(one.requirement)
        if wanted is None:
            continue
        broken.search.edges.progress.say(f"known as {one.case}: trying {one.requirement}")
        if way := _raised(broken, wanted, one.case) or _held(broken, wanted, one.case):
            return way
    return None


def _read(line: str) -> Requirement | None:
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None  # an advice in words


def _raised(broken: Broken, wanted: Requirement, case: str) -> Way | None:
    """Take the package up to what is proposed: the nearest such release, else the newest."""
    found = _move(broken, wanted)
    fitting = [v for v in found.versions if wanted.specifier.contains(v)] if found else []
    for version in dict.fromkeys((*fitting[:1], *fitting[-1:])):
        if found and broken.works_with({found.package: version}):
            # Below it only what the library does not record as failing is worth a try.
            upper = found.versions[found.versions.index(version) :]
            lower = unrecorded([found], broken.advice)
            low = [v for m in lower for v in m.versions if Version(v) < Version(version)]
            move = Move(
                package=found.package,
                present=found.present,
                versions=(*low, *upper),
                asked=found.asked,
            )
            return nearest_way(broken, [move], {found.package: version}, case)
    return None


def _move(broken: Broken, wanted: Requirement) -> Move | None:
    """Find the releases above the present one; None where the project does not have the package."""
    wish, name = broken.search.wish, canonical(wanted.name)
    if name not in broken.versions and name not in wish.direct:
        return None
    timeline = timelines(broken.search.edges, [name]).get(name)
    return move_of(wish, name, broken.versions.get(name), timeline, broken.day)


def _held(broken: Broken, wanted: Requirement, case: str) -> Way | None:
    """Hold the package as proposed, where that leads below what the project has."""
    line, name = f"{wanted.name}{wanted.specifier}", canonical(wanted.name)
    have = broken.versions.get(name)
    if have is None or wanted.specifier.contains(have, prereleases=True):
        return None
    lock = broken.search.locks.at(broken.day, (line,))
    if not broken.search.trials.works(lock):
        return None
    return prove(
        broken, Draft(kind="hold", lock=lock, lines=(line,), named=frozenset((name,)), case=case)
    )
