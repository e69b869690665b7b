"""`prove`: everything that is claimed about a case, established by running it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from hashlib import sha256

from fixproof import __version__
from fixproof.evidence.standing import confidence_of, standing
from fixproof.evidence.statement import Grounds, grounds_of
from fixproof.issues.script import script_metadata
from fixproof.model.cases import Case
from fixproof.model.errors import InputError
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Isolation, OptionProof, Proof, Shown
from fixproof.model.outcomes import Verdict
from fixproof.model.releases import Timeline
from fixproof.model.runs import Limits, Stage, Unusable
from fixproof.model.searches import Boundaries
from fixproof.strategy.bisect import find_boundaries
from fixproof.strategy.pythons import admits
from fixproof.strategy.tree import ReleaseTree
from fixproof.workflows.ask import Edges
from fixproof.workflows.bisect import find
from fixproof.workflows.bisected import Bisected, describe
from fixproof.workflows.drive import drive
from fixproof.workflows.isolate import isolate_fix
from fixproof.workflows.lab import Laboratory
from fixproof.workflows.options import prove_options
from fixproof.workflows.question import Question
from fixproof.workflows.report import shown

LACKING = 4  # releases in a row without the reproduction's API, after which older ones are left
REPLICATES = 5  # runs of each release at a boundary


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A proof and all the run records that it stands on, by digest."""

    proof: Proof
    grounds: Grounds
    records: Mapping[str, RunRecord]


def prove(edges: Edges, case: Case, files: Mapping[str, bytes]) -> Proved:
    """Bisect a case, isolate its fix, try every option and interpreter, map every release.

    `files` are the case's scripts by name.
    """
    began = edges.clock.now()
    timeline = edges.index.timeline(case.package)
    found = find(edges, question_of(case, files, timeline), timeline)
    _tell(edges, found)
    established = _establish(found, case, files)
    map_releases(found)
    again = replace(found, boundaries=concluded(found))
    if ends_of(again) != ends_of(found):
        edges.progress.say("the map shows more than the search did")
        _tell(edges, again)
        established = _establish(again, case, files)
    proof = _stated(again, established, case.id, began)
    records = again.lab.prober.kept
    return Proved(proof=proof, records=records, grounds=_grounds(again, proof, records, files))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Established:
    isolation: Isolation | None
    options: tuple[OptionProof, ...]
    interpreters: tuple[Shown, ...]


def _stated(found: Bisected, established: _Established, case: str, began: datetime) -> Proof:
    """Put what was established into the proof, with how sure it is."""
    edges = found.lab.edges
    report = replace(
        describe(found),
        isolation=established.isolation,
        seconds=round((edges.clock.now() - began).total_seconds(), 3),
    )
    seen = {version: found.lab.count(runs) for version, runs in found.lab.tried.items()}
    sure, sentence = confidence_of(report, seen, bad=found.ends.bad)
    report = replace(report, confidence=sure)
    return Proof(
        case=case,
        status=standing(report, seen),
        bisection=report,
        interpreters=established.interpreters,
        options=established.options,
        confidence=sure,
        confidence_reason=sentence,
        proved=edges.clock.now(),
        tool=f"fixproof {__version__}",
    )


def _establish(found: Bisected, case: Case, files: Mapping[str, bytes]) -> _Established:
    """Replicate the boundaries and run everything that stands on them."""
    replicate(found)
    isolation, overlay = isolate_fix(found.lab, found.boundaries)
    return _Established(
        isolation=isolation,
        options=prove_options(found, case, files, overlay),
        interpreters=across_interpreters(found),
    )


def concluded(found: Bisected) -> Boundaries:
    """Conclude again from every release of the map; nothing is run."""
    lab, newest = found.lab, found.ends.newest or found.ends.bad
    if found.ends.slips:  # a single failing run says nothing then
        return found.boundaries
    search = find_boundaries(found.tree, found.ends.bad, newest=newest, exhaustive=True)
    return drive(search, lambda ask: {v: lab.count(lab.tried[v]) for v in ask.keys})


def question_of(case: Case, files: Mapping[str, bytes], timeline: Timeline) -> Question:
    """Turn a case into the question that its reproduction asks.

    Raises InputError where the version said bad does not exist.
    """
    content = files[case.reproduction]
    metadata = script_metadata(content.decode("utf-8", "replace"), at=case.reproduction)
    bad = timeline.release(case.bad)
    if bad is None:
        raise InputError(f"no such release of {case.package}: {case.bad}", at="case.toml: bad")
    day = datetime.combine(case.as_of, time(), UTC) if case.as_of else metadata.exclude_newer
    return Question(
        package=case.package,
        bad=bad.version,
        script=case.reproduction,
        content=content,
        requirements=(*metadata.dependencies, *case.requirements),
        python=case.python,
        requires_python=metadata.requires_python,
        as_of=day,
        expect=case.expect,
        command=case.command,
        limits=Limits(wall=case.timeout) if case.timeout else Limits(),
        replicates=REPLICATES,
    )


