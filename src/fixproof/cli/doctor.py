"""What this machine offers, and what it would take to offer more."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixproof.model.errors import FixproofError
from fixproof.model.runs import Isolation

_ESCAPED, _NOTHING_TRIED = 1, 4
_ENFORCES = {
    Isolation.BUBBLEWRAP: (
        "file system: only the environment, the interpreter and the system's libraries, read-only",
        "private working directory, home, /tmp and shared memory of bounded size",
        "network: loopback of its own only",
        "processes: sees and signals only its own; all end with the run",
        "system calls: filtered; no capabilities, no new rights",
    ),
    Isolation.LANDLOCK: (
        "file system: reads only the environment, the interpreter and the system's libraries",
        "file system: writes only its scratch directory",
        "names, sizes and times of other files stay visible; modes and times cannot be changed",
        "network: no internet sockets, not even loopback; no unix sockets of the host",
        "processes: signals only its own (Landlock 6 and newer); all end with the run",
        "system calls: filtered; no capabilities, no new rights",
    ),
    Isolation.NONE: ("limits on time, memory, processes, files and output; nothing else",),
}
_DATES = {
    True: "packages can be held at a date: a release was refused a day before its upload",
    False: "packages cannot be held at a date: ",
    None: "whether packages can be held at a date was not tried: ",
}
_ENFORCES[Isolation.NAMESPACES] = _ENFORCES[Isolation.BUBBLEWRAP]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """One attack at one level."""

    id: int
    name: str
    level: str
    contained: bool
    observed: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--attack", action="store_true", help="try to break out at every level")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Look around, and attack where that was asked for."""
    from fixproof.cli.places import cache_dir

    cache = cache_dir()
    document: dict[str, Any] = {
        "interpreters": _interpreters(cache),
        "isolation": _isolation_of(cache),
        "index": _index(cache),
        "cache": _cache(cache),
    }
    attempts: list[Attempted] = []
    if args.attack:
        available = {Isolation[f["level"].upper()]: f["available"] for f in document["isolation"]}
        levels = [level for level in sorted(Isolation, reverse=True) if level and available[level]]
        attempts = list(_attacks(cache, levels))
        document["attacks"] = attempts
    if args.json:
        import msgspec

        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    else:
        sys.stdout.write("\n".join([*_told(document), *rows(attempts)]) + "\n")
    return _status(document, attempts, asked=args.attack)


def _status(document: dict[str, Any], attempts: list[Attempted], *, asked: bool) -> int:
    if asked and not attempts:
        return _NOTHING_TRIED
    escaped = any(not a.contained for a in attempts)
    return _ESCAPED if escaped or document["index"]["dates_hold"] is False else 0


def _interpreters(cache: Path) -> list[dict[str, str]]:
    from fixproof.environments.interpreters import find_interpreters

    return [
        {"version": i.version, "implementation": i.implementation, "path": str(i.path)}
        for i in find_interpreters(cache if cache.is_dir() else None)
    ]


def _isolation_of(cache: Path) -> list[dict[str, Any]]:
    """Try every level in the cache; where that cannot be written, in a temporary directory."""
    import tempfile

    try:
        (cache / "scratch").mkdir(parents=True, exist_ok=True)
    except OSError:
        with tempfile.TemporaryDirectory(prefix="fixproof-doctor-") as scratch:
            return _isolation(Path(scratch))
    return _isolation(cache / "scratch")


def _isolation(scratch: Path) -> list[dict[str, Any]]:
    from fixproof.probe.detect import offer

    found: list[dict[str, Any]] = []
    for level in sorted(Isolation, reverse=True):
        offered = offer(level, scratch, anew=True)
        chosen = offered.available and level is not Isolation.NONE
        found.append(
            {
                "level": level.name.lower(),
                "available": offered.available,
                "version": offered.version,
                "chosen": chosen and not any(stronger["chosen"] for stronger in found),
                "enforces": _ENFORCES[level],
                "refused": offered.refused,
                "why": offered.why,
                "hint": offered.hint,
            }
        )
    return found


