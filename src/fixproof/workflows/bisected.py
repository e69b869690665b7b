"""Everything a bisect established, and the document that says it."""

from dataclasses import dataclass

from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Bisection, Outlook
from fixproof.model.outcomes import Verdict
from fixproof.model.releases import Release
from fixproof.model.searches import Boundaries
from fixproof.strategy.tree import ReleaseTree
from fixproof.workflows.blame import Blame
from fixproof.workflows.ends import Ends
from fixproof.workflows.lab import Laboratory
from fixproof.workflows.report import outlook, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisected:
    """Everything a bisect established, for those who go on from there."""

    lab: Laboratory
    ends: Ends
    tree: ReleaseTree
    boundaries: Boundaries
    blame: Blame


def describe(found: Bisected) -> Bisection:
    """Put what was established into the document that the verb prints."""
    lab, ends, boundaries = found.lab, found.ends, found.boundaries
    question = lab.question
    newest = ends.newest if ends.newest and not ends.persists else None
    return Bisection(
        package=question.name,
        introduced=boundaries.introduced,
        last_good=boundaries.last_good,
        last_bad=boundaries.last_bad,
        first_fixed=boundaries.first_fixed,
        recommended=boundaries.recommended,
        also_fixed=boundaries.also_fixed,
        trigger=found.blame.trigger,
        culprit=found.blame.culprit,
        monotonic=boundaries.monotonic,
        outcomes=tuple(
            shown(
                release,
                records,
                ends.yardstick,
                python=lab.interpreter_of(release.version).version,
                confidence=boundaries.confidence,
            )
            for release, records in _tried(lab)
        ),
        target=_looks(lab, ends, ends.bad, Verdict.FAILS),
        reference=_looks(lab, ends, newest, Verdict.PASSES) if newest else None,
        open=boundaries.open,
        notes=(*_how(lab, ends), *found.blame.notes),
        python=lab.interpreter.version,
        as_of=question.as_of,
        confidence=boundaries.confidence,
        probes=lab.prober.asked,
    )


def outlook_line(lab: Laboratory, ends: Ends) -> str:
    """Say in one line what the release known bad showed."""
    return _looks(lab, ends, ends.bad, Verdict.FAILS).says


def _looks(lab: Laboratory, ends: Ends, version: str, shows: Verdict) -> Outlook:
    return outlook(version, runs_of(lab, version), ends.yardstick, shows)


def _how(lab: Laboratory, ends: Ends) -> tuple[str, ...]:
    """Say how often and in which way the failure shows, where it is not always and plainly."""
    notes = []
    if ends.amplifier:
        notes.append(f"the failure shows only with {ends.amplifier}; every release ran that way")
    shares = {v: lab.count(runs_of(lab, v)) for v in (ends.bad, ends.newest) if v}
    notes += [f"{v} fails in {s.fails} of {s.runs} runs" for v, s in shares.items() if s.mixed]
    stood_in = {v: i for v in lab.tried if (i := lab.interpreter_of(v)) != lab.interpreter}
    for other in sorted({i.version for i in stood_in.values()}):
        versions = ", ".join(v for v, i in stood_in.items() if i.version == other)
        notes.append(f"Python {lab.interpreter.version} cannot run these, {other} did: {versions}")
    return tuple(notes)


def runs_of(lab: Laboratory, version: str) -> tuple[RunRecord, ...]:
    """Give the runs that the search made of a release, no further ones where there are some."""
    return lab.tried.get(version) or lab.records(version)


def _tried(lab: Laboratory) -> list[tuple[Release, tuple[RunRecord, ...]]]:
    return [(r, lab.tried[r.version]) for r in lab.timeline.releases if r.version in lab.tried]
