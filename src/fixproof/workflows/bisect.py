"""`bisect`: the behaviour of a package's releases: where a failure begins and where it ends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from fixproof.model.environments import Interpreter
from fixproof.model.errors import InputError, UnknownPackageError
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Bisection
from fixproof.model.releases import Release, Timeline
from fixproof.model.searches import Ask, Boundaries, Search, Seen
from fixproof.strategy.bisect import find_boundaries
from fixproof.strategy.pythons import choose_interpreter
from fixproof.strategy.tree import ReleaseTree
from fixproof.workflows.ask import Edges
from fixproof.workflows.behaviours import behaviours
from fixproof.workflows.bisected import Bisected, describe, outlook_line, runs_of
from fixproof.workflows.blame import find_blame
from fixproof.workflows.drive import drive
from fixproof.workflows.ends import Ends, is_quick, runs_needed, try_ends
from fixproof.workflows.isolate import isolate_fix
from fixproof.workflows.lab import Laboratory
from fixproof.workflows.question import Question, required_names

CONFIRMING = 3  # runs of each release at a boundary, where they are quick
PREPARING = 0.15  # seconds: an environment of small wheels
SWEEP = 30.0  # seconds that trying everything may take
SWEPT = 64 * 1024**2  # bytes of wheels that it may fetch


def bisect(edges: Edges, question: Question) -> Bisection:
    """Find where a failure begins and ends, and describe every release that was tried."""
    began = edges.clock.now()
    timeline = _timeline(edges, question)
    question = replace(question, bad=_bad(question, timeline))
    found = find(edges, question, timeline)
    report = describe(found)
    if question.isolate:
        report = replace(report, isolation=isolate_fix(found.lab, found.boundaries)[0])
    if question.exhaustive:
        report = replace(report, behaviours=behaviours(found.lab, report.outcomes))
    return replace(
        report,
        probes=found.lab.prober.asked,
        seconds=round((edges.clock.now() - began).total_seconds(), 3),
    )


def _timeline(edges: Edges, question: Question) -> Timeline:
    """Ask for the releases; a name with a slip in it is looked for among the requirements."""
    try:
        return edges.index.timeline(question.name)
    except UnknownPackageError as error:
        required = required_names(question)
        near = get_close_matches(question.name, required, cutoff=0.75) or error.near
        raise UnknownPackageError(question.name, near) from error


def find(edges: Edges, question: Question, timeline: Timeline) -> Bisected:
    """Calibrate both ends, search the release tree, and see who is to blame."""
    assert question.bad is not None
    lab = Laboratory(edges, question, timeline, interpreter_for(edges, question, timeline))
    ends = try_ends(lab, question.bad)
    tree = ReleaseTree.of(
        timeline, prereleases=question.prereleases, include={ends.bad, question.good or ends.bad}
    )
    edges.progress.strip(tree.versions)
    edges.progress.say(f"{question.package} {ends.bad} fails: {outlook_line(lab, ends)}")
    boundaries = drive(_search(lab, ends, tree), _counting(lab))
    ends = _with_hindsight(lab, ends)
    lab.runs = _runs_from_now_on(lab, ends)
    return Bisected(
        lab=lab,
        ends=ends,
        tree=tree,
        boundaries=boundaries,
        blame=find_blame(lab, ends, boundaries),
    )


def interpreter_for(edges: Edges, question: Question, timeline: Timeline) -> Interpreter:
    """Choose the interpreter to run with."""
    day = question.as_of or _uploaded(timeline, question.bad)
    return choose_interpreter(
        edges.environments.interpreters(),
        wanted=question.python,
        requires=question.requires_python,
        release=timeline.release(question.bad) if question.bad else None,
        day=day.date() if day else None,
    )


def _search(lab: Laboratory, ends: Ends, tree: ReleaseTree) -> Search[Boundaries]:
    return find_boundaries(
        tree,
        ends.bad,
        good=lab.question.good,
        newest=ends.newest or ends.bad,
        workers=lab.edges.workers.count,
        noise=ends.noise,
        hints=_swept(lab, ends, tree),
        exhaustive=lab.question.exhaustive,
        confirm=CONFIRMING if is_quick(lab.records(ends.bad)) else 1,
    )


def _with_hindsight(lab: Laboratory, ends: Ends) -> Ends:
    """Note what only the search's runs showed: a fixed release that fails now and then."""
    if ends.persists or not ends.newest:
        return ends
    seen = lab.count(runs_of(lab, ends.newest))
    return replace(ends, slips=seen.mixed)


def _runs_from_now_on(lab: Laboratory, ends: Ends) -> int:
    """Count the runs that it takes to see the failure at a release that has it."""
    seen = lab.count(runs_of(lab, ends.bad))
    return runs_needed(seen.fails / max(seen.runs, 1))


def _swept(lab: Laboratory, ends: Ends, tree: ReleaseTree) -> tuple[str, ...]:
    """List releases to try beside the search, where nobody said which era the report is from.

    Without a date and a good release, a bad range far from `bad` (a relapse) is invisible to a
    search that narrows down; a reproduction that is quick on small wheels is tried everywhere.
    """
    if lab.question.as_of or lab.question.good or ends.noise:
        return ()
    found = [r for v in tree.versions if (r := lab.timeline.release(v))]
    wheels = [(r.version, w) for r in found if (w := _wheel_size(r)) is not None]
    seconds = sweep_takes(lab.records(ends.bad), len(wheels), lab.edges.workers.count)
    if seconds > SWEEP or sum(size for _, size in wheels) > SWEPT:
        return ()
    return tuple(version for version, _ in wheels)


def sweep_takes(records: Sequence[RunRecord], releases: int, workers: int) -> float:
    """Estimate how long trying so many releases takes.

    The quickest run counts: what else a machine was doing must not decide what is found.
    """
    quickest = min(record.seconds for record in records)
    return (quickest + PREPARING) * releases / workers


def _wheel_size(release: Release) -> int | None:
    return min((file.size or 0 for file in release.files if file.is_wheel), default=None)


def _counting(lab: Laboratory) -> Callable[[Ask], Mapping[str, Seen]]:
    def answer(ask: Ask) -> Mapping[str, Seen]:
        seen = lab.answer(ask)
        lab.edges.progress.probes(lab.prober.asked, lab.prober.asked + len(ask.soon))
        return seen

    return answer


def _bad(question: Question, timeline: Timeline) -> str:
    if question.bad is None:
        return _newest(question, timeline)
    release = timeline.release(question.bad)
    if release is None:
        raise InputError(
            f"no such release of {question.package}: {question.bad}",
            at="--bad",
            hint=f"the index lists {_some(timeline)}",
        )
    return release.version


def _newest(question: Question, timeline: Timeline) -> str:
    """Take the release that a user had on the day: the newest one, no pre-release, not yanked."""
    there = [r for r in timeline.releases if _chosen_on(r, question.as_of)]
    stable = [r for r in there if not r.is_prerelease] or there
    if not stable:
        raise InputError(f"{question.package} had no release then", at="--as-of")
    return stable[-1].version


def _chosen_on(release: Release, day: datetime | None) -> bool:
    if not release.files or release.is_yanked:
        return False
    return day is None or (release.uploaded is not None and release.uploaded <= day)


def _uploaded(timeline: Timeline, version: str | None) -> datetime | None:
    release = timeline.release(version) if version else None
    return release.uploaded if release else None


def _some(timeline: Timeline) -> str:
    versions = [release.version for release in timeline.releases]
    return ", ".join(versions if len(versions) <= 12 else [*versions[:4], "...", *versions[-8:]])
