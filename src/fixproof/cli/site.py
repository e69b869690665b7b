"""Build the pages of all cases as files that any web server, or none, can show."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fixproof.pages.page import CasePage


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = verbs.add_parser("build", help="write the pages into a folder")
    build.add_argument("target", type=Path, metavar="DIR", help="the folder to write into")
    build.add_argument(
        "--cases", type=Path, default=Path("cases"), metavar="DIR", help="where the cases are"
    )
    build.add_argument("--json", action="store_true", help="print one JSON document, nothing else")


def run(args: argparse.Namespace) -> int:
    """Build the site and say where it starts."""
    from fixproof.cli.answer import print_json
    from fixproof.model.errors import NothingCheckedError
    from fixproof.workflows.site import FRONT, build

    pages = [page_at(folder) for folder in case_folders(args.cases)]
    if not pages:
        raise NothingCheckedError(
            "no case found", at=str(args.cases), hint="name the folder that holds cases"
        )
    built = build(pages, writer(args.target))
    if args.json:
        print_json(built)
    else:
        share = f"{built.proven} of {built.pages} with evidence"
        print(f"{built.pages} pages, {share}, {built.files} files: {args.target / FRONT}")
    return 0


def case_folders(root: Path) -> tuple[Path, ...]:
    """List the folders below `root` that hold a case.

    Raises InputError where there is no such folder.
    """
    from fixproof.library.cases import FILE
    from fixproof.model.errors import InputError

    if not root.is_dir():
        hint = "name the folder that holds cases: --cases DIR"
        raise InputError("no such folder", at=str(root), hint=hint)
    return tuple(path.parent for path in sorted(root.rglob(FILE)))


def page_at(folder: Path) -> "CasePage":
    """Read a case with its evidence and its scripts.

    Raises InputError where the case claims what its evidence does not show: a page must not.
    """
    from fixproof.library.cases import read_case
    from fixproof.library.evidence import check_case, read_evidence, scripts_of
    from fixproof.model.errors import InputError
    from fixproof.workflows.site import page_of

    case = read_case(folder)
    if faults := check_case(folder):
        hint = f"prove it again: fixproof prove {folder}"
        raise InputError(
            f"the case and its evidence disagree: {faults[0]}", at=str(folder), hint=hint
        )
    # Commands on the page name the folder as in the repository, not as on this machine.
    shown = f"cases/pypi/{case.id}"
    return page_of(case, read_evidence(folder, case), scripts_of(folder, case), folder=shown)


def writer(target: Path) -> Callable[[str, str], None]:
    """Make the function that writes a file of the site.

    Raises PreparationError where the disk refuses.
    """
    from fixproof.model.errors import PreparationError

    def write(path: str, text: str) -> None:
        file = target / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        except OSError as error:
            reason = error.strerror or type(error).__name__
            hint = "free some space, or name another folder"
            raise PreparationError(
                f"cannot be written: {reason}", at=str(file), hint=hint
            ) from error

    return write
