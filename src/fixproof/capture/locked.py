"""Fetches the text of a lock file: from disk, or as it was at a git revision."""

import subprocess
from pathlib import Path

from fixproof.model.errors import InputError

USUAL = ("uv.lock", "pylock.toml", "poetry.lock", "requirements.txt")
HINT = "give a date, a lock file, REVISION:FILE, or a git revision"


def lock_text(said: str, root: Path) -> tuple[str, str] | None:
    """Find the lock that a word means: (name, text); None where it means none.

    `REVISION:FILE` and a bare revision (with the usual lock file) are asked of git.
    """
    path = root / said
    if path.is_file():
        try:
            return path.name, path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot be read: {error}", at=said) from error
    if said.startswith("-"):
        return None
    revision, colon, name = said.partition(":")
    if colon and name and not revision.startswith("20"):
        text = _shown(f"{revision}:./{name}", root)
        if text is None:
            raise InputError(f"git knows no such file: {said}", hint=HINT)
        return name, text
    for usual in USUAL:
        if (text := _shown(f"{said}:./{usual}", root)) is not None:
            return usual, text
    return None


def _shown(spot: str, root: Path) -> str | None:
    try:
        ended = subprocess.run(
            ["git", "-c", "core.fsmonitor=", "show", spot],
            cwd=root,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.decode("utf-8", "replace") if ended.returncode == 0 else None
