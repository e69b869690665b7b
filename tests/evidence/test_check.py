"""A sound case checks clean; whoever edits either side is found out."""

import contextlib
import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixproof.evidence.check import check
from fixproof.evidence.pretty import pretty
from fixproof.evidence.statement import OURS, Statement, essence, read, spell
from fixproof.model.cases import Case, FixOption, OptionKind, Status
from fixproof.model.errors import InputError
from fixproof.model.findings import Culprit, Trigger
from fixproof.model.outcomes import Verdict
from tests.support_proof import BAD, CASE, CLEAN, SCRIPTS, digests, proven, runs, statement

MADE = statement()
DATA = spell(MADE)
PROVEN = proven(DATA, MADE)
DOCUMENT = json.loads(DATA)

# What no record can show; only the digest in case.toml holds it.
BEYOND = {
    "proof.proved",
    "proof.tool",
    "proof.bisection.seconds",
    "proof.bisection.probes",
    "proof.bisection.isolation.probes",
    "proof.bisection.isolation.hunks_total",
    "proof.bisection.isolation.hunks.function",
    "proof.bisection.isolation.hunks.diff",
    "proof.bisection.outcomes.reason",  # of a release that no environment could be had for
}

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        if isinstance(item, dict | list):
            yield from leaves(item, (*path, key))
        else:
            yield (*path, key)


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str) and "T12:30" in value:
        return value.replace("T12", "T11")
    return f"{value}x" if value is None or not value[-1:].isdigit() else f"{value[:-1]}x"


def mutated(path: Path) -> bytes:
    document = copy.deepcopy(DOCUMENT)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = changed(inner[path[-1]])
    return pretty(document)


def covered_up(data: bytes) -> tuple[Case, bytes]:
    """A forger's next steps: envelope and digest are made to fit the change."""
    with contextlib.suppress(InputError):
        data = spell(read(data))
    digest = hashlib.sha256(data).hexdigest()
    return replace(PROVEN, summary=replace(PROVEN.summary, digest=digest)), data


def name_of(path: Path) -> str:
    return ".".join(str(key) for key in path[2:] if isinstance(key, str))


LEAVES = list(leaves(DOCUMENT))
OURS_ALL = [p for p in LEAVES if p[1:2] == (OURS,)]
STATED = [p for p in OURS_ALL if p[2] in {"proof", "grounds"}]
DERIVED = [p for p in OURS_ALL if name_of(p) not in BEYOND]
ENVELOPE = [p for p in LEAVES if p not in set(OURS_ALL)]


def test_a_sound_case_has_no_problem() -> None:
    assert check(PROVEN, DATA, SCRIPTS) == ()
    assert PROVEN.status is Status.PROVEN


def test_reading_a_statement_gives_back_what_was_written() -> None:
    again = read(DATA)

    assert again.proof == MADE.proof
    assert again.records == MADE.records
    assert spell(again) == DATA


@settings(deadline=None)
@given(st.sampled_from(LEAVES))
def test_no_leaf_of_the_statement_can_be_edited(path: Path) -> None:
    assert check(PROVEN, mutated(path), SCRIPTS) != ()


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(DERIVED))
def test_no_derived_leaf_can_be_edited_even_with_digest_and_envelope_made_to_fit(
    path: Path,
) -> None:
    case, data = covered_up(mutated(path))

    assert check(case, data, SCRIPTS) != ()


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(ENVELOPE))
def test_the_envelope_says_nothing_that_the_proof_does_not(path: Path) -> None:
    data = mutated(path)
    digest = hashlib.sha256(data).hexdigest()
    case = replace(PROVEN, summary=replace(PROVEN.summary, digest=digest))

    assert check(case, data, SCRIPTS) != ()


@pytest.mark.slow
def test_no_stated_claim_can_be_edited_with_digest_and_envelope_made_to_fit() -> None:
    """The same over every claim; what is let through is what no record can show."""
    missed = {name_of(p) for p in STATED if not check(*covered_up(mutated(p)), SCRIPTS)}

    assert missed <= BEYOND


@pytest.mark.parametrize(
    "change",
    [
        {"introduced": "1.0"},
        {"introduced": None},
        {"last_bad": "1.2"},
        {"first_fixed": "1.4"},
        {"also_fixed": ()},
        {"also_fixed": ("1.2.1", "1.2.2")},
        {"recommended": "1.5"},
        {"digest": "0" * 64},
        {"digest": ""},
    ],
)
def test_the_summary_in_case_toml_cannot_be_edited(change: dict[str, Any]) -> None:
    case = replace(PROVEN, summary=replace(PROVEN.summary, **change))

    assert any("summary" in problem for problem in check(case, DATA, SCRIPTS))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"status": Status.BISECTED}, "status"),
        ({"id": "demo/8"}, "id"),
        ({"package": "other"}, "package"),
        ({"bad": "1.1"}, "bad"),
        ({"expect": "exit:0"}, "expect"),
        ({"options": CASE.options[:2]}, "case.toml does not name it"),
    ],
)
def test_what_was_asked_cannot_be_edited(change: dict[str, Any], says: str) -> None:
    problems = check(replace(PROVEN, **change), DATA, SCRIPTS)

    assert any(says in problem for problem in problems)


