"""From a case and its proof to the view of a page."""

from dataclasses import replace

from fixproof.model.cases import Case
from fixproof.model.findings import Bisection, Outlook, Proof
from fixproof.model.outcomes import Verdict
from fixproof.pages import sentences
from fixproof.pages.answer import answer_of
from fixproof.pages.page import CasePage
from fixproof.pages.provenance import (
    Said,
    Tally,
    cited,
    quotable,
    ran,
    tally,
    words,
    written,
)
from fixproof.pages.runs import Stage, grouped, output, stage
from fixproof.pages.versions import boundary_roles, matrix, version_map
from fixproof.pages.view import (
    Care,
    Change,
    Code,
    Discussion,
    Evidence,
    Excerpt,
    Look,
    Reproduction,
    View,
    Why,
)
from fixproof.pages.ways import way_of


def view_of(page: CasePage) -> View:
    """Build the view, then let in as many quotes as the rest of the page allows."""
    bare = _without_quotes(page)
    discussion = _discussion(page.case, tally(bare))
    whole = replace(bare, discussion=discussion)
    return replace(whole, tally=tally(whole))


def _without_quotes(page: CasePage) -> View:
    case, proof = page.case, page.proof
    found = proof.bisection if proof else None
    return View(
        id=case.id,
        package=case.package,
        title=case.title,
        status=proof.status if proof else str(case.status),
        symptom=_prose(case.symptom),
        answer=answer_of(case, proof),
        versions=version_map(found) if found and found.outcomes else None,
        notes=tuple(ran(n) for n in (*found.notes, *found.open)) if found else (),
        why=_why(case, found),
        production=_production(case, found, page),
        reproduction=_reproduction(page),
        looks=_looks(found, page) if found else (),
        indistinct=sentences.exit_status(found.target, found.reference) if found else None,
        stage=_stage(found, page) if found else None,
        ways=tuple(way_of(option, page) for option in case.options),
        verify=_sh("fixproof fix -- python -m pytest"),
        prevention=_prevention(case),
        matrix=matrix(proof.interpreters, boundary_roles(proof.bisection)) if proof else None,
        related=page.related,
        discussion=Discussion(excerpts=(), left_out=0, quoted=0, budget=0),
        evidence=_evidence(page, proof) if proof else None,
        sources=_sources(case),
        proved=proof.proved.strftime("%Y-%m-%d") if proof and proof.proved else "",
        tool=proof.tool if proof else "",
        feedback=page.feedback,
        tally=Tally(),
    )


def _why(case: Case, found: Bisection | None) -> Why:
    isolation = found.isolation if found else None
    where = case.fix.url if case.fix else ""
    return Why(
        cause=_prose(case.cause),
        remedy=_prose(case.remedy),
        isolated=sentences.isolated(isolation) if isolation else None,
        changes=tuple(
            # That these lines are enough was run; the lines themselves are the package's.
            Change(
                file=h.file,
                function=h.function,
                code=Code(
                    said=cited(h.diff.strip("\n"), where),
                    language="diff",
                    name=f"{h.file}, {h.function}" if h.function else h.file,
                ),
            )
            for h in (isolation.hunks if isolation else ())
        ),
    )


def _production(case: Case, found: Bisection | None, page: CasePage) -> tuple[Said, ...]:
    steady = sentences.steadiness(found, page.records) if found else None
    return tuple(s for s in (steady, _prose(case.production)) if s)


def _reproduction(page: CasePage) -> Reproduction | None:
    case = page.case
    text = page.text(case.reproduction)
    if not text:
        return None
    as_of = f" --as-of {case.as_of.isoformat()}" if case.as_of else ""
    bisect = f"fixproof bisect {case.reproduction} -p {case.package} --bad {case.bad}{as_of}"
    shown = page.proof.bisection.target if page.proof else None
    lead = None
    if shown and shown.records and shown.records[0] in page.records:
        seconds = page.records[shown.records[0]].seconds
        lead = ran(f"One run takes {seconds:.1f} s and shows the failure.", shown.records[0])
    return Reproduction(
        script=Code(said=written(text), language="python", name=case.reproduction),
        commands=(
            _sh(f"uv run {case.reproduction}"),
            _sh(bisect),
        ),
        lead=lead,
    )


def _looks(found: Bisection, page: CasePage) -> tuple[Look, ...]:
    wanted = (
        (found.target, "Broken", Verdict.FAILS),
        (found.reference, "When fixed", Verdict.PASSES),
    )
    return tuple(_look(o, name, v, page) for o, name, v in wanted if o)


def _look(outlook: Outlook, name: str, verdict: Verdict, page: CasePage) -> Look:
    first = next((d for d in outlook.records if d in page.records), "")
    text = outlook.excerpt or (output(page.records[first]) if first else "")
    code = Code(said=ran(text.strip("\n"), *outlook.records), language="stack") if text else None
    return Look(
        heading=f"{name}: {found_in(outlook, page)}",
        verdict=verdict,
        search=ran(outlook.says or outlook.surfaced or "no error", *outlook.records),
        ended=ran(_ending(outlook.exit), *outlook.records),
        output=code,
    )


def found_in(outlook: Outlook, page: CasePage) -> str:
    """Name the release that an outlook was seen in."""
    return f"{page.case.package} {outlook.version}"


def _ending(shown: int | str | None) -> str:
    return f"exit status {shown}" if isinstance(shown, int) else f"ended by: {shown}"


def _stage(found: Bisection, page: CasePage) -> Stage | None:
    for digest in found.target.records if found.target else ():
        if digest in page.records:
            return stage(digest, page.records[digest])
    return None


def _prevention(case: Case) -> tuple[Care, ...]:
    return tuple(
        Care(
            title=p.title,
            text=written(p.text),
            code=Code(said=written(p.code.strip("\n")), language=p.language or "text")
            if p.code
            else None,
        )
        for p in case.prevention
    )


def _discussion(case: Case, rest: Tally) -> Discussion:
    budget = quotable(rest.total)
    taken: list[Excerpt] = []
    quoted = 0
    for quote in case.quotes:
        if quoted + words(quote.text) <= budget:
            quoted += words(quote.text)
            taken.append(Excerpt(said=cited(quote.text, quote.url), who=quote.by))
    return Discussion(
        excerpts=tuple(taken),
        left_out=len(case.quotes) - len(taken),
        quoted=quoted,
        budget=budget,
    )


def _evidence(page: CasePage, proof: Proof) -> Evidence:
    groups = grouped(proof, page.case.package, page.records)
    total = sum(len(g.rows) for g in groups)
    lead = ran(f"{total} runs stand behind this page.", *(g.rows[0].digest for g in groups))
    return Evidence(
        groups=groups,
        check=_sh(f"fixproof prove --check {page.folder}"),
        statement=page.case.summary.evidence,
        digest=page.case.summary.digest,
        lead=lead if total else None,
    )


def _sources(case: Case) -> tuple[Said, ...]:
    every = [s for s in (case.report, case.fix, *case.sources) if s]
    last = {s.url: s for s in every}  # the list of sources may give a better title
    dated = ((s, f" ({s.date.isoformat()})" if s.date else "") for s in last.values())
    return tuple(cited(f"{s.title or s.url}{date}", s.url) for s, date in dated)


def _prose(text: str) -> Said | None:
    return written(text.strip()) if text.strip() else None


def _sh(command: str) -> Code:
    return Code(said=written(command), language="sh")
