"""How far a case is proven, and what its proof claims, by name: from the proof's own rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fixproof.evidence.confidence import Side, confidence
from fixproof.model.cases import Status
from fixproof.model.findings import Bisection, Isolation, Proof
from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Seen

REPLICATED = 2  # runs on each side of the fixed boundary that a proven case has at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What was claimed: held, held with something left open, or shown not to hold."""

    passed: tuple[str, ...]
    warned: tuple[str, ...]
    failed: tuple[str, ...]

    @property
    def result(self) -> str:
        """The result in the words of the test-result predicate."""
        return "FAILED" if self.failed else "WARNED" if self.warned else "PASSED"


def standing(found: Bisection, seen: Mapping[str, Seen]) -> Status:
    """Say how far a case is proven. `seen` counts the runs of each release that was tried.

    *proven*: the fixed boundary is replicated on both sides, nothing between is untested, and
    the isolation is done or shown impossible.
    """
    failing = {version for version, runs in seen.items() if runs.verdict is Verdict.FAILS}
    if not failing:
        return Status.REPORTED
    bad, fixed = found.last_bad, found.first_fixed
    if not (bad and fixed and bad in failing and fixed in seen):
        return Status.BISECTED if found.introduced in failing else Status.REPRODUCED
    if seen[fixed].verdict is not Verdict.PASSES:
        return Status.REPRODUCED
    replicated = min(seen[bad].runs, seen[fixed].runs) >= REPLICATED
    isolated = found.isolation is not None and _is_settled(found.isolation)
    return Status.PROVEN if replicated and isolated else Status.BISECTED


def confidence_of(found: Bisection, seen: Mapping[str, Seen], *, bad: str) -> tuple[float, str]:
    """Compute how sure a proof's boundaries are, and say why in one sentence."""
    worst = found.last_bad if found.last_bad in seen else None
    failing = seen.get(worst or bad, Seen())
    good = tuple(v for v in (found.last_good, found.first_fixed) if v and v in seen)
    return confidence(
        Side(version=worst or bad, runs=failing.runs, telling=failing.fails),
        tuple(
            Side(version=v, runs=seen[v].runs, telling=seen[v].runs - seen[v].fails) for v in good
        ),
    )


def claims_of(proof: Proof) -> Claims:
    """Name everything that a proof claims."""
    found = proof.bisection
    options = {o: f"option {o.option}: {o.verdict}" for o in proof.options}
    isolation = found.isolation
    warned = list(found.open)
    if isolation and not isolation.hunks:
        warned.append(f"no isolation: {isolation.reason}")
    return Claims(
        passed=(
            *_boundaries(found),
            *(t for o, t in options.items() if o.verdict is Verdict.PASSES),
        ),
        warned=tuple(warned),
        failed=tuple(t for o, t in options.items() if o.verdict is not Verdict.PASSES),
    )


def _boundaries(found: Bisection) -> Iterator[str]:
    if found.target:
        yield f"reproduced: {found.package} {found.target.version} fails"
    for name in ("introduced", "last_bad", "first_fixed", "recommended"):
        if version := getattr(found, name):
            yield f"{name.replace('_', ' ')}: {found.package} {version}"
    for version in found.also_fixed:
        yield f"also fixed: {found.package} {version}"
    if (isolation := found.isolation) and isolation.hunks:
        needed, total = isolation.hunks_needed, isolation.hunks_total
        yield f"isolation: {needed} of {total} changes between the releases is enough"


def _is_settled(isolation: Isolation) -> bool:
    return bool(isolation.hunks or isolation.reason)
