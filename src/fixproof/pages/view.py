"""A page before it has a form: sections made of statements, shown alike in every format."""

from dataclasses import dataclass

from fixproof.model.outcomes import Verdict
from fixproof.pages.provenance import Said, Tally
from fixproof.pages.runs import Runs, Stage
from fixproof.pages.versions import Matrix, VersionMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Text shown as it is. `language` is one of python, toml, diff, sh, text."""

    said: Said
    language: str = "text"
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A labelled value of the first screen."""

    label: str
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The first screen: what broke, in which versions, what to do, how sure."""

    headline: Said
    requirement: Code | None
    sure: Said
    percent: str
    affected: Said | None
    boundaries: tuple[Fact, ...]
    causes: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One hunk that makes the difference."""

    file: str
    function: str
    code: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why it breaks, why the fix works, and the change itself."""

    cause: Said | None
    remedy: Said | None
    isolated: Said | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """The script and how to run it."""

    script: Code
    commands: tuple[Code, ...]
    lead: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the failure, or the sound behaviour, looks like."""

    heading: str
    verdict: Verdict
    search: Said
    ended: Said
    output: Code | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One fix option with its proof."""

    id: str
    kind: str
    title: str
    line: Code | None
    script: Code | None
    explanation: Said | None
    when: Said
    when_not: Said
    verdict: Verdict | None
    proof: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """One measure of prevention."""

    title: str
    text: Said
    code: Code | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Somebody else's words."""

    said: Said
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Discussion:
    """Excerpts within the quotation budget; `left_out` did not fit."""

    excerpts: tuple[Excerpt, ...]
    left_out: int
    quoted: int
    budget: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another case. `href` is relative to the page; empty where it has no page."""

    id: str
    title: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The runs, and how to check that the page follows from them."""

    groups: tuple[Runs, ...]
    check: Code
    statement: str
    digest: str
    lead: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A whole page. Sections that a case has nothing for are None or empty and are not shown."""

    id: str
    package: str
    title: str
    status: str
    symptom: Said | None
    answer: Answer
    versions: VersionMap | None
    notes: tuple[Said, ...]
    why: Why
    production: tuple[Said, ...]
    reproduction: Reproduction | None
    looks: tuple[Look, ...]
    indistinct: Said | None
    stage: Stage | None
    ways: tuple[Way, ...]
    verify: Code
    prevention: tuple[Care, ...]
    matrix: Matrix | None
    related: tuple[Related, ...]
    discussion: Discussion
    evidence: Evidence | None
    sources: tuple[Said, ...]
    proved: str
    tool: str
    feedback: str
    tally: Tally
