"""Find the smallest dependency change that makes a failing command work, and prove it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixproof.model.findings import Hunk
    from fixproof.model.repairs import Change, Repair, Way


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from fixproof.cli.drift_options import add_project
    from fixproof.cli.options import add_shared

    add_project(parser)
    parser.add_argument("--as-of", metavar="DATE", help="take packages as of this day (now)")
    parser.add_argument(
        "--backport", action="store_true", help="look for the lines of an upgrade that mend it, too"
    )
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
    from fixproof.cli.drift_options import declares, project_of, unseen, wish_of
    from fixproof.cli.fix_write import check_writable, written
    from fixproof.cli.options import moment
    from fixproof.cli.wiring import edges
    from fixproof.workflows.fix import Aim, find_fix

    project = project_of(args)
    if args.write:
        check_writable(project)
    with edges(
        quiet=args.json or args.quiet, title="fix", serial=args.serial, offline=args.offline
    ) as world:
        day = moment(args.as_of, at="--as-of")
        aim = Aim(as_of=day, quick=args.quick, backport=args.backport)
        wish = wish_of(args, project, world, locked=day is None)
        with advice(args.cases, offline=args.offline) as known:
            found = find_fix(world, wish, aim, declares(world), advice=known)
    if not found.verified:
        found = replace(found, notes=(*found.notes, *unseen(found.failure, args.env)))
    if args.write and found.verified:
        found = written(found, project, args.files)
    if args.json:
        print_json(found)
    else:
        print_repair(found)
    done = found.verified and (found.written or not args.write)
    return 0 if done else 1


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
        _print_way(way)
    if not found.verified:
        _print_map(found)
    for sentence in (*found.tried, *found.notes):
        print(f"note: {sentence}")
    for file in found.written:
        print(f"written: {file}")
    print(f"{found.probes} probes, {found.seconds:.1f} s")


def _print_way(way: "Way") -> None:
    from fixproof.workflows.fix_report import caution

    proof = "also works with" if way.verified else "may work with"
    if way.hunks:
        print(f"{proof} {way.patched} patched, as a last resort")
        print("\n".join(line for hunk in way.hunks for line in _patch(hunk)))
        return
    print(f"{proof} ({way.kind})\n  " + "\n  ".join(way.requirement_lines))
    for one in way.blemishes:
        print(f"  but {caution(one)}")


def _patch(hunk: "Hunk") -> list[str]:
    return [f"  {hunk.file}, {hunk.function}", *(f"    {line}" for line in hunk.diff.splitlines())]


def _print_map(found: "Repair") -> None:
    """Print every environment that was tried, those that showed the same together."""
    from fixproof.cli.answer import MARK, one_line
    from fixproof.workflows.fix_map import by_outcome

    for (verdict, says), names in by_outcome(found.attempts).items():
        print(f"  {MARK[verdict]} {one_line(says) or verdict}")
        print("\n".join(f"      {name}" for name in names))


def _told(changes: "Sequence[Change]") -> str:
    return ", ".join(f"{c.package} {c.from_ or 'absent'} -> {c.to or 'absent'}" for c in changes)
