"""Ours beside its peers, in one run: `python -m benchmarks.drift_beside --python 3.9 [--peers PY]`.

A program that renders one template with `flask==1.1.4`, worked on 2021-06-01, fails on
2022-07-01. Peers bisect a repository with one commit a day, each day tried with `uv run
--exclude-newer`. PY is a Python that has `git_bisectlib` and `picire` installed. With `--locks
GOOD BAD PROGRAM` two pinned files are reduced as well, beside picire.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

FIRST, LAST = datetime(2021, 6, 1, tzinfo=UTC), datetime(2022, 7, 1, tzinfo=UTC)
REQUIREMENT = "flask==1.1.4"
PROGRAM = """\
from flask import Flask, render_template_string
app = Flask(__name__)
with app.app_context():
    assert render_template_string("<b>{{ n }}</b>", n="x") == "<b>x</b>"
"""
PROBE = """\
#!/bin/sh
echo probe >> "$COUNT"
exec "$UV" run -q --no-project --no-config --no-python-downloads --python "$PROBED" \\
    --exclude-newer "$(cat date)T00:00:00Z" --with "$WITH" python "$PROGRAM"
"""
REDUCE = """\
#!/bin/sh
# $1 holds the lines of the bad lock that are kept
echo probe >> "$COUNT"
"$MIX" - "$GOOD" "$1" > "$1.lock" <<'END'
import sys
name = lambda line: line.partition("==")[0]
good, bad = (open(path).read().split() for path in sys.argv[1:])
print("\\n".join([*(g for g in good if name(g) not in set(map(name, bad))), *bad]))
END
"$UV" run -q --no-project --no-config --no-python-downloads --python "$PROBED" \\
    --with-requirements "$1.lock" python "$PROGRAM" 2> "$1.said"
grep -q "$SAID" "$1.said"
"""


def main() -> int:
    """Run them one after the other and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="3.9", help="the interpreter that is probed")
    parser.add_argument("--probed", required=True, help="path of that interpreter, for the peers")
    parser.add_argument("--peers", help="a Python that has git_bisectlib and picire")
    parser.add_argument("--locks", nargs=3, metavar=("GOOD", "BAD", "PROGRAM"))
    parser.add_argument("--said", default="Error", help="what the failing program says")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        ours_by_date(room, args.python)
        peers_by_date(room, args)
        if args.locks:
            by_locks(room, args)
    return 0


def ours_by_date(room: Path, python: str) -> None:
    """Ours with nothing cached, then with packages cached, then with everything cached."""
    folder = room / "ours"
    folder.mkdir()
    (folder / "prog.py").write_text(PROGRAM)
    (folder / "requirements.txt").write_text(REQUIREMENT + "\n")
    words = ["-r", "requirements.txt", "--good", f"{FIRST:%Y-%m-%d}", "--bad", f"{LAST:%Y-%m-%d}"]
    words += ["--python", python, "--json", "--", "python", "prog.py"]
    cache = room / "cache"
    fixproof("ours, cold", folder, cache, words)
    shutil.rmtree(cache / "records")
    fixproof("ours, warm (every probe run)", folder, cache, words)
    fixproof("ours, again (probes remembered)", folder, cache, words)


