"""Name the upload that broke a command which worked before, and the line that holds it back."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fixproof.model.repairs import Broke, Drift
    from fixproof.workflows.ask import Edges


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from fixproof.cli.drift_options import add_project
    from fixproof.cli.options import add_shared

    parser.add_argument(
        "--good",
        metavar="WHEN",
        help="where it worked: a day, a lock file, REVISION:FILE (default: walk back)",
    )
    parser.add_argument(
        "--bad", metavar="WHEN", help="where it failed: the same kinds (default: now)"
    )
    parser.add_argument(
        "--heals", action="store_true", help="look also for the upload since which it works again"
    )
    add_project(parser)
    add_shared(parser)


def run(args: argparse.Namespace) -> int:
    """Find the upload and print it."""
    from fixproof.cli.answer import print_json
    from fixproof.cli.wiring import edges

    with edges(
        quiet=args.json or args.quiet, title="drift", serial=args.serial, offline=args.offline
    ) as world:
        found = _find(args, world)
    if args.json:
        print_json(found)
    else:
        print_drift(found)
    return 0


def _find(args: argparse.Namespace, world: "Edges") -> "Drift":
    """Search between two dates, or between two locks."""
    from fixproof.cli.drift_options import declares, locked_ends, project_of, wish_of
    from fixproof.cli.options import moment
    from fixproof.workflows.drift import Between, find_drift
    from fixproof.workflows.drift_between import find_between

    if ends := locked_ends(args):
        return find_between(world, wish_of(args, None, world), *ends, declares(world))
    now = world.clock.now()
    between = Between(
        good=moment(args.good, at="--good"),
        bad=moment(args.bad, at="--bad") or now,
        until=now if args.heals and args.bad else None,
    )
    return find_drift(world, wish_of(args, project_of(args), world), between, declares(world))


def print_drift(found: "Drift") -> None:
    """Print each culprit and what to write."""
    for number, one in enumerate(found.culprits, 1):
        print("\n".join(_lines(number, one)))
    if found.remedy:
        proof = "works with" if found.verified else "works, not all swaps proven, with"
        print(f"{proof}\n  " + "\n  ".join(found.remedy))
    for sentence in found.open:
        print(f"open: {sentence}")
    for sentence in found.notes:
        print(f"note: {sentence}")
    print(f"{found.probes} probes, {found.locks} distinct locks, {found.seconds:.1f} s")


def _lines(number: int, one: "Broke") -> list[str]:
    when = one.uploaded.strftime("%Y-%m-%d %H:%M:%S UTC") if one.uploaded else "at an unknown time"
    lines = [f"{number}. {one.package} {one.from_ or 'absent'} -> {one.to}, uploaded {when}"]
    if one.where == "build":
        lines.append("   takes part in building only: no lock file names it")
    if one.admitted_by:
        lines.append(f"   let in by {one.admitted_by}")
    if one.gates:
        lines.append("   after " + ", ".join(f"{g.package} {g.from_} -> {g.to}" for g in one.gates))
    if one.also_changed:
        lines.append(f"   changes {len(one.also_changed)} more lines of the lock")
    if one.failure:
        today = ", what you see at the bad end" if one.seen_today else ""
        lines.append(f"   fails with {one.failure.says}{today}")
    return lines
