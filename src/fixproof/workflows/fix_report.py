"""What a fix tells: the answer, the other ways, the map of what was tried, and what comes next."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fixproof.model.outcomes import Verdict
from fixproof.model.repairs import Attempt, Blemish, Repair, Way
from fixproof.workflows.fix_advice import KnownFix
from fixproof.workflows.fix_map import attempts_of, told
from fixproof.workflows.fix_proof import Broken

ALLOW = "let the command use the network (--allow-network) or see your variables (--env NAME)"
UNCHECKED = "vulnerabilities not checked: the package index could not be asked about them"
ADD = "if a distribution holds the missing module, nothing here requires it: ask for it by name"
LOOK = "look at the program, its files and its data, or try another interpreter (--python X.Y)"


def in_order(ways: Sequence[Way]) -> list[Way]:
    """Put first what works and ends on nothing that is known to be worse than before."""
    return sorted(
        ways, key=lambda w: (not w.verified, bool(w.hunks), any(b.added for b in w.blemishes))
    )


def tell(broken: Broken, ways: Sequence[Way], known: Sequence[KnownFix]) -> Repair:
    """Tell the first way as the answer, the rest as alternatives."""
    search = broken.search
    note = search.trials.note(broken.lock)
    first = next((way for way in ways if way.verified and way.requirement_lines), None)
    attempts = tuple(attempts_of(broken))
    told = Repair(
        failure=note,
        known=known[0].case if known else None,
        alternatives=tuple(way for way in ways if way is not first),
        tried=_tried(broken),
        attempts=attempts,
        notes=tuple(_cautions(first) if first else _next_steps(broken, attempts)),
        command_exit=note.exit if note else None,
        probes=search.trials.probes,
        python=search.wish.interpreter.version,
    )
    return _answered(told, first) if first else told


def _answered(told: Repair, way: Way) -> Repair:
    return replace(
        told,
        changes=way.changes,
        also_changed=way.also_changed,
        requirement_lines=way.requirement_lines,
        verified=True,
        blemishes=way.blemishes,
        vulnerabilities=way.vulnerabilities,
    )


def _tried(broken: Broken) -> tuple[str, ...]:
    search = broken.search
    counted = f"{search.trials.probes} environments were tried"
    return (counted, f"{len(search.locks.asked)} resolutions gave {search.locks.distinct} locks")


def _cautions(way: Way) -> Iterator[str]:
    """Say what is known against the answer, and what was not looked up."""
    for one in way.blemishes:
        yield caution(one)
    if way.vulnerabilities == "not checked":
        yield UNCHECKED
    elif way.vulnerabilities == "partly checked":
        yield "vulnerabilities checked in part only: the package index does not know every release"


def caution(one: Blemish) -> str:
    """Say what is known against one release."""
    what = "has known vulnerabilities" if one.kind == "vulnerability" else "shows known failures"
    had = "" if one.added else ", as the present one has"
    return f"{one.package} {one.version} {what}{had}: {', '.join(one.ids)}"


def _next_steps(broken: Broken, attempts: Sequence[Attempt]) -> Iterator[str]:
    """Say what the attempts tell when none of them worked, and where to look instead."""
    if broken.signs:
        yield f"the failure may be the sandbox's own making ({', '.join(broken.signs)}): {ALLOW}"
    if not broken.versions:
        yield from _nothing_installed(broken)
        return
    same = [one for one in attempts if one.same]
    if same:
        yield from _everywhere(broken, same)
    others = [one for one in attempts if not one.same and one.stage == "run"]
    if others:
        yield f"elsewhere it fails in another way, with {told(others[0])} for one: {others[0].says}"
    if any(one.verdict is Verdict.PASSES for one in attempts):
        yield "what worked in a trial was not confirmed when it was run again: see the map"
    if not attempts:
        yield "there is nothing to move: no newer release, and no other lock on any earlier day"
    if not broken.signs:
        yield LOOK


def _everywhere(broken: Broken, same: Sequence[Attempt]) -> Iterator[str]:
    lacking = _is_lacking(broken)
    guess = "" if broken.signs or lacking else "probably not a dependency: "
    yield f"{guess}the same failure also occurs with {_extremes(same)}"
    if lacking:
        yield ADD


def _is_lacking(broken: Broken) -> bool:
    """Whether a module is missing: no release of what is there need ever have brought it."""
    note = broken.search.trials.note(broken.lock)
    return note is not None and note.says.startswith("ModuleNotFoundError")


def _nothing_installed(broken: Broken) -> Iterator[str]:
    note = broken.search.trials.note(broken.lock)
    stage = note.stage if note else "resolve"
    yield f"the environment cannot be made ({stage}), on no earlier day either"
    yield "try another interpreter (--python X.Y), or install what the build asks for"


def _extremes(same: Sequence[Attempt]) -> str:
    """Name the environment that was moved most, and the earliest day: they say most."""
    moved = [one for one in same if one.as_of is None]
    dated = [one for one in same if one.as_of is not None]
    far = max(moved, key=lambda one: len(one.changes), default=None)
    early = min(dated, key=lambda one: str(one.as_of), default=None)
    return " and ".join(told(one) for one in (far, early) if one)