def fixproof(label: str, folder: Path, cache: Path, words: list[str]) -> None:
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "fixproof.cli.main", "drift", *words],
        cwd=folder,
        env={**os.environ, "FIXPROOF_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(ended.stdout or "{}")
    answer = ", ".join(f"{c['package']} {c['to']}" for c in found.get("culprits", []))
    report(label, answer or ended.stderr[-200:], found.get("probes", 0), began)


def peers_by_date(room: Path, args: argparse.Namespace) -> None:
    """Ask the same as a bisect over days."""
    folder = room / "days"
    folder.mkdir()
    history(folder)
    (room / "prog.py").write_text(PROGRAM)
    script(room / "probe.sh", PROBE)
    told = surroundings(room, args) | {"WITH": REQUIREMENT, "PROGRAM": str(room / "prog.py")}
    for day in (FIRST, LAST):  # both ends once: what they need is in uv's cache for everybody
        (folder / "date").write_text(f"{day:%Y-%m-%d}")
        subprocess.run([room / "probe.sh"], cwd=folder, env=told, capture_output=True, check=False)
    git(folder, "checkout", "-q", "--", "date")
    bisect("git bisect run over days", folder, told, [str(room / "probe.sh")])
    if args.peers:
        recipe = room / "recipe.py"
        recipe.write_text(f"from bisectlib import test\ntest({str(room / 'probe.sh')!r})\n")
        bisect("git_bisectlib over days", folder, told, [args.peers, str(recipe)])


def surroundings(room: Path, args: argparse.Namespace) -> dict[str, str]:
    from uv import find_uv_bin

    told = {"UV": find_uv_bin(), "PROBED": args.probed, "COUNT": str(room / "count")}
    return {**os.environ, **told, "UV_CACHE_DIR": str(room / "uv"), "MIX": sys.executable}


def history(folder: Path) -> None:
    """Make one commit a day."""
    git(folder, "init", "-q", "-b", "main")
    stream = []
    for number in range((LAST - FIRST).days + 1):
        day = f"{FIRST + timedelta(days=number):%Y-%m-%d}"
        stream.append(f"commit refs/heads/main\ncommitter x <x@x> {1600000000 + number} +0000\n")
        stream.append(f"data 10\n{day}\nM 100644 inline date\ndata 10\n{day}\n")
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=folder, input="".join(stream).encode(), check=True
    )
    git(folder, "reset", "-q", "--hard", "main")


def bisect(label: str, folder: Path, told: dict[str, str], command: list[str]) -> None:
    Path(told["COUNT"]).unlink(missing_ok=True)
    began = time.monotonic()
    git(folder, "bisect", "start", "main", f"main~{(LAST - FIRST).days}")
    said = subprocess.run(
        ["git", "bisect", "run", *command],
        cwd=folder,
        env=told,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    day = next((x.strip() for x in said.splitlines() if x.strip().startswith("202")), "?")
    report(label, f"the day {day}", tries(told), began)
    git(folder, "bisect", "reset")


def by_locks(room: Path, args: argparse.Namespace) -> None:
    """Look for the smallest guilty part of two pinned files."""
    good, bad, program = (Path(path).absolute() for path in args.locks)
    folder = room / "locks"
    folder.mkdir()
    for source, name in ((good, "good.txt"), (bad, "bad.txt"), (program, "prog.py")):
        shutil.copy(source, folder / name)
    words = ["--good", "good.txt", "--bad", "bad.txt", "--python", args.python, "--json"]
    cache = room / "cache"
    for label in ("ours, two locks, cold", "ours, two locks, warm"):
        shutil.rmtree(cache / "records", ignore_errors=True)
        fixproof(label, folder, cache, [*words, "--", "python", "prog.py"])
    if args.peers:
        picire(room, folder, args)


def picire(room: Path, folder: Path, args: argparse.Namespace) -> None:
    told = surroundings(room, args)
    told |= {
        "GOOD": str(folder / "good.txt"),
        "PROGRAM": str(folder / "prog.py"),
        "SAID": args.said,
    }
    Path(told["COUNT"]).unlink(missing_ok=True)
    kept = set((folder / "good.txt").read_text().split())
    changed = [x for x in (folder / "bad.txt").read_text().split() if x not in kept]
    (folder / "lines.txt").write_text("\n".join(changed) + "\n")
    script(room / "reduce.sh", REDUCE)
    command = [args.peers, "-W", "ignore", "-m", "picire", "--input", str(folder / "lines.txt")]
    command += ["--test", str(room / "reduce.sh"), "--atom", "line", "--out", str(room / "out")]
    for label in ("picire, two locks, cold", "picire, two locks, warm"):
        Path(told["COUNT"]).unlink(missing_ok=True)
        began = time.monotonic()
        subprocess.run([*command, "-p", "-j", "2"], env=told, capture_output=True, check=False)
        found = (room / "out" / "lines.txt").read_text().split() if (room / "out").exists() else []
        report(label, ", ".join(found) or "nothing", tries(told), began)


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def tries(told: dict[str, str]) -> int:
    counted = Path(told["COUNT"])
    return len(counted.read_text().splitlines()) if counted.exists() else 0


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True)


def report(label: str, answer: str, probes: int, began: float) -> None:
    print(f"{label:<34} {time.monotonic() - began:6.1f} s {probes:>3} probes  {answer}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
