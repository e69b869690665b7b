"""Bisect real issues and compare with the truth: `python -m benchmarks.truth CASES [--json]`.

Every folder of CASES holds a reproduction `mre.py` and a `case.json` that names the package, a
bad version, the interpreter, the date and what is known to be true. `bisect` is run as a user
would run it, through the command line.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

COMPARED = ("introduced", "last_bad", "first_fixed", "also_fixed")


@dataclass
class Row:
    """One case: what was found beside what is true."""

    id: str
    found: dict[str, Any] = field(default_factory=dict)
    truth: dict[str, Any] = field(default_factory=dict)
    exact: dict[str, bool] = field(default_factory=dict)
    culprit: str = ""
    probes: int = 0
    seconds: float = 0.0
    error: str = ""


def main() -> int:
    """Run all cases, or those named by --only, and print a row each and the shares exact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--only", action="append", default=[], help="a case's folder name")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    folders = [p for p in sorted(args.cases.iterdir()) if (p / "case.json").is_file()]
    rows = []
    for folder in folders:
        if not args.only or folder.name in args.only:
            rows.append(measure(folder))
            if not args.json:
                print(line(rows[-1]), flush=True)
    shares = {key: share(rows, key) for key in (*COMPARED, "culprit")}
    if args.json:
        print(json.dumps({"rows": [asdict(r) for r in rows], "exact": shares}, indent=1))
    else:
        print("exact: " + ", ".join(f"{key} {value}" for key, value in shares.items()))
    return 0 if all(all(r.exact.values()) for r in rows) else 1


def measure(folder: Path) -> Row:
    """Bisect one case, and where the issue blames another package, that one too."""
    case = json.loads((folder / "case.json").read_text())
    began = time.monotonic()
    document, error = bisect(folder, case, case["culprit_package"], case["truth"]["last_bad"])
    row = Row(id=folder.name, truth=case["truth"], error=error)
    row.seconds = round(time.monotonic() - began, 1)
    row.found = {key: document.get(key) for key in COMPARED}
    row.probes = document.get("probes", 0)
    row.exact = {key: matches(case["truth"].get(key), document.get(key)) for key in COMPARED}
    if case["package"].lower() != case["culprit_package"].lower():
        blamed, error = bisect(folder, case, case["package"], None)
        row.error = row.error or error
        row.culprit = (blamed.get("culprit") or {}).get("package", "")
        row.exact["culprit"] = row.culprit.lower() == case["culprit_package"].lower()
    return row


def bisect(
    folder: Path, case: dict[str, Any], package: str, bad: str | None
) -> tuple[dict[str, Any], str]:
    """Call the command line and read its document."""
    words = [sys.executable, "-m", "fixproof", "bisect", "mre.py", "-p", package, "--json"]
    words += ["--python", case["python"]]
    words += ["--bad", bad] if bad else ["--with", case["culprit_package"]]
    date = case["exclude_newer"] if bad else case["opened"]  # a wrong blame: the day of the report
    words += ["--as-of", date] if date else []
    for requirement in case["with"]:
        words += ["--with", requirement]
    if case.get("timeout_seconds"):
        words += ["--timeout", str(case["timeout_seconds"])]
    words += ["--", *case["command"].split()] if case.get("command") else []
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    try:
        document: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        return {}, done.stderr.strip()[-300:]
    return document, ""


def matches(true: object, found: object) -> bool:
    """Compare one field; a truth that was not established (null) cannot be missed."""
    if true is None:
        return True
    if isinstance(true, list) and isinstance(found, list):
        return set(true) <= set(found) if true else not found
    return true == found


def share(rows: list[Row], key: str) -> str:
    """Count how many cases are exact."""
    judged = [r for r in rows if key in r.exact]
    return f"{sum(r.exact[key] for r in judged)}/{len(judged)}"


def line(row: Row) -> str:
    """Show one case."""
    wrong = [key for key, right in row.exact.items() if not right]
    said = f"{row.found.get('introduced')} .. {row.found.get('last_bad')} | "
    said += f"{row.found.get('first_fixed')} {row.found.get('also_fixed') or ''} {row.culprit}"
    verdict = "exact" if not wrong else f"WRONG {wrong} truth {row.truth}"
    return (
        f"{row.id:<18} {said:<50} {row.probes:>3} probes {row.seconds:>6} s  {verdict} {row.error}"
    )


if __name__ == "__main__":
    sys.exit(main())
