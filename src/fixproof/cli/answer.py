"""Findings as people read them in a terminal, and as one JSON document."""

import sys
from collections.abc import Iterator
from itertools import groupby

from fixproof.evidence.documents import document
from fixproof.model.findings import Bisection, Isolation, Shown
from fixproof.model.outcomes import Verdict

MARK = {
    Verdict.FAILS: "✗",
    Verdict.PASSES: "●",
    Verdict.DIFFERS: "◆",
    Verdict.UNTESTABLE: "-",
}


def print_json(finding: object) -> None:
    """Print one document on standard output."""
    sys.stdout.buffer.write(document(finding) + b"\n")
    sys.stdout.flush()


def print_bisection(found: Bisection) -> None:
    """Print where a failure begins and ends, and what every tried release did."""
    print(f"{found.package}, Python {found.python}")
    if found.target:
        print(f"  fails with     {one_line(found.target.says)}")
    if found.reference:
        print(f"  when fixed     {one_line(found.reference.says)}")
    print()
    for line in _groups(found) if found.behaviours else _rows(found):
        print(line)
    print()
    for line in boundary_lines(found):
        print(line)
    if found.isolation:
        print_isolation(found.isolation)
    print(f"{found.probes} probes, {found.seconds:.1f} s")


def _rows(found: Bisection) -> Iterator[str]:
    for shown in found.outcomes:
        yield f"  {MARK[shown.verdict]} {shown.version:<14} {shown.verdict:<11} {_tells(shown)}"


def _groups(found: Bisection) -> Iterator[str]:
    """Say what releases do, a group in two lines: what, and which; unbroken rows as from .. to."""
    place = {shown.version: n for n, shown in enumerate(found.outcomes)}
    for group in found.behaviours:
        told = "" if group.exit is None else f"exit {group.exit}  "
        kind = f"{group.name:>3} {MARK[group.verdict]} {group.verdict:<11}"
        yield f"{kind} {told}{one_line(group.says)}"
        yield f"      {', '.join(_spans([place[v] for v in group.versions], list(place)))}"


def _spans(places: list[int], versions: list[str]) -> Iterator[str]:
    for _, run in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        members = [versions[place] for _, place in run]
        yield members[0] if len(members) == 1 else f"{members[0]} .. {members[-1]}"


def boundary_lines(found: Bisection) -> list[str]:
    """Name the boundaries, a line each."""
    facts = [
        ("introduced", found.introduced or "not established"),
        ("last bad", found.last_bad),
        ("first fixed", found.first_fixed or "not fixed in any release that could be tried"),
        ("also fixed", ", ".join(found.also_fixed)),
        ("recommended", found.recommended if found.recommended != found.first_fixed else None),
    ]
    lines = [f"{name:<13}{value}" for name, value in facts if value]
    if found.culprit:
        culprit = found.culprit
        lines.append(f"{'culprit':<13}{culprit.package} {culprit.from_} -> {culprit.to}")
    if found.trigger:
        trigger = found.trigger
        lines.append(
            f"{'trigger':<13}{trigger.axis}: {trigger.name} {trigger.from_} -> {trigger.to}"
        )
    lines += [f"{'open':<13}{sentence}" for sentence in found.open]
    return lines + [f"{'note':<13}{sentence}" for sentence in found.notes]


def print_isolation(isolation: Isolation) -> None:
    """Print the changes that flip the outcome."""
    if not isolation.hunks:
        print(f"isolation    none: {isolation.reason}")
        return
    print(f"isolation    {isolation.hunks_needed} of {isolation.hunks_total} changes is enough")
    for hunk in isolation.hunks:
        print(f"  {hunk.file}, {hunk.function}")
        print("\n".join(f"    {line}" for line in hunk.diff.splitlines()))


def _tells(shown: Shown) -> str:
    if shown.verdict is Verdict.UNTESTABLE:
        return one_line(shown.reason)
    return f"exit {shown.exit}  {one_line(shown.says)}"


def one_line(text: str) -> str:
    """Shorten a text to what fits into a line."""
    first = text.strip().splitlines()[0] if text.strip() else ""
    return first if len(first) <= 100 else f"{first[:97]}..."
