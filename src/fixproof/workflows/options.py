"""Every fix option of a case, executed."""

from collections.abc import Mapping
from dataclasses import replace

from fixproof.evidence.rows import told
from fixproof.model.cases import Case, FixOption, OptionKind
from fixproof.model.environments import Environment
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import OptionProof
from fixproof.model.outcomes import Verdict
from fixproof.model.releases import canonical
from fixproof.model.runs import Job, Stage, Unusable
from fixproof.workflows.ask import Probe
from fixproof.workflows.bisected import Bisected
from fixproof.workflows.lab import Laboratory
from fixproof.workflows.question import Question, job_of, request_for
from fixproof.workflows.report import digests

RUNS = 3


def prove_options(
    found: Bisected,
    case: Case,
    files: Mapping[str, bytes],
    overlay: Mapping[str, bytes | None],
) -> tuple[OptionProof, ...]:
    """Run each option of the case: as the requirement, the patch or the script that it is."""
    return tuple(_prove(found, option, files, overlay) for option in case.options)


def _prove(
    found: Bisected,
    option: FixOption,
    files: Mapping[str, bytes],
    overlay: Mapping[str, bytes | None],
) -> OptionProof:
    lab = found.lab
    lab.edges.progress.trying(option.id, option.title)
    probe = _probe(found, option, files, overlay)
    if isinstance(probe, Unusable):
        return OptionProof(option=option.id, verdict=Verdict.UNTESTABLE, says=probe.reason)
    records: tuple[RunRecord, ...] = lab.prober.observe(probe, runs=max(RUNS, lab.runs))
    tells = told(records, found.ends.yardstick)
    lab.edges.progress.say(f"option {option.id}: {tells.verdict}")
    name = lab.question.name
    return OptionProof(
        option=option.id,
        verdict=tells.verdict,
        python=lab.interpreter.version,
        says=tells.says,
        requirements=(f"{name}=={probe.environment.version_of(name)}",),
        records=digests(records),
    )


def _probe(
    found: Bisected,
    option: FixOption,
    files: Mapping[str, bytes],
    overlay: Mapping[str, bytes | None],
) -> Probe | Unusable:
    lab = found.lab
    match option.kind:
        case OptionKind.UPGRADE | OptionKind.PIN:
            environment = _with_requirement(lab, option.requirement)
            job, changed = lab.job, None
        case OptionKind.BACKPORT:
            if not overlay:
                return Unusable(stage=Stage.INSTALL, reason="no change was isolated")
            environment = lab.environment(found.boundaries.last_bad or found.ends.bad)
            job, changed = lab.job, overlay
        case OptionKind.WORKAROUND:
            environment = lab.environment(found.ends.bad)
            job, changed = _with_script(lab, option.script, files), None
    if isinstance(environment, Unusable):
        return environment
    return Probe(environment=environment, job=job, overlay=changed)


def _with_requirement(lab: Laboratory, requirement: str) -> Environment | Unusable:
    """Resolve what a user would write, the package free to be as new as that allows."""
    request = request_for(lab.question, "0", lab.interpreter, lab.question.as_of)
    others = tuple(r for r in request.requirements if not _pins(r, lab.question))
    return lab.edges.environments.resolve(replace(request, requirements=(*others, requirement)))


def _pins(requirement: str, question: Question) -> bool:
    name = requirement.partition("==")[0]
    return requirement.endswith("==0") and canonical(name) == question.name


def _with_script(lab: Laboratory, script: str, files: Mapping[str, bytes]) -> Job:
    return job_of(replace(lab.question, script=script, content=files[script]))
