"""The first screen of a page: what to do, how sure, which versions."""

from fixproof.model.cases import Case
from fixproof.model.findings import Bisection, Proof
from fixproof.pages import sentences
from fixproof.pages.provenance import ran
from fixproof.pages.versions import percent
from fixproof.pages.view import Answer, Code, Fact


def answer_of(case: Case, proof: Proof | None) -> Answer:
    """Build the answer; without a proof it promises nothing."""
    found = proof.bisection if proof else None
    line = sentences.requirement(case, proof)
    backing = sentences.backing(found, found.introduced, found.last_bad) if found else ()
    return Answer(
        headline=sentences.headline(case, proof),
        requirement=Code(said=ran(line, *_fixed(found)), name="requirement") if line else None,
        sure=sentences.sureness(proof),
        percent=percent(proof.confidence) if proof else "",
        affected=ran(sentences.affected(case.package, found), *backing) if found else None,
        boundaries=_boundaries(found) if found else (),
        causes=_causes(found) if found else (),
    )


def _fixed(found: Bisection | None) -> tuple[str, ...]:
    return sentences.backing(found, found.first_fixed) if found else ()


def _boundaries(found: Bisection) -> tuple[Fact, ...]:
    named = (
        ("Last good", found.last_good),
        ("Introduced", found.introduced),
        ("Last bad", found.last_bad),
        ("First fixed", found.first_fixed),
    )
    return tuple(Fact(label=n, said=ran(v, *sentences.backing(found, v))) for n, v in named if v)


def _causes(found: Bisection) -> tuple[Fact, ...]:
    """Name what began or ended the failure, where it is not simply a release of the package."""
    facts = []
    if (trigger := found.trigger) and trigger.axis != "release":
        change = sentences.moved(trigger.name, trigger.from_, trigger.to)
        facts.append(
            Fact(label=f"Triggered by a {trigger.axis}", said=ran(change, *trigger.records))
        )
    if culprit := found.culprit:
        change = sentences.moved(culprit.package, culprit.from_, culprit.to)
        facts.append(Fact(label="Flipped by", said=ran(change, *culprit.records)))
    return tuple(facts)
