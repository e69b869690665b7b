"""The fix options of a page, each with its own executed proof."""

from collections.abc import Mapping

from fixproof.model.cases import FixOption, OptionKind
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import OptionProof
from fixproof.model.outcomes import Verdict
from fixproof.pages import sentences
from fixproof.pages.page import CasePage
from fixproof.pages.provenance import Said, ran, written
from fixproof.pages.view import Code, Way

KINDS = {
    OptionKind.UPGRADE: "upgrade",
    OptionKind.PIN: "pin back",
    OptionKind.BACKPORT: "back-ported change",
    OptionKind.WORKAROUND: "work-around",
}
VERDICTS = {
    Verdict.PASSES: "the failure is gone",
    Verdict.FAILS: "the failure is still there",
    Verdict.DIFFERS: "something else happens",
    Verdict.UNTESTABLE: "it could not be tried",
}


def way_of(option: FixOption, page: CasePage) -> Way:
    """Show one option, and what came of trying it."""
    proofs = page.proof.options if page.proof else ()
    proof = next((p for p in proofs if p.option == option.id), None)
    script = page.text(option.script) if option.script else ""
    return Way(
        id=option.id,
        kind=KINDS[option.kind],
        title=option.title,
        line=Code(said=written(option.requirement)) if option.requirement else None,
        script=Code(said=written(script), language="python", name=option.script)
        if script
        else None,
        explanation=written(option.explanation.strip()) if option.explanation.strip() else None,
        when=written(option.when),
        when_not=written(option.when_not),
        verdict=proof.verdict if proof else None,
        proof=_proven(proof, page.records) if proof else written("Not executed yet."),
    )


def _proven(proof: OptionProof, records: Mapping[str, RunRecord]) -> Said:
    known = [d for d in proof.records if d in records]
    python = f" on Python {proof.python}" if proof.python else ""
    times = f", {len(known)} runs" if len(known) > 1 else ""
    wanted = tuple(map(sentences.quoted, proof.requirements))
    asked = f" with {sentences.listed(wanted)}" if wanted else ""
    says = f" It says {sentences.quoted(proof.says)}." if proof.says else ""
    return ran(f"Run{python}{asked}{times}: {VERDICTS[proof.verdict]}.{says}", *proof.records)
