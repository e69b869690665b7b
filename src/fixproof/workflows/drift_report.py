"""From a peeled search to what is told: package, file, requirement that let it in, proof."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from fixproof.model.environments import Environment, Pin
from fixproof.model.releases import canonical
from fixproof.model.repairs import Broke, Change, Upload
from fixproof.strategy.peel import Layer
from fixproof.workflows.drift_locks import Locks, changed
from fixproof.workflows.drift_stage import Stage
from fixproof.workflows.drift_wish import name_in

# What the distributions of an environment require, by distribution.
Declared: TypeAlias = Callable[[Environment], Mapping[str, tuple[str, ...]]]


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
    admitted = admitting(after, declared(after), told.package)
    return replace(told, admitted_by=admitted, gates=_gates(told, origin, after, declared))


def admitting(
    environment: Environment, declared: Mapping[str, tuple[str, ...]], package: str
) -> str:
    """Say which distributions of an environment require a package, and in which words."""
    wanting = _wanting(environment, declared, package)
    return "; ".join(f"{name} declares {line}" for name, line in wanting.items())


def _gates(
    told: Broke, before: Environment, after: Environment, declared: Declared
) -> tuple[Change, ...]:
    """List packages that kept the release out at the good end and no longer do."""
    then, now = declared(before), declared(after)
    return tuple(
        Change(package=name, from_=before.version_of(name), to=after.version_of(name))
        for name in sorted({*then} & {*now})
        if before.version_of(name) != after.version_of(name)
        and not _admits(then[name], told)
        and _admits(now[name], told)
    )


def _admits(lines: tuple[str, ...], told: Broke) -> bool:
    wanted = [r for r in map(_read, lines) if r and _asks(r, told.package)]
    version = Version(told.to or "0")
    return all(r.specifier.contains(version, prereleases=True) for r in wanted)


def _asks(requirement: Requirement, package: str) -> bool:
    """Whether a requirement asks for a package, extras that nobody asked for left aside."""
    return canonical(requirement.name) == package and "extra ==" not in str(requirement.marker)


def _wanting(
    environment: Environment, declared: Mapping[str, tuple[str, ...]], package: str
) -> dict[str, str]:
    """Find who requires a package, and in which words."""
    wanting: dict[str, str] = {}
    for name, lines in sorted(declared.items()):
        for line in lines:
            requirement = _read(line)
            if requirement and _asks(requirement, package):
                marker = f"; {requirement.marker}" if requirement.marker else ""
                words = f"{requirement.name}{requirement.specifier}{marker}"
                wanting.setdefault(f"{name} {environment.version_of(name)}", words)
    return wanting


def _read(line: str) -> Requirement | None:
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None  # metadata of old releases may hold anything
