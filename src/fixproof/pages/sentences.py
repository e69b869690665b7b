"""What a proof says in plain sentences: computed, so that they change when the evidence does."""

from collections.abc import Mapping

from fixproof.model.cases import Case, Status
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Bisection, Isolation, Outlook, Proof, Shown
from fixproof.model.outcomes import Verdict
from fixproof.pages.provenance import Said, ran, written

UNRUN = "Reported, and not run by us yet: nothing on this page is proven."
NAMES = {
    Status.REPORTED: "reported",
    Status.REPRODUCED: "reproduced",
    Status.BISECTED: "bisected",
    Status.PROVEN: "proven",
}


def headline(case: Case, proof: Proof | None) -> Said:
    """Say what to do."""
    if proof is None:
        return written(UNRUN)
    found = proof.bisection
    records = backing(found, found.last_bad, found.first_fixed, found.introduced)
    return ran(f"{_action(case.package, found)}{_also(found)}", *records)


def _action(package: str, found: Bisection) -> str:
    if found.culprit and found.culprit.to:
        return f"Move {found.culprit.package} to {found.culprit.to}."
    if found.first_fixed is None:
        if found.introduced is None:
            return f"No release of {package} is known to work."
        return f"No release fixes it: stay below {package} {found.introduced}."
    if found.recommended and found.recommended != found.first_fixed:
        return (
            f"Upgrade {package} to {found.recommended} or newer"
            f" ({found.first_fixed} is the first that works, but should not be installed)."
        )
    return f"Upgrade {package} to {found.first_fixed} or newer."


def _also(found: Bisection) -> str:
    return f" On older lines: {listed(found.also_fixed)}." if found.also_fixed else ""


def requirement(case: Case, proof: Proof | None) -> str:
    """Write the requirement line that follows from the proof; empty when none does."""
    if proof is None:
        return ""
    found = proof.bisection
    if found.culprit:
        return f"{found.culprit.package}=={found.culprit.to}" if found.culprit.to else ""
    if fixed := found.recommended or found.first_fixed:
        return f"{case.package}>={fixed}"
    return f"{case.package}<{found.introduced}" if found.introduced else ""


def sureness(proof: Proof | None) -> Said:
    """Say how sure we are, and why."""
    if proof is None:
        return written("Not at all: nobody has run it here.")
    found = proof.bisection
    records = backing(found, found.last_bad, found.first_fixed)
    reason = proof.confidence_reason.strip() or "No replicates were made"
    return ran(reason if reason.endswith(".") else f"{reason}.", *records)


def affected(package: str, found: Bisection) -> str:
    """Name the releases that fail, from boundary to boundary."""
    first, last = found.introduced, found.last_bad
    if first and last:
        return f"{package} {first}" if first == last else f"{package} {first} to {last}"
    if last:
        return f"{package} {last} and older"
    return f"{package} {first} and newer" if first else package


def isolated(isolation: Isolation) -> Said:
    """Say what the isolation found, or why it found nothing."""
    if not isolation.hunks:
        reason = isolation.reason or "no smaller set of changes flips the outcome"
        return ran(f"The change could not be isolated: {reason}.", *isolation.records)
    places = listed(tuple(dict.fromkeys(_place(h.function, h.file) for h in isolation.hunks)))
    total, needed = isolation.hunks_total, isolation.hunks_needed
    which = "one is enough" if needed == 1 else f"{needed} are needed together"
    return ran(
        f"Of {total} {'change' if total == 1 else 'changes'} between {isolation.from_} and "
        f"{isolation.to}, {which}: {places}. Applied to {isolation.from_} and nothing else, "
        f"{'it makes' if needed == 1 else 'they make'} the failure vanish.",
        *isolation.records,
    )


def _place(function: str, file: str) -> str:
    return f"`{function}` in `{file}`" if function else f"`{file}`"


def exit_status(target: Outlook | None, reference: Outlook | None) -> Said | None:
    """Warn where the exit status cannot tell good from bad."""
    if target is None or reference is None or target.exit != reference.exit:
        return None
    return ran(
        f"Good and broken releases both end with exit status {target.exit}: a check of the "
        f"status alone cannot see this failure. What is raised tells them apart.",
        *target.records[:1],
        *reference.records[:1],
    )


def steadiness(found: Bisection, records: Mapping[str, RunRecord]) -> Said | None:
    """Say whether the failure is intermittent: how many runs on broken releases showed it."""
    broken = [s for s in found.outcomes if s.verdict is Verdict.FAILS]
    digests = [d for s in broken for d in s.records if d in records]
    wanted = found.target.signature if found.target else None
    if not digests or wanted is None:
        return None
    showing = [d for d in digests if _same(records[d]) == wanted]
    if len(showing) == len(digests):
        text = (
            f"Not intermittent: each of {len(digests)} runs on {_releases(broken)} failed "
            f"in the same way, and no load was put on."
        )
    else:
        text = (
            f"Intermittent: {len(showing)} of {len(digests)} runs on {_releases(broken)} showed it."
        )
    return ran(text, *digests)


def _same(record: RunRecord) -> str | None:
    return record.signature.same if record.signature else None


def _releases(shown: list[Shown]) -> str:
    return "the broken release" if len(shown) == 1 else f"the {len(shown)} broken releases"


def backing(found: Bisection, *versions: str | None) -> tuple[str, ...]:
    """Find the runs that stand behind releases."""
    wanted = {v for v in versions if v}
    return tuple(d for s in found.outcomes if s.version in wanted for d in s.records)


def moved(name: str, before: str | None, after: str | None) -> str:
    """Name a change of version."""
    return f"{name} {before or 'absent'} to {after or 'absent'}"


def quoted(text: str) -> str:
    """Set a short foreign text apart as code."""
    flat = " ".join(text.split()).replace("`", "'")
    return f"`{flat}`"


def listed(parts: tuple[str, ...]) -> str:
    """Join names as a sentence does."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