def _index(cache: Path) -> dict[str, Any]:
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    from fixproof.environments.settings import read_settings

    settings = read_settings()
    addresses = [e.url for e in settings.endpoints]  # without credentials
    holds, why = _dates_hold(cache)
    return {
        "endpoints": [address or PYPI_SIMPLE_ENDPOINT for address in addresses],
        "dates_hold": holds,
        "why": why,
    }


def _dates_hold(cache: Path) -> tuple[bool | None, str]:
    """Ask for a release a day before it was uploaded; None where that cannot be tried."""
    from fixproof.environments.index import SimpleIndex
    from fixproof.environments.prepare import Environments, TimeLeakError
    from fixproof.environments.web import Patience

    brief = Patience(connect=3.0, read=5.0, total=15.0, attempts=1)
    try:
        Environments(cache, index=SimpleIndex(cache, patience=brief)).canary()
    except TimeLeakError as error:
        return False, str(error)
    except FixproofError as error:
        return None, str(error)
    return True, ""


def _cache(cache: Path) -> dict[str, Any]:
    import os
    import shutil

    place = next((p for p in (cache, *cache.parents) if p.is_dir()), Path("/"))
    usage = shutil.disk_usage(place)
    return {
        "path": str(cache),
        "writable": os.access(place, os.W_OK),
        "free": usage.free,
    }


def _attacks(cache: Path, levels: list[Isolation]) -> Iterator[Attempted]:
    from fixproof.cli.hostile_packages import ATTACKS as BY_PACKAGES
    from fixproof.probe.attacks.bench import Attack, Bench, Seen, bench
    from fixproof.probe.attacks.catalogue import ATTACKS

    def attempted(attack: Attack, where: Bench) -> Attempted:
        try:
            seen = attack.attempt(where)
        except (FixproofError, OSError) as error:
            seen = Seen(contained=False, observed=f"could not be tried: {error}")
        return Attempted(
            id=attack.id,
            name=attack.name,
            level=where.level.name.lower(),
            contained=seen.contained,
            observed=seen.observed,
        )

    for level in levels:
        with bench(level, cache / "scratch") as where:
            for attack in sorted((*ATTACKS, *BY_PACKAGES), key=lambda a: a.id):
                sys.stderr.write(f"\r\x1b[K{level.name.lower()}: {attack.id} {attack.name}")
                yield attempted(attack, where)
    sys.stderr.write("\r\x1b[K")


def _told(document: dict[str, Any]) -> Iterator[str]:
    yield "interpreters"
    for found in document["interpreters"]:
        yield f"  {found['version']:<10} {found['implementation']:<8} {found['path']}"
    yield "isolation, the strongest first"
    for level in document["isolation"]:
        state = "available" if level["available"] else f"not available: {level['why']}"
        used = ", used where no other is asked for" if level["chosen"] else ""
        yield f"  {level['level']:<11} {state}{used}"
        if level["refused"]:
            tried = ", ".join(name.replace("_", " ") for name in level["refused"])
            yield f"  {'':<11} tried just now, and refused: {tried}"
        if level["hint"]:
            yield f"  {'':<11} hint: {level['hint']}"
        for line in level["enforces"] if level["available"] else ():
            yield f"  {'':<11} - {line}"
    yield "index"
    for address in document["index"]["endpoints"]:
        yield f"  {address}"
    yield f"  {_DATES[document['index']['dates_hold']]}{document['index']['why']}"
    cache = document["cache"]
    state = "" if cache["writable"] else ", cannot be written"
    yield "cache"
    yield f"  {cache['path']}: {cache['free'] // 1024**3} GiB free{state}"


def rows(attempts: list[Attempted]) -> list[str]:
    """Lay out the table of attacks; every line starts with a word of ours."""
    if not attempts:
        return []
    escaped = [a for a in attempts if not a.contained]
    kinds, levels = {a.id for a in attempts}, {a.level for a in attempts}
    head = f"attacks: {len(attempts) - len(escaped)} of {len(attempts)} contained"
    lines = [f"{head}, {len(kinds)} kinds at {len(levels)} levels"]
    for attempt in attempts:
        state = "contained" if attempt.contained else "ESCAPED"
        head = f"{state:<9} {attempt.level:<11} {attempt.id:>2} {attempt.name:<36}"
        lines.append(f"{head} {' '.join(attempt.observed.split())}")
    return lines
