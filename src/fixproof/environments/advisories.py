"""What the package index says of known vulnerabilities, where it says anything about them.

The simple API has no such field. Many indexes serve a JSON page for each release beside it, at
`pypi/NAME/VERSION/json`, which lists them; where an index does not, nothing is known.
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from fixproof.environments.disk import read_checked, write_checked
from fixproof.environments.settings import Endpoint
from fixproof.environments.web import AbsentError, Web
from fixproof.model.errors import PreparationError
from fixproof.model.releases import canonical

_LIMIT = 32 * 1024**2
_DAY = 86400.0
_SIMPLE = "/simple"
_REFUSALS = 3  # pages that an index may lack before it counts as one that has none


class _Kept(msgspec.Struct, array_like=True):
    fetched: float
    ids: tuple[str, ...]


class Advisories:
    """Vulnerability identifiers by release, cached on disk for a day."""

    def __init__(self, cache: Path, web: Web) -> None:
        self._web = web
        self._folder = cache / "advisories"
        self._known: dict[tuple[str, str], tuple[str, ...] | None] = {}
        self._refused: dict[str, int] = {}
        self._lock = threading.Lock()

    def of(self, package: str, version: str) -> tuple[str, ...] | None:
        """List the advisories about a release; None where no index tells."""
        name = canonical(package)
        with self._lock:
            if (name, version) in self._known:
                return self._known[name, version]
        found = next(self._answers(name, version), None)
        with self._lock:
            self._known[name, version] = found
        return found

    def _answers(self, name: str, version: str) -> Iterator[tuple[str, ...]]:
        for endpoint in self._web.settings.endpoints:
            kept = self._cached(endpoint, name, version)
            found = kept if kept is not None else self._asked(endpoint, name, version)
            if found is not None:
                yield found

    def _cached(self, endpoint: Endpoint, name: str, version: str) -> tuple[str, ...] | None:
        content = read_checked(self._path(endpoint, name, version))
        if content is None:
            return None
        try:
            kept = msgspec.json.decode(content, type=_Kept)
        except msgspec.MsgspecError:
            return None
        return kept.ids if kept.fetched >= time.time() - _DAY else None

    def _asked(self, endpoint: Endpoint, name: str, version: str) -> tuple[str, ...] | None:
        root = _root(endpoint)
        if root is None or self._web.offline or self._refused.get(root, 0) >= _REFUSALS:
            return None
        address = f"{root}/pypi/{name}/{version}/json"
        try:
            answer = self._web.read(address, accept="application/json", limit=_LIMIT)
        except PreparationError as error:
            # An index that is out of order is not asked again; one page may well be missing.
            worth = 1 if isinstance(error, AbsentError) else _REFUSALS
            self._refused[root] = self._refused.get(root, 0) + worth
            return None
        found = _ids(answer.content)
        if found is None:
            self._refused[root] = _REFUSALS
            return None
        self._refused[root] = -(10**6)  # it has such pages: one that is missing says no more
        kept = msgspec.json.encode(_Kept(time.time(), found))
        write_checked(self._path(endpoint, name, version), kept)
        return found

    def _path(self, endpoint: Endpoint, name: str, version: str) -> Path:
        return self._folder / endpoint.identity / name / f"{version}.json"


def _root(endpoint: Endpoint) -> str | None:
    """Find what both APIs hang from; None where the address does not tell."""
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    base = (endpoint.url or PYPI_SIMPLE_ENDPOINT).rstrip("/")
    return base.removesuffix(_SIMPLE) if base.endswith(_SIMPLE) else None


def _ids(content: bytes) -> tuple[str, ...] | None:
    """Read the identifiers; None where the page does not speak of vulnerabilities at all."""
    try:
        page: Any = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    listed = page.get("vulnerabilities") if isinstance(page, dict) else None
    if not isinstance(listed, list):
        return None
    found = (one for one in listed if isinstance(one, dict) and not one.get("withdrawn"))
    return tuple(sorted({str(one["id"]) for one in found if one.get("id")}))
