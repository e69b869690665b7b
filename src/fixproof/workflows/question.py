"""What a bisect is asked, and what that means for one release: requirements and a job."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from fixproof.model.environments import Interpreter, Request
from fixproof.model.errors import InputError
from fixproof.model.releases import canonical
from fixproof.model.runs import Isolation, Job, Limits

VERSION = "{version}"
SCRIPT = "{repro}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A failure and the package whose releases are asked about.

    `requirements` are all that the reproduction needs, its own and the caller's; one may move in
    lockstep with the package (`dask[dataframe]=={version}`). `command` replaces
    `python SCRIPT`; `{repro}` in it stands for the script's name.
    """

    package: str
    bad: str | None = None
    good: str | None = None
    script: str
    content: bytes
    requirements: tuple[str, ...] = ()
    python: str | None = None
    requires_python: str | None = None
    as_of: datetime | None = None
    expect: str | None = None
    command: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    isolation: Isolation | None = None
    prereleases: bool = False
    exhaustive: bool = False
    serial: bool = False
    isolate: bool = False
    replicates: int = 1  # runs of each release at a boundary

    @property
    def name(self) -> str:
        """The package's normalised name."""
        return canonical(self.package)


def job_of(question: Question) -> Job:
    """Make the one command that every probe runs."""
    command = question.command or ("python", SCRIPT)
    return Job(
        argv=tuple(word.replace(SCRIPT, question.script) for word in command),
        files=((question.script, question.content),),
        limits=question.limits,
        isolation=question.isolation,
    )


def request_for(
    question: Question, version: str, interpreter: Interpreter, as_of: datetime | None
) -> Request:
    """Ask for one release of the package, everything else as of a date."""
    moving = [r for r in question.requirements if VERSION in r]
    exempt = {question.name, *(canonical(_parsed(r.replace(VERSION, "0")).name) for r in moving)}
    return Request(
        requirements=requirements_for(question, version),
        interpreter=interpreter,
        as_of=as_of,
        exempt=tuple((name, None) for name in sorted(exempt)),
        compiled_builds=False,
    )


def requirements_for(question: Question, version: str) -> tuple[str, ...]:
    """List the requirements with the package at exactly one version.

    What the caller demands of the package's version gives way; its extras and markers stay.
    """
    listed = [_at(question, r.replace(VERSION, version)) for r in question.requirements]
    return tuple(dict.fromkeys([*listed, f"{question.package}=={version}"]))


def required_names(question: Question) -> tuple[str, ...]:
    """List the packages that the reproduction requires."""
    texts = (text.replace(VERSION, "0") for text in question.requirements)
    return tuple(canonical(_parsed(text).name) for text in texts)


def with_requirements(question: Question, requirements: tuple[str, ...]) -> Question:
    """Ask the same with other requirements."""
    return replace(question, requirements=requirements)


def among(held: Request, pins: Mapping[str, str], day: datetime | None) -> Request:
    """Hold these packages at these versions; the caller's demands on them give way."""
    requirements = tuple(
        f"{canonical(Requirement(r).name)}=={pins[canonical(Requirement(r).name)]}"
        if canonical(Requirement(r).name) in pins and not Requirement(r).extras
        else r
        for r in held.requirements
    )
    return replace(
        held,
        requirements=tuple(dict.fromkeys(requirements)),
        constraints=tuple(f"{name}=={version}" for name, version in sorted(pins.items())),
        as_of=max(held.as_of, day) if held.as_of and day else held.as_of,
    )


def freed(requirements: tuple[str, ...], names: frozenset[str]) -> tuple[str, ...]:
    """Drop what is demanded of some packages' versions; their extras stay."""
    kept = []
    for text in requirements:
        requirement = Requirement(text)
        if canonical(requirement.name) in names:
            requirement.specifier = SpecifierSet()
        kept.append(str(requirement))
    return tuple(dict.fromkeys(kept))


def _at(question: Question, text: str) -> str:
    requirement = _parsed(text)
    if canonical(requirement.name) == question.name:
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        marker = f" ; {requirement.marker}" if requirement.marker else ""
        return f"{requirement.name}{extras}{marker}"
    return text


def _parsed(text: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        raise InputError(
            f"not a requirement: {text}", at="--with", hint="write name, name[extra] or name==1.2"
        ) from error