def test_an_option_that_was_never_run_is_a_problem() -> None:
    new = FixOption(id="new", kind=OptionKind.UPGRADE, title="New", when="-", when_not="-")
    problems = check(replace(PROVEN, options=(*PROVEN.options, new)), DATA, SCRIPTS)

    assert "options: new: it was not run" in problems


def test_an_option_that_asks_for_something_else_now_is_a_problem() -> None:
    upgrade = replace(PROVEN.options[0], requirement="demo>=3")
    problems = check(replace(PROVEN, options=(upgrade, *PROVEN.options[1:])), DATA, SCRIPTS)

    assert "options: upgrade: a run had demo 2.0, which demo>=3 does not allow" in problems


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_a_script_cannot_be_edited(name: str) -> None:
    edited = {**SCRIPTS, name: SCRIPTS[name] + b"#\n"}

    assert check(PROVEN, DATA, edited) == (f"{name}: it is not the file that was run",)
    del edited[name]
    assert check(PROVEN, DATA, edited) == (f"{name}: it is not the file that was run",)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b'{"_type": "x"}', b"\xff", b"[" * 10**5, DATA[:-100]]
)
def test_what_is_no_statement_is_a_problem_and_no_crash(data: bytes) -> None:
    problems = check(PROVEN, data, SCRIPTS)

    assert any("evidence/proof.json" in problem for problem in problems)


def with_bisection(**change: Any) -> tuple[Case, bytes]:
    found = replace(MADE.proof.bisection, **change)
    forged = Statement(
        proof=replace(MADE.proof, bisection=found), grounds=MADE.grounds, records=MADE.records
    )
    return covered_up(spell(forged))


def test_a_row_cannot_borrow_the_runs_of_another_release() -> None:
    rows = list(MADE.proof.bisection.outcomes)
    good = next(n for n, row in enumerate(rows) if row.verdict is Verdict.PASSES)
    bad = next(n for n, row in enumerate(rows) if row.verdict is Verdict.FAILS)
    rows[good] = replace(rows[bad], version=rows[good].version, uploaded=rows[good].uploaded)
    problems = check(*with_bisection(outcomes=tuple(rows)), SCRIPTS)

    version = rows[good].version
    assert f"outcomes: {version}: its runs had another release: {rows[bad].version}" in problems


def test_a_run_cannot_be_counted_twice() -> None:
    rows = list(MADE.proof.bisection.outcomes)
    n = next(n for n, row in enumerate(rows) if row.records)
    rows[n] = replace(rows[n], records=(*rows[n].records, rows[n].records[0]), runs=4)
    problems = check(*with_bisection(outcomes=tuple(rows)), SCRIPTS)

    assert f"outcomes: {rows[n].version}: counts a run twice" in problems


def test_a_release_cannot_be_left_out_between_the_boundaries() -> None:
    last_bad = MADE.proof.bisection.last_bad
    rows = tuple(r for r in MADE.proof.bisection.outcomes if r.version != last_bad)

    assert any("last_bad" in p for p in check(*with_bisection(outcomes=rows), SCRIPTS))


def test_an_isolation_needs_a_run_of_exactly_its_change() -> None:
    isolation = MADE.proof.bisection.isolation
    assert isolation
    forged = replace(isolation, hunks=isolation.hunks[:1], hunks_needed=1)
    forged = replace(forged, overlay=isolation.overlay[:1])

    problems = check(*with_bisection(isolation=forged), SCRIPTS)
    assert "isolation: no run with the change shows that it is enough" in problems


def test_the_blame_of_another_package_needs_both_runs_of_its_swap() -> None:
    fails, passes = digests(runs(BAD, "ValueError: oops")), digests(runs("2.0", CLEAN))
    both = Culprit(package="other", from_="4.2", to="4.2", records=(*fails, *passes))
    half = replace(both, records=fails)
    moved = Trigger(axis="dependency", name="other", from_="4.1", to="4.2", records=fails)

    assert check(*with_bisection(culprit=both), SCRIPTS) == ()
    assert check(*with_bisection(culprit=half), SCRIPTS) == (
        "culprit: no run with other 4.2 passes",
    )
    assert check(*with_bisection(trigger=moved), SCRIPTS) == (
        "trigger: no run with other 4.1 passes",
    )


def test_what_passes_without_anything_learned_is_not_of_the_essence() -> None:
    later = replace(MADE.proof, proved=None, tool="fixproof 99")
    later = replace(later, bisection=replace(later.bisection, seconds=9, probes=9))
    again = spell(Statement(proof=later, grounds=MADE.grounds, records=MADE.records))
    other = replace(later, bisection=replace(later.bisection, introduced="0.9"))

    assert again != DATA
    assert essence(again) == essence(DATA)
    changed_claim = Statement(proof=other, grounds=MADE.grounds, records=MADE.records)
    assert essence(spell(changed_claim)) != essence(DATA)
