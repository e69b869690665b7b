"""Prove a case by running it: boundaries, isolated change, fix options, evidence and page."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fixproof.model.findings import Proof
    from fixproof.workflows.prove import Proved


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from fixproof.cli.options import add_shared

    parser.add_argument("cases", nargs="+", type=Path, metavar="CASE", help="a case's folder")
    parser.add_argument(
        "--check",
        action="store_true",
        help="run nothing; check that what the case claims follows from its evidence",
    )
    parser.add_argument("--refresh", action="store_true", help="ask the index for newer releases")
    parser.add_argument("--site", type=Path, metavar="DIR", help="write the page into this folder")
    add_shared(parser)


def run(args: argparse.Namespace) -> int:
    """Prove, or check, every case that was named."""
    if args.check:
        return _check(args)
    documents = [_prove(args, folder) for folder in args.cases]
    if args.json:
        from fixproof.cli.answer import print_json

        print_json(documents[0] if len(documents) == 1 else documents)
    return 0 if all(document["status"] == "proven" for document in documents) else 1


def _check(args: argparse.Namespace) -> int:
    from fixproof.library.evidence import check_case

    problems = {str(folder): check_case(folder) for folder in args.cases}
    if args.json:
        from fixproof.cli.answer import print_json

        print_json({"checked": len(problems), "problems": problems})
    else:
        for folder, found in problems.items():
            print(f"{folder}: {'; '.join(found) if found else 'holds'}")
    return 1 if any(problems.values()) else 0


def _prove(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Prove one case, keep its evidence, write its page, and return the document."""
    from fixproof.cli.options import isolation_of
    from fixproof.cli.wiring import edges
    from fixproof.evidence.statement import Statement
    from fixproof.library.cases import read_case
    from fixproof.library.evidence import scripts_of, write_evidence
    from fixproof.workflows.prove import prove

    case = read_case(folder)
    with edges(
        quiet=args.json or args.quiet,
        title=f"prove {case.id}",
        isolation=isolation_of(args),
        serial=args.serial,
        offline=args.offline,
    ) as world:
        if args.refresh:
            world.index.timeline(case.package, refresh=True)
        proved = prove(world, case, scripts_of(folder, case))
    path = write_evidence(
        folder,
        case,
        Statement(proof=proved.proof, grounds=proved.grounds, records=proved.records),
    )
    page = _page(args.site, folder, case.id)
    if not args.json:
        _tell(proved, path, page)
    return _document(proved.proof, path, page)


def _document(proof: "Proof", evidence: Path, page: Path | None) -> dict[str, Any]:
    from fixproof.evidence.documents import builtins

    document: dict[str, Any] = builtins(proof)
    return {
        **document.pop("bisection"),
        **document,
        "evidence": [str(evidence)],
        "page": str(page) if page else None,
    }


def _page(site: Path | None, folder: Path, case: str) -> Path | None:
    if site is None:
        return None
    from fixproof.cli.site import page_at, writer
    from fixproof.workflows.site import build

    build([page_at(folder)], writer(site))
    return site / case / "index.html"


def _tell(proved: "Proved", evidence: Path, page: Path | None) -> None:
    """Say what was established; the last lines hold what one wants to know."""
    from fixproof.cli.answer import boundary_lines, print_isolation

    proof, found = proved.proof, proved.proof.bisection
    print(f"{proof.case}: {proof.status}")
    for option in proof.options:
        print(f"option       {option.option}: {option.verdict} ({', '.join(option.requirements)})")
    if found.isolation:
        print_isolation(found.isolation)
    print("\n".join(boundary_lines(found)))
    if found.isolation and found.isolation.hunks:
        hunk = found.isolation.hunks[0]
        print(f"hunk         {hunk.file}, {hunk.function}")
    print(f"confidence   {proof.confidence:.4f}: {proof.confidence_reason}")
    print(f"evidence     {evidence}")
    if page:
        print(f"page         {page}")
    print(f"time         {found.seconds:.1f} s, {found.probes} probes")
    sys.stdout.flush()
