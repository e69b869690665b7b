"""From a peeled search to what is told: package, file, requirement that let it in, proof."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from packaging.requirements import Requirement
from packaging.version import Version

from fixproof.model.environments import Environment, Pin
from fixproof.model.releases import canonical
from fixproof.model.repairs import Broke, Change, Upload
from fixproof.strategy.peel import Layer
from fixproof.workflows.drift_locks import Locks, changed
from fixproof.workflows.drift_requires import required
from fixproof.workflows.drift_stage import Stage
from fixproof.workflows.drift_wish import name_in

# What the distributions of an environment require, by distribution.
Declared: TypeAlias = Callable[[Environment], Mapping[str, tuple[str, ...]]]
Required: TypeAlias = Mapping[str, tuple[Requirement, ...]]


def broke(stage: Stage, layer: Layer, declared: Declared, origin: str) -> Broke:
    """Describe one breaker. `origin` is the lock at the good end."""
    locks, found = stage.locks, layer.found
    good, bad = stage.lock_at(found.last_good), stage.lock_at(found.first_bad)
    upload = stage.blame(found)
    build = stage.is_build(upload, found)
    sides = (locks.builders, locks.versions)[not build]
    moved = changed(locks.versions(good), locks.versions(bad))
    pin = _pin(locks, bad, upload, build=build)
    told = Broke(
        package=upload.package,
        from_=sides(good).get(upload.package),
        to=upload.version,
        uploaded=_uploaded(upload, pin),
        file=pin.file if pin else upload.files[-1],
        where="build" if build else "run",
        also_changed=tuple(
            Change(package=name, from_=old, to=new)
            for name, (old, new) in moved.items()
            if name != upload.package
        ),
        failure=stage.trials.note(bad),
        remedy=layer.hold or "",
        verified=found.is_exact and stage.trials.works(good) and not stage.trials.works(bad),
        confidence=_confidence(stage, layer),
    )
    return told if build else _admitted(told, locks, (origin, good, bad), declared)


def _confidence(stage: Stage, layer: Layer) -> float:
    if layer.found.doubt or not layer.found.is_exact:
        return 0.5
    bad = stage.lock_at(layer.found.first_bad)
    return 0.99 if len(stage.trials.records(bad)) > 1 else 0.95


def _uploaded(upload: Upload, pin: Pin | None) -> datetime:
    """Take the index's own time of the chosen file: a lock may round it."""
    times = dict(zip(upload.files, upload.times, strict=True))
    return times.get(pin.file, upload.when) if pin else upload.when


def _pin(locks: Locks, lock: str, upload: Upload, *, build: bool) -> Pin | None:
    found = locks.get(lock)
    if not isinstance(found, Environment):
        return None
    pins = found.build_pins if build else found.pins
    same = (p for p in pins if p.name == upload.package and p.version == upload.version)
    return next(same, None)


def _admitted(told: Broke, locks: Locks, sides: tuple[str, str, str], declared: Declared) -> Broke:
    """Find the requirement that let a release in, and what had to move before it could."""
    origin, good, bad = (locks.get(lock) for lock in sides)
    own = [line for line in locks.wish.requirements if name_in(line) == told.package]
    if own:
        return replace(told, admitted_by=own[0])
    after = bad if isinstance(bad, Environment) else good
    if not isinstance(after, Environment) or not isinstance(origin, Environment):
        return told
    asked = locks.wish.requirements
    then = required(origin, declared(origin), asked)
    now = required(after, declared(after), asked)
    return replace(
        told,
        admitted_by=admitting(after, now, told.package),
        gates=_gates(told, (origin, then), (after, now)),
    )


def admitting(environment: Environment, now: Required, package: str) -> str:
    """Say which distributions of an environment require a package, and in which words."""
    wanting: dict[str, str] = {}
    for name, some in sorted(now.items()):
        for one in (one for one in some if canonical(one.name) == package):
            marker = f"; {one.marker}" if one.marker else ""
            words = f"{one.name}{one.specifier}{marker}"
            wanting.setdefault(f"{name} {environment.version_of(name)}", words)
    return "; ".join(f"{name} declares {line}" for name, line in wanting.items())


def _gates(
    told: Broke, before: tuple[Environment, Required], after: tuple[Environment, Required]
) -> tuple[Change, ...]:
    """List packages that kept the release out at the good end and no longer do."""
    (origin, then), (end, now) = before, after
    return tuple(
        Change(package=name, from_=origin.version_of(name), to=end.version_of(name))
        for name in sorted({*then} & {*now})
        if origin.version_of(name) != end.version_of(name)
        and not _admits(then[name], told)
        and _admits(now[name], told)
    )


def _admits(lines: Sequence[Requirement], told: Broke) -> bool:
    version = Version(told.to or "0")
    wanted = (one for one in lines if canonical(one.name) == told.package)
    return all(one.specifier.contains(version, prereleases=True) for one in wanted)
