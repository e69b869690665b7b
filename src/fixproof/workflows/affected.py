"""Whether a release shows a known failure."""

from packaging.version import InvalidVersion, Version

from fixproof.signature.known import Known


def is_affected(known: Known, version: str) -> bool | None:
    """Tell whether a release shows a known failure; None where that was never established."""
    try:
        current = Version(version)
        if _is_fixed(known, current) or _is_before(known, current):
            return False
        return True if _is_inside(known, current) else None
    except InvalidVersion:
        return None


def _is_fixed(known: Known, current: Version) -> bool:
    if known.first_fixed and current >= Version(known.first_fixed):
        return True
    lines = [Version(fixed) for fixed in known.also_fixed]
    return any(current >= one and current.release[:2] == one.release[:2] for one in lines)


def _is_before(known: Known, current: Version) -> bool:
    return known.introduced is not None and current < Version(known.introduced)


def _is_inside(known: Known, current: Version) -> bool:
    """Between a release that shows it and one that mends it, or the last that showed it."""
    first, last = known.introduced or known.bad, known.last_bad or known.bad
    if first is None or current < Version(first):
        return False
    return known.first_fixed is not None or (last is not None and current <= Version(last))