def replicate(found: Bisected) -> None:
    """Run the releases at the boundaries again: one run proves little."""
    lab = found.lab
    for version in ends_of(found):
        lab.edges.progress.trying(version, "replicating the boundary")
        lab.see(version, runs=max(REPLICATES, lab.runs))


def ends_of(found: Bisected) -> tuple[str, ...]:
    """List the releases at the boundaries."""
    edges = found.boundaries
    ends = (edges.last_good, edges.introduced, edges.last_bad, edges.first_fixed)
    return tuple(dict.fromkeys(version for version in ends if version))


def across_interpreters(found: Bisected) -> tuple[Shown, ...]:
    """Try the last bad and the first fixed release under every interpreter at hand."""
    lab, edges = found.lab, found.boundaries
    versions = [v for v in (edges.last_bad, edges.first_fixed) if v]
    rows: list[Shown] = []
    at_hand = lab.edges.environments.interpreters()
    for interpreter in (i for i in at_hand if admits(lab.question.requires_python, i)):
        other = lab if interpreter == lab.interpreter else lab.under(interpreter)
        rows.extend(_row(other, version) for version in versions)
    return tuple(rows)


def map_releases(found: Bisected) -> None:
    """Try every release that was not tried yet, the youngest first.

    Where several in a row lack what the reproduction itself asks for, the older ones are left
    untried, and the map says so.
    """
    lab, tree = found.lab, found.tree
    settled = [v for v in tree.versions if v in lab.tried and lab.count(lab.tried[v]).runs]
    rest = [v for v in reversed(tree.versions) if v not in lab.tried]
    oldest = tree.rank[settled[0]] if settled else 0
    lab.edges.progress.say(f"mapping the other {len(rest)} releases")
    _map(lab, [v for v in rest if tree.rank[v] > oldest])
    older = [v for v in rest if tree.rank[v] <= oldest]
    while older and not _lacking(lab, tree):
        _map(lab, older[:LACKING])
        older = older[LACKING:]
    for version in older:
        lab.tried[version] = (_untried(lab, version),)


def _map(lab: Laboratory, versions: list[str]) -> None:
    lab.edges.workers.map([lambda v=v: _mapped(lab, v) for v in versions])  # type: ignore[misc]  # mypy cannot infer a lambda's default


def _lacking(lab: Laboratory, tree: ReleaseTree) -> bool:
    """Whether the oldest releases tried all lack what the reproduction asks for."""
    tried = [v for v in tree.versions if v in lab.tried and not lab.tried[v][0].unusable]
    return len(tried) > LACKING and all(lab.tried[v][0].missing for v in tried[:LACKING])


def _untried(lab: Laboratory, version: str) -> RunRecord:
    reason = "younger releases already lack what the reproduction asks for"
    why = Unusable(stage=Stage.SKIPPED, reason=reason)
    lab.edges.progress.mark(version, Verdict.UNTESTABLE)
    return RunRecord(probe="", attempt=0, environment="", pins=(), unusable=why)


def _mapped(lab: Laboratory, version: str) -> None:
    lab.edges.progress.mark(version, lab.see(version).verdict)


def _row(lab: Laboratory, version: str) -> Shown:
    lab.edges.progress.trying(version, f"Python {lab.interpreter.version}")
    lab.see(version)
    release = lab.timeline.release(version)
    assert release is not None
    assert lab.yardstick is not None
    return shown(
        release,
        lab.tried[version],
        lab.yardstick,
        python=lab.interpreter.version,
        confidence=0.0,
    )


def _grounds(
    found: Bisected, proof: Proof, records: Mapping[str, RunRecord], files: Mapping[str, bytes]
) -> Grounds:
    return grounds_of(
        proof,
        records,
        bad=found.ends.bad,
        newest=found.ends.newest,
        expect=found.lab.question.expect,
        yardstick=found.ends.yardstick,
        tree=found.tree,
        timeline=found.lab.timeline,
        files={name: sha256(content).hexdigest() for name, content in files.items()},
    )


def _tell(edges: Edges, found: Bisected) -> None:
    bounds = found.boundaries
    edges.progress.say(
        f"introduced {bounds.introduced}, last bad {bounds.last_bad},"
        f" first fixed {bounds.first_fixed}"
    )
