"""What the distributions of an environment require there: its interpreter, the extras asked for."""

from collections.abc import Iterable, Mapping

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement

from fixproof.model.environments import Environment, Interpreter
from fixproof.model.releases import canonical


def required(
    environment: Environment, declared: Mapping[str, tuple[str, ...]], asked: Iterable[str] = ()
) -> dict[str, tuple[Requirement, ...]]:
    """Read what each distribution requires; `asked` are the project's own requirement lines."""
    read = {name: tuple(filter(None, map(_read, lines))) for name, lines in declared.items()}
    extras: dict[str, set[str]] = {}
    for wanted in (*filter(None, map(_read, asked)), *(r for some in read.values() for r in some)):
        extras.setdefault(canonical(wanted.name), set()).update(wanted.extras)
    python = environment.interpreter
    return {
        name: tuple(r for r in some if _applies(r, extras.get(name, ()), python))
        for name, some in read.items()
    }


def _applies(requirement: Requirement, extras: Iterable[str], python: Interpreter) -> bool:
    if requirement.marker is None:
        return True
    where = {"python_version": python.minor, "python_full_version": python.version}
    try:
        return any(requirement.marker.evaluate({**where, "extra": e}) for e in ("", *extras))
    except UndefinedEnvironmentName:
        return False


def _read(line: str) -> Requirement | None:
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None  # metadata of old releases may hold anything
