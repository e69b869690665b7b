"""Options that several verbs share, and how their values are read."""

import argparse
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from fixproof.model.errors import InputError
from fixproof.model.runs import Isolation, Limits

DATE = len("2023-10-15")
LEVELS = {level.name.lower(): level for level in Isolation}


def add_shared(parser: argparse.ArgumentParser) -> None:
    """Declare what every verb that runs something accepts."""
    parser.add_argument("--json", action="store_true", help="print one JSON document, nothing else")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument(
        "--isolation",
        choices=sorted(LEVELS),
        help="ask for this level of containment (default: the strongest the machine has)",
    )
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds a run may take (60)")
    parser.add_argument("--serial", action="store_true", help="one run at a time, none beside it")
    parser.add_argument("--offline", action="store_true", help="use only what is cached")


def isolation_of(args: argparse.Namespace) -> Isolation | None:
    """Read `--isolation`."""
    return LEVELS[args.isolation] if args.isolation else None


def limits_of(seconds: float | None) -> Limits:
    """Make limits with another wall time.

    Raises InputError where the time is not positive.
    """
    if seconds is None:
        return Limits()
    if seconds <= 0:
        raise InputError(f"not a time: {seconds}", at="--timeout", hint="give seconds above zero")
    return Limits(wall=seconds, cpu=max(120.0, 2 * seconds))


def moment(text: str | None, *, at: str) -> datetime | None:
    """Read a date (its end, UTC, as uv reads it) or a moment; relative to now: `30d`.

    Raises InputError where it is neither.
    """
    if not text:
        return None
    if text.endswith("d") and text[:-1].isdigit():
        return datetime.now(UTC).replace(microsecond=0) - timedelta(days=int(text[:-1]))
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"not a date: {text}", at=at, hint="write 2023-10-15 or 2023-10-15T12:00:00Z"
        ) from error
    if len(text) == DATE:
        read = datetime.combine(read, time.max)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def read_script(path: Path) -> bytes:
    """Read a reproduction.

    Raises InputError where it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", at=str(path), hint="give the script's path"
        ) from error
