"""Recognise a traceback, a log or a failing command. No experiment is run."""

import argparse
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fixproof.model.failures import Failure
    from fixproof.workflows.explain import Explanation, Found


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", nargs="?", default="-", help="a text; - is standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON document, nothing else")
    parser.add_argument("--cases", type=Path, metavar="DIR", help="folder of cases (cases)")
    parser.add_argument(
        "--import",
        dest="imports",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.jsonl",
        help="add reported issues to the index: id, title, text, package a line",
    )
    parser.add_argument(
        "--environment", type=Path, metavar="DIR", help="the environment in use (.venv)"
    )
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="so many matches (10)")


def run(args: argparse.Namespace) -> int:
    """Explain, or import only where nothing is there to explain."""
    gc.disable()  # a short process: looking for garbage among imports takes longer than it saves
    from fixproof.cli.known import open_index
    from fixproof.workflows.explain import explain

    index = open_index(args.cases, args.imports)
    with index:
        if args.imports and args.file == "-" and not args.command and sys.stdin.isatty():
            return 0
        failure, returned = _failure(args)
        if failure is None:
            print("the command succeeded: nothing to explain", file=sys.stderr)
            return 0
        found = explain(failure, index, _installed(args.environment), args.limit)
    if args.json:
        _print_json(found, returned)
    else:
        _print(found, returned)
    return 0


def _failure(args: argparse.Namespace) -> "tuple[Failure | None, int | None]":
    """Read what was said: a file, standard input, or what a command prints."""
    from fixproof.capture.text import read_file, read_stream
    from fixproof.workflows.explain import read_failure

    if args.command:
        from fixproof.capture.shown import run_shown
        from fixproof.signature import failure_of

        ending = run_shown(args.command)
        code = ending.exit_code if ending.exit_code is not None else -(ending.signal or 0)
        return failure_of(ending), code
    if args.file == "-":
        return read_failure(read_stream(sys.stdin.buffer)), None
    return read_failure(read_file(Path(args.file))), None


def _installed(chosen: Path | None) -> dict[str, str]:
    import os

    from fixproof.capture.installed import installed

    root = chosen or Path(os.environ.get("VIRTUAL_ENV") or ".venv")
    return dict(installed(root)) if root.is_dir() else {}


def _print_json(found: "Explanation", returned: int | None) -> None:
    import json
    from dataclasses import asdict

    document = asdict(found)
    if returned is not None:
        document["command"] = {"exit": returned}
    print(json.dumps(document, indent=2))


def _print(found: "Explanation", returned: int | None) -> None:
    if returned is not None:
        print(f"the command returned {returned}")
    _print_failure(found)
    print()
    for one in found.matches:
        _print_match(one)
    if not found.matches:
        print(f"nothing known: compared with {found.compared} known failures")
        for one in found.weaker:
            print(f"  perhaps {one.score:.2f}  {one.case}  {one.title}")


def _print_failure(found: "Explanation") -> None:
    failure = found.failure
    print(f"{failure.kind}: {failure.search}")
    if failure.root is None or failure.surfaced is None:
        return
    if failure.root != failure.surfaced:
        print(f"  surfaced as {failure.surfaced.type}")
    for frame in failure.root.frames[-5:]:
        print(f"  in {frame}")


def _print_match(one: "Found") -> None:
    print(f"{one.score:.2f}  {one.case}  {one.title}  ({one.status})")
    print(f"      because  {one.reason}")
    if one.affected is not None:
        answer = "affected" if one.affected else "not affected"
        print(f"      yours    {one.package} {one.installed}: {answer}")
    if one.fix:
        print(f"      fix      {one.fix}")
    if one.url:
        print(f"      see      {one.url}")
