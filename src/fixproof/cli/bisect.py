"""Find by execution which release of a package introduced a failure and which fixed it."""

import argparse
from pathlib import Path

from fixproof.model.errors import InputError
from fixproof.model.findings import Bisection


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from fixproof.cli.options import add_shared

    parser.add_argument("script", type=Path, metavar="REPRO", help="the reproduction, a script")
    parser.add_argument("-p", "--package", required=True, help="the package whose releases to try")
    parser.add_argument("--bad", metavar="V", help="a release that shows the failure (the newest)")
    parser.add_argument("--good", metavar="V", help="a release that does not")
    parser.add_argument("--python", metavar="X.Y", help="the interpreter to run with")
    parser.add_argument(
        "--with",
        dest="requirements",
        action="append",
        default=[],
        metavar="REQ",
        help="a further requirement; {version} in it stands for the release",
    )
    parser.add_argument("--as-of", metavar="DATE", help="take other packages as of this day")
    parser.add_argument(
        "--expect", help="a fixed run: exit:N, exception:TYPE or a regular expression of its output"
    )
    parser.add_argument("--pre", action="store_true", help="try pre-releases too")
    parser.add_argument("--all", action="store_true", help="try every release")
    parser.add_argument(
        "--picture",
        type=Path,
        metavar="FILE.svg",
        help="try every release, and draw the map of what they do",
    )
    parser.add_argument("--isolate", action="store_true", help="find the change that fixed it, too")
    add_shared(parser)


def run(args: argparse.Namespace) -> int:
    """Bisect and print what was found; 1 where no fixed release was found."""
    from fixproof.cli.answer import print_bisection, print_json
    from fixproof.cli.asking import question_of
    from fixproof.cli.wiring import edges
    from fixproof.workflows.bisect import bisect

    args.all = args.all or args.picture is not None
    question = question_of(args)
    with edges(
        quiet=args.json or args.quiet,
        title=f"bisect {question.package}",
        serial=args.serial,
        offline=args.offline,
    ) as world:
        found = bisect(world, question)
    if args.picture:
        _draw(found, args.picture)
    if args.json:
        print_json(found)
    else:
        print_bisection(found)
    return 0 if found.first_fixed or found.culprit else 1


def _draw(found: Bisection, file: Path) -> None:
    from fixproof.pages.picture import picture

    try:
        file.write_text(picture(found), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", at=str(file)) from error
