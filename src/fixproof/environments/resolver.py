"""uv's own binary, started in a sealed environment: the arguments and variables it gets."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Lock

from fixproof.environments.settings import IndexSettings, without_addresses
from fixproof.environments.web import Patience
from fixproof.model.environments import Request
from fixproof.model.errors import PreparationError

_PATIENCE = 600.0
# What a network needs, and nothing that changes what is chosen.
_PASSED = (
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What uv answered. `errors` is free of addresses."""

    code: int
    output: str
    errors: str


_LOOKING = Lock()


@cache
def binary() -> Path:
    """Find uv's own executable."""
    from uv import find_uv_bin

    try:
        with _LOOKING:  # it reads sysconfig, which threads must not be first to fill together
            return Path(find_uv_bin())
    except FileNotFoundError as error:
        raise PreparationError("uv is not installed", hint="pip install uv") from error


@cache
def version() -> str:
    """Which uv this is: another one may choose differently."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("uv")
    except PackageNotFoundError:
        return "unknown"


def compile_arguments(request: Request) -> list[str]:
    """Ask for one lock file, for this interpreter and this machine only."""
    said = ["pip", "compile", "-", "--format", "pylock.toml", "--no-header", "--no-annotate"]
    said += ["--no-config", "--no-progress", "--no-python-downloads", "--color", "never"]
    said += ["--python", str(request.interpreter.path)]
    return said + date_arguments(request) + _prerelease_arguments(request)


def date_arguments(request: Request) -> list[str]:
    """Hold everything at the date, each exempt package at its own."""
    said = ["--exclude-newer", just_after(request.as_of)] if request.as_of else []
    for name, moment in request.exempt:
        if request.as_of or moment:
            limit = just_after(moment) if moment else "false"
            said += ["--exclude-newer-package", f"{name}={limit}"]
    return said


def _prerelease_arguments(request: Request) -> list[str]:
    pairs = [("--prerelease-package", f"{name}=allow") for name in request.prereleases]
    return [word for pair in pairs for word in pair]


def just_after(moment: datetime) -> str:
    """Write a limit that lets a file of this very moment in: uv excludes it, and counts in ms."""
    utc = moment.astimezone(UTC)
    whole = utc.replace(microsecond=utc.microsecond // 1000 * 1000) + timedelta(milliseconds=1)
    return whole.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def variables(
    settings: IndexSettings,
    cache_folder: Path,
    *,
    patience: Patience,
    environ: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Build the whole environment of a uv process.

    Credentials travel in here and never in the arguments, which every process can read.
    """
    ours = os.environ if environ is None else environ
    passed = {name: ours[name] for name in _PASSED if name in ours}
    passed |= {
        "HOME": "/nonexistent",
        "UV_CACHE_DIR": str(cache_folder),
        "UV_HTTP_RETRIES": str(patience.attempts - 1),
        "UV_HTTP_TIMEOUT": str(max(1, round(patience.read))),
    }
    if settings.default.url:
        passed["UV_DEFAULT_INDEX"] = settings.default.full
    if settings.extra:
        passed["UV_INDEX"] = " ".join(endpoint.full for endpoint in settings.extra)
    if settings.strategy:
        passed["UV_INDEX_STRATEGY"] = settings.strategy
    netrc = ours.get("NETRC") or os.path.expanduser("~/.netrc")  # noqa: PTH111 -- no home, no error
    return passed | ({"NETRC": netrc} if Path(netrc).is_file() else {})


def run(
    arguments: Sequence[str], *, said: str, environment: Mapping[str, str], folder: Path
) -> Said:
    """Start uv once; `folder` holds nothing that could configure it."""
    try:
        ended = subprocess.run(
            [str(binary()), *arguments],
            input=said.encode(),
            capture_output=True,
            env=dict(environment),
            cwd=folder,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PreparationError(f"uv gave no answer within {_PATIENCE:.0f} seconds") from error
    except OSError as error:
        raise PreparationError(f"uv cannot be started: {error.strerror}") from error
    return Said(
        code=ended.returncode,
        output=ended.stdout.decode("utf-8", "replace"),
        errors=without_addresses(ended.stderr.decode("utf-8", "replace")),
    )
