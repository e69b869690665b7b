"""Which interpreter a reproduction is run with, where nobody says."""

from collections.abc import Sequence
from datetime import date

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from fixproof.model.environments import Interpreter
from fixproof.model.errors import InputError, PreparationError
from fixproof.model.releases import Release, Timeline

# First final releases of CPython (PEP 569, 596, 619, 664, 693, 719, 745).
BORN = {
    "3.8": date(2019, 10, 14),
    "3.9": date(2020, 10, 5),
    "3.10": date(2021, 10, 4),
    "3.11": date(2022, 10, 24),
    "3.12": date(2023, 10, 2),
    "3.13": date(2024, 10, 7),
    "3.14": date(2025, 10, 7),
}


def choose_interpreter(
    at_hand: Sequence[Interpreter],
    *,
    wanted: str | None,
    requires: str | None,
    release: Release | None,
    day: date | None,
) -> Interpreter:
    """Choose the interpreter that people had on that day and that the release admits.

    `wanted` is a version or the beginning of one; `requires` the reproduction's own demand. The
    newest that was out on `day` is taken, or the oldest one where all came later.

    Raises InputError where what is wanted is not at hand, PreparationError where nothing fits.
    """
    if wanted:
        return _wanted(at_hand, wanted)
    fitting = [i for i in at_hand if admits(requires, i) and _runs(release, i)]
    if not fitting:
        raise PreparationError(
            f"no interpreter at hand fits: {', '.join(i.version for i in at_hand) or 'none'}",
            hint="install another Python (uv python install X.Y), or name one with --python",
        )
    had = [i for i in fitting if day is None or BORN.get(i.minor, date.min) <= day]
    return max(had, key=order) if had else min(fitting, key=order)


def lacks_wheel(timeline: Timeline, version: str, interpreter: Interpreter) -> bool:
    """Tell whether a release of a compiled package has no wheel for this interpreter.

    A package of which any release has platform wheels is compiled; building an old release of
    it takes a compiler, system libraries and minutes, and tells little.
    """
    release = timeline.release(version)
    if release is None or not any(_is_compiled(r) for r in timeline.releases):
        return False
    return not any(
        f.is_wheel and _fits(f.name, f.requires_python, interpreter) for f in release.files
    )


def fits(timeline: Timeline, release: Release, interpreter: Interpreter) -> bool:
    """Tell whether an interpreter can run a release, as far as the index says."""
    return _runs(release, interpreter) and not lacks_wheel(timeline, release.version, interpreter)


def _is_compiled(release: Release) -> bool:
    return any(f.is_wheel and not f.name.endswith("-any.whl") for f in release.files)


def _wanted(at_hand: Sequence[Interpreter], wanted: str) -> Interpreter:
    found = [i for i in at_hand if i.version == wanted or i.version.startswith(f"{wanted}.")]
    if not found:
        raise InputError(
            f"no such interpreter at hand: {wanted}",
            at="--python",
            hint=f"at hand are {', '.join(i.version for i in at_hand)}; uv python install {wanted}",
        )
    return max(found, key=order)


def admits(requires: str | None, interpreter: Interpreter) -> bool:
    """Tell whether a demand (`>=3.8,<3.13`) lets an interpreter in."""
    if not requires:
        return True
    try:
        return SpecifierSet(requires).contains(interpreter.version, prereleases=True)
    except InvalidSpecifier:
        return True  # an old release's nonsense must not keep it from being tried


def _runs(release: Release | None, interpreter: Interpreter) -> bool:
    """Whether some file of the release is meant for this interpreter."""
    if release is None or not release.files:
        return True
    return any(_fits(file.name, file.requires_python, interpreter) for file in release.files)


def _fits(name: str, requires: str | None, interpreter: Interpreter) -> bool:
    if not admits(requires, interpreter):
        return False
    if not name.endswith(".whl"):
        return True
    tags = name.removesuffix(".whl").split("-")[-3].split(".")
    short = interpreter.minor.replace(".", "")
    return any(tag in {"py3", f"py{short}", f"cp{short}"} or "abi3" in name for tag in tags)


def order(interpreter: Interpreter) -> tuple[int, ...]:
    """Give the numbers of an interpreter's version."""
    return tuple(int(part) for part in interpreter.version.split(".") if part.isdigit())
