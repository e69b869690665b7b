"""Drift and fix on real cases beside the truth: `python -m benchmarks.drift CASES [--json]`.

Every folder of CASES holds `requirements.txt`, `prog.py` and a `case.json` with two dates, an
interpreter and what is known to be true. Both verbs are run as a user would run them, through
the command line, in a copy of the folder.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 1800  # seconds for one call
SHOWN = ("requirements.txt", "prog.py")


@dataclass
class Row:
    """One case: what both verbs found beside what is true."""

    id: str
    truth: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    remedy: list[str] = field(default_factory=list)
    right: bool = False
    all_right: bool = False
    verified: bool = False
    probes: int = 0
    seconds: float = 0.0
    fix_lines: list[str] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)
    fix_verified: bool = False
    fix_equal: bool = False
    fix_probes: int = 0
    fix_seconds: float = 0.0
    errors: list[str] = field(default_factory=list)


def main() -> int:
    """Run all cases, or those named by --only; 0 when every answer is right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--only", action="append", default=[], help="a case's folder name")
    parser.add_argument("--no-fix", action="store_true", help="measure drift alone")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    folders = [p for p in sorted(args.cases.iterdir()) if (p / "case.json").is_file()]
    rows = []
    for folder in folders:
        if not args.only or folder.name in args.only:
            rows.append(measure(folder, with_fix=not args.no_fix))
            if not args.json:
                print(line(rows[-1]), flush=True)
    if args.json:
        print(json.dumps({"rows": [asdict(r) for r in rows], "sum": summed(rows)}, indent=1))
    else:
        print(summed(rows))
    done = all(r.right and (args.no_fix or r.fix_equal) for r in rows)
    return 0 if done else 1


def measure(folder: Path, *, with_fix: bool) -> Row:
    """Run both verbs on one case."""
    case = json.loads((folder / "case.json").read_text())
    row = Row(id=folder.name, truth=true_culprits(case), recorded=list(case["remedies"]))
    with tempfile.TemporaryDirectory() as room:
        for name in SHOWN:
            shutil.copy(folder / name, room)
        drift, row.seconds = call(
            ["drift", "--good", case["good_date"], "--bad", case["bad_date"]], case, room, row
        )
        judge_drift(row, drift)
        if with_fix:
            fix, row.fix_seconds = call(["fix", "--as-of", case["bad_date"]], case, room, row)
            judge_fix(row, fix, case)
    return row


def call(
    words: list[str], case: dict[str, Any], room: str, row: Row
) -> tuple[dict[str, Any], float]:
    """Start one verb and read its document."""
    command = [sys.executable, "-m", "fixproof.cli.main", *words]
    command += ["-r", "requirements.txt", "--python", case["python"], "--json"]
    began = time.monotonic()
    try:
        ended = subprocess.run(
            [*command, "--", "python", "prog.py"],
            cwd=room,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        row.errors.append(f"{words[0]}: no answer within {PATIENCE} s")
        return {}, time.monotonic() - began
    seconds = time.monotonic() - began
    try:
        return json.loads(ended.stdout), seconds
    except ValueError:
        row.errors.append(f"{words[0]}: {ended.stderr.strip()[-300:]}")
        return {}, seconds


def true_culprits(case: dict[str, Any]) -> list[str]:
    """List the breakers in the order in which they broke the command."""
    breakers = [case["truth"], *case.get("further_breakers", [])]
    return [f"{b['package']} {b['version']}" for b in breakers]


def judge_drift(row: Row, found: dict[str, Any]) -> None:
    """Compare the culprits: the first one, and all of them."""
    row.found = [f"{c['package']} {c['to']}" for c in found.get("culprits", [])]
    row.right = row.found[:1] == row.truth[:1]
    row.all_right = row.found == row.truth
    row.verified = bool(found.get("verified"))
    row.remedy = found.get("remedy", [])
    row.probes = found.get("probes", 0)


def judge_fix(row: Row, found: dict[str, Any], case: dict[str, Any]) -> None:
    """Compare a verified change with the shortest recorded one."""
    row.fix_lines = found.get("requirement_lines", [])
    row.fix_verified = bool(found.get("verified"))
    row.fix_probes = found.get("probes", 0)
    shortest = min((len(r.splitlines()) for r in case["remedies"]), default=99)
    row.fix_equal = row.fix_verified and 0 < len(row.fix_lines) <= shortest


def line(row: Row) -> str:
    """Write one case in short."""
    marks = "".join(
        "+" if ok else "-" for ok in (row.right, row.all_right, row.verified, row.fix_equal)
    )
    head = f"{marks} {row.id:<28} {row.probes:>3} probes {row.seconds:6.1f} s"
    drift = f"{', '.join(row.found)} | {' '.join(row.remedy)}"
    fix = f"fix {row.fix_probes} probes {row.fix_seconds:.1f} s: {' '.join(row.fix_lines)}"
    wrong = "" if row.all_right else f"\n     truth: {', '.join(row.truth)}"
    errors = "".join(f"\n     {e}" for e in row.errors)
    return f"{head}  {drift}\n     {fix}{wrong}{errors}"


def summed(rows: list[Row]) -> str:
    """Write the shares and medians."""
    count = len(rows)
    if not count:
        return "no case"
    return (
        f"first culprit {sum(r.right for r in rows)}/{count}"
        f", all culprits {sum(r.all_right for r in rows)}/{count}"
        f", drift verified {sum(r.verified for r in rows)}/{count}"
        f", median probes {statistics.median(r.probes for r in rows)}"
        f", median seconds {statistics.median(r.seconds for r in rows):.1f}"
        f"; fix verified {sum(r.fix_verified for r in rows)}/{count}"
        f", as short as recorded {sum(r.fix_equal for r in rows)}/{count}"
        f", median probes {statistics.median(r.fix_probes for r in rows)}"
    )


if __name__ == "__main__":
    sys.exit(main())
