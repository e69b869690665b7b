"""What a drift or a fix is asked about: wishes to a resolver, an interpreter, a command."""

from dataclasses import dataclass
from datetime import datetime

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from fixproof.model.environments import Interpreter, Request
from fixproof.model.errors import InputError
from fixproof.model.releases import canonical
from fixproof.model.runs import Job

BUILD = "build:"  # marks a hold that applies to isolated builds only


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A project's requirements and the command that should work with them."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    interpreter: Interpreter
    job: Job
    expect: str | None = None
    present: tuple[tuple[str, str], ...] = ()  # name, version: kept wherever they still fit
    project: str = ""  # digest of the tree that the command sees

    @property
    def direct(self) -> frozenset[str]:
        """The packages that the requirements name."""
        return frozenset(filter(None, map(name_in, self.requirements)))


def request_at(
    wish: Wish, when: datetime | None, held: tuple[str, ...] = (), *, fresh: bool = False
) -> Request:
    """Ask for the wish as of a moment, with lines held back."""
    return Request(
        requirements=wish.requirements,
        interpreter=wish.interpreter,
        as_of=when,
        constraints=(*wish.constraints, *(h for h in held if not h.startswith(BUILD))),
        build_constraints=tuple(h.removeprefix(BUILD) for h in held if h.startswith(BUILD)),
        preferences=wish.present,
        fresh_builds=fresh,
    )


def name_in(line: str) -> str | None:
    """Find the package that a requirement line names; None for paths and addresses."""
    try:
        return canonical(Requirement(line).name)
    except InvalidRequirement:
        return None


def parsed(line: str) -> Requirement:
    """Read a requirement line."""
    try:
        return Requirement(line)
    except InvalidRequirement as error:
        raise InputError(f"not a requirement: {line}", hint="write name, or name==1.2") from error


def below(package: str, version: str) -> str:
    """Write the line that keeps a version and all above it out, as short as a person would."""
    short = Version(version)
    if short.is_prerelease or short.is_postrelease or short.local or short.epoch:
        return f"{package}<{version}"
    numbers = list(short.release)
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return f"{package}<{'.'.join(map(str, numbers))}"
