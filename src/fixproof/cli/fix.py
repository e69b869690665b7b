"""Find the smallest dependency change that makes a failing command work, and prove it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixproof.capture.project import Project
    from fixproof.model.repairs import Change, Repair


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from fixproof.cli.drift_options import add_project
    from fixproof.cli.options import add_shared

    add_project(parser)
    parser.add_argument("--as-of", metavar="DATE", help="take packages as of this day (now)")
    parser.add_argument("--quick", action="store_true", help="stop at the first way that works")
    parser.add_argument(
        "--write", action="store_true", help="write the change into the requirement files"
    )
    parser.add_argument("--cases", type=Path, metavar="DIR", help="folder of known cases (cases)")
    add_shared(parser)


def run(args: argparse.Namespace) -> int:
    """Find a change and print it; 1 where none was found."""
    from dataclasses import replace

    from fixproof.cli.advice import advice
    from fixproof.cli.answer import print_json
    from fixproof.cli.drift_options import declares, project_of, wish_of
    from fixproof.cli.options import moment
    from fixproof.cli.wiring import edges
    from fixproof.workflows.fix import find_fix

    project = project_of(args)
    with edges(
        quiet=args.json or args.quiet, title="fix", serial=args.serial, offline=args.offline
    ) as world:
        day = moment(args.as_of, at="--as-of")
        wish = wish_of(args, project, world, locked=day is None)
        with advice(args.cases, offline=args.offline) as known:
            found = find_fix(world, wish, day, declares(world), quick=args.quick, advice=known)
    if args.write and found.verified:
        found = replace(found, written=_write(project, found.requirement_lines))
    if args.json:
        print_json(found)
    else:
        print_repair(found)
    return 0 if found.verified else 1


def print_repair(found: "Repair") -> None:
    """Print what to change, what else works, and what was seen."""
    if found.failure:
        print(f"fails with {found.failure.says}")
    if found.known:
        print(f"known as {found.known}")
    if found.verified:
        print("works with\n  " + "\n  ".join(found.requirement_lines))
        print("changes " + _told(found.changes))
    for way in found.alternatives:
        proof = "also works with" if way.verified else "may work with"
        print(f"{proof} ({way.kind})\n  " + "\n  ".join(way.requirement_lines))
    for sentence in (*found.tried, *found.notes):
        print(f"note: {sentence}")
    for file in found.written:
        print(f"written: {file}")
    print(f"{found.probes} probes, {found.seconds:.1f} s")


def _told(changes: "Sequence[Change]") -> str:
    return ", ".join(f"{c.package} {c.from_ or 'absent'} -> {c.to or 'absent'}" for c in changes)


def _write(project: "Project", lines: "Sequence[str]") -> tuple[str, ...]:
    """Edit the requirement files.

    Raises InputError where the project keeps its requirements elsewhere.
    """
    from fixproof.capture.requirements import edited
    from fixproof.model.errors import InputError

    plain = [line for line in lines if ":" not in line.partition(";")[0]]
    if not project.listed.entries or len(plain) < len(lines):
        raise InputError(
            "--write edits requirement files only", hint="apply these lines: " + ", ".join(lines)
        )
    contents = edited(project.listed, plain)
    for file, text in contents.items():
        file.write_text(text, encoding="utf-8")
    return tuple(str(file) for file in contents)
