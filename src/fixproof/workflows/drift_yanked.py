"""Withdrawn releases at a boundary: a resolver no longer sees them, people once got them."""

from dataclasses import replace

from packaging.version import Version

from fixproof.model.releases import Release, Timeline
from fixproof.model.repairs import Broke
from fixproof.model.runs import Unusable
from fixproof.workflows.drift_stage import Stage
from fixproof.workflows.drift_wish import below, request_at

MOST = 3  # withdrawn releases that are tried, lowest first


def with_yanked(stage: Stage, told: Broke, timeline: Timeline | None) -> Broke:
    """Try withdrawn releases before a culprit pinned; name those that break it as well.

    The line to write then keeps them out too.
    """
    if timeline is None or told.from_ is None or told.to is None or told.where == "build":
        return told
    between = _withdrawn(timeline, told, stage)
    broken = [release.version for release in between[:MOST] if _breaks(stage, release, told)]
    if not broken:
        return replace(told, withdrawn=tuple(release.version for release in between))
    return replace(
        told,
        withdrawn=tuple(release.version for release in between),
        yanked=tuple(broken),
        remedy=below(told.package, broken[0]),
    )


def _withdrawn(timeline: Timeline, told: Broke, stage: Stage) -> list[Release]:
    low, high = Version(told.from_ or "0"), Version(told.to or "0")
    return [
        release
        for release in timeline.releases
        if release.is_yanked
        and not release.is_prerelease
        and low < release.parsed < high
        and release.uploaded is not None
        and release.uploaded <= stage.span.bad
    ]


def _breaks(stage: Stage, release: Release, told: Broke) -> bool:
    """Pin a withdrawn release, which a resolver then takes, on the day of the culprit."""
    locks = stage.locks
    plain = request_at(locks.wish, told.uploaded, stage.held, fresh=locks.fresh)
    pinned = f"{told.package}=={release.version}"
    lock = locks.of(replace(plain, requirements=(*plain.requirements, pinned)))
    if isinstance(locks.get(lock), Unusable):
        return False  # nothing let it in: people did not get it
    return stage.trials.see(lock).fails > 0
