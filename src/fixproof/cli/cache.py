"""Show what is kept on disk, check it, and trim it to a budget."""

import argparse
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from fixproof.library.disk_use import Eviction, Part

UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
SIZE = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[kmgt]?)(i?b)?", re.IGNORECASE)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print one JSON document, nothing else")
    parser.add_argument(
        "--evict",
        metavar="SIZE",
        help="remove environments and wheels, those used longest ago first, until everything"
        " takes no more than this (500M, 2G); run records stay",
    )
    parser.add_argument("--check", action="store_true", help="verify every run record")


def run(args: argparse.Namespace) -> int:
    """Trim where that was asked for, then show what is there."""
    from fixproof.cli.places import cache_dir
    from fixproof.library.disk_use import parts_of
    from fixproof.library.store import RecordStore

    cache = cache_dir()
    eviction = _evicted(cache, args.evict)
    problems = RecordStore(cache / "records").check() if args.check else ()
    document = _document(cache, parts_of(cache), eviction, problems)
    if args.json:
        from fixproof.cli.answer import print_json

        print_json(document)
    else:
        print("\n".join(_told(document, eviction, checked=args.check)))
        sys.stdout.flush()
    return 1 if problems else 0


def size_of(text: str) -> int:
    """Read a size such as 500M, 2G or 1.5 GiB.

    Raises InputError for anything else.
    """
    from fixproof.model.errors import InputError

    match = SIZE.fullmatch(text.strip())
    if match is None:
        raise InputError(f"not a size: {text}", at="--evict", hint="write 500M, 2G or 0")
    return int(float(match["number"]) * UNITS[match["unit"].lower()])


def _evicted(cache: "Path", budget: str | None) -> "Eviction":
    from fixproof.library.disk_use import Eviction, evict
    from fixproof.probe.rooms import sweep

    if budget is None:
        return Eviction()
    size = size_of(budget)
    sweep(cache / "scratch")
    return evict(cache, size)


def _document(
    cache: "Path", parts: "tuple[Part, ...]", eviction: "Eviction", problems: tuple[str, ...]
) -> dict[str, Any]:
    import shutil

    place = next(p for p in (cache, *cache.parents) if p.is_dir())
    return {
        "path": str(cache),
        "parts": list(parts),
        "bytes": sum(part.bytes for part in parts),
        "free": shutil.disk_usage(place).free,
        "evicted": eviction.evicted,
        "freed": eviction.freed,
        "problems": list(problems),
    }


def _told(document: dict[str, Any], eviction: "Eviction", *, checked: bool) -> list[str]:
    lines = [document["path"]]
    lines += [
        f"  {part.part:<20} {human(part.bytes):>10}  {part.entries} entries"
        for part in document["parts"]
    ]
    lines.append(f"  {'in all':<20} {human(document['bytes']):>10}")
    lines.append(f"  {'free on this disk':<20} {human(document['free']):>10}")
    if eviction.evicted:
        lines.append(f"removed {eviction.evicted} entries, freed {human(eviction.freed)}")
    if checked and not document["problems"]:
        lines.append("every run record is sound")
    return lines + [f"problem: {problem}" for problem in document["problems"]]


def human(size: float) -> str:
    """Write a size for people."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
