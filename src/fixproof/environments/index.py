"""The package index: which releases and files there are, and since when."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.version import InvalidVersion, Version

from fixproof.environments.disk import age, read_checked, write_checked
from fixproof.environments.settings import Endpoint, IndexSettings, read_settings
from fixproof.environments.web import AbsentError, Answer, Patience, Web
from fixproof.model.environments import Pin
from fixproof.model.errors import PreparationError, UnknownPackageError
from fixproof.model.releases import File, Release, Timeline, canonical

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage, ProjectPage

_PAGE_LIMIT = 128 * 1024**2
_DAY = 86400.0
_FRESH = 600.0
_FORMAT = "2"
_ALIKE = 0.75  # how much of a name must agree to be taken for a slip


class Listed(msgspec.Struct, array_like=True):
    """One file of a page as it is cached; the address never leaves this room."""

    name: str
    version: str
    url: str
    uploaded: datetime | None
    sha256: str | None
    size: int | None
    requires_python: str | None
    yanked: bool
    yanked_reason: str | None
    has_metadata: bool


class _Page(msgspec.Struct, array_like=True):
    fetched: float
    endpoint: str
    files: list[Listed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A package's timeline, and where each of its files is to be had."""

    name: str
    timeline: Timeline
    files: tuple[Listed, ...]
    fetched: float

    def address(self, file: str) -> str | None:
        """Find a file's address by its name."""
        return next((listed.url for listed in self.files if listed.name == file), None)


class SimpleIndex:
    """Timelines from the user's own index, cached on disk."""

    def __init__(
        self,
        cache: Path,
        *,
        settings: IndexSettings | None = None,
        offline: bool = False,
        patience: Patience | None = None,
    ) -> None:
        self.settings = settings or read_settings()
        self.offline = offline
        self.web = Web(self.settings, offline=offline, patience=patience)
        self._folder = cache / "index" / _FORMAT
        self._known: dict[str, Listing] = {}
        self._lock = threading.Lock()

    def timeline(self, package: str, *, refresh: bool = False, max_age: float = _DAY) -> Timeline:
        """List a package's releases, lowest first.

        A cached answer younger than `max_age` seconds does; `refresh` asks the index anew.
        """
        return self.listing(package, refresh=refresh, max_age=max_age).timeline

    def listing(self, package: str, *, refresh: bool = False, max_age: float = _DAY) -> Listing:
        """List a package's releases with the addresses of their files."""
        name = canonical(package)
        cached = self._cached(name)
        if cached and (self.offline or (age(cached.fetched) <= max_age and not refresh)):
            return cached
        return self._fetched(name)

    def covering(self, package: str, moment: datetime) -> Listing:
        """List what the index had up to a moment: a page read after it does, however old.

        For a moment yet to come a page of the last minutes does.
        """
        cached = self.listing(package, max_age=float("inf"))
        wanted = min(moment.timestamp(), time.time() - _FRESH)
        if self.offline or wanted <= cached.fetched <= time.time():
            return cached
        return self.listing(package, refresh=True)

    def locate(self, pin: Pin) -> str:
        """Find the address of a chosen file."""
        address = self.listing(pin.name, max_age=float("inf")).address(pin.file)
        if address is None and not self.offline:
            address = self.listing(pin.name, refresh=True).address(pin.file)
        if address is None:
            raise PreparationError(f"the index has no such file: {pin.file}")
        return address

    def _cached(self, name: str) -> Listing | None:
        with self._lock:
            if known := self._known.get(name):
                return known
        for endpoint in self.settings.endpoints:
            if content := read_checked(self._path(endpoint, name)):
                try:
                    page = msgspec.json.decode(content, type=_Page)
                except msgspec.MsgspecError:
                    continue
                return self._remember(name, page)
        return None

    def _fetched(self, name: str) -> Listing:
        for endpoint in self.settings.endpoints:
            try:
                answer = self._ask(endpoint, name)
            except AbsentError:
                continue
            page = _Page(time.time(), endpoint.identity, list(_listed(_parse(answer, name))))
            write_checked(self._path(endpoint, name), msgspec.json.encode(page))
            return self._remember(name, page)
        raise UnknownPackageError(name, get_close_matches(name, self._names(), cutoff=_ALIKE))

    def _ask(self, endpoint: Endpoint, name: str) -> Answer:
        from pypi_simple import ACCEPT_ANY, PYPI_SIMPLE_ENDPOINT

        base = (endpoint.url or PYPI_SIMPLE_ENDPOINT).rstrip("/")
        return self.web.read(f"{base}/{name}/", accept=ACCEPT_ANY, limit=_PAGE_LIMIT)

    def _path(self, endpoint: Endpoint, name: str) -> Path:
        return self._folder / endpoint.identity / f"{name}.json"

    def _names(self) -> list[str]:
        """List the packages whose pages were read before: the names that are known here."""
        return sorted({path.stem for path in self._folder.glob("*/*.json")})

    def _remember(self, name: str, page: _Page) -> Listing:
        listing = Listing(
            name=name,
            timeline=_timeline(name, page.files),
            files=tuple(page.files),
            fetched=page.fetched,
        )
        with self._lock:
            self._known[name] = listing
        return listing


def _parse(answer: Answer, name: str) -> "ProjectPage":
    from pypi_simple import ProjectPage
    from pypi_simple.errors import UnsupportedRepoVersionError

    kind = answer.content_type.partition(";")[0].strip().lower()
    try:
        if kind.endswith("json"):
            data = msgspec.json.decode(answer.content)
            return ProjectPage.from_json_data(data, base_url=answer.url)
        text = answer.content.decode("utf-8", "replace")
        return ProjectPage.from_html(name, text, base_url=answer.url)
    except (ValueError, KeyError, TypeError, UnsupportedRepoVersionError) as error:
        raise PreparationError(
            f"the package index's page cannot be read: {name}: {type(error).__name__}",
            hint="is it an index? a proxy's page may have come in its place; try again",
        ) from error


def _listed(page: "ProjectPage") -> Iterable[Listed]:
    """Keep wheels and source distributions; older forms have no resolver any more."""
    for package in page.packages:
        if package.package_type not in {"wheel", "sdist"} or not package.version:
            continue
        version = _normal(package.version)
        if version is not None:
            yield _listed_file(package, version)


def _listed_file(package: "DistributionPackage", version: str) -> Listed:
    return Listed(
        name=package.filename,
        version=version,
        url=package.url.partition("#")[0],
        uploaded=_utc(package.upload_time),
        sha256=package.digests.get("sha256"),
        size=package.size,
        requires_python=package.requires_python or None,
        yanked=package.is_yanked,
        yanked_reason=package.yanked_reason or None,
        has_metadata=bool(package.has_metadata),
    )


def _normal(version: str) -> str | None:
    try:
        return str(Version(version))
    except InvalidVersion:
        return None


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _timeline(name: str, files: Iterable[Listed]) -> Timeline:
    grouped: dict[str, list[File]] = {}
    for file in files:
        grouped.setdefault(file.version, []).append(
            File(
                name=file.name,
                uploaded=file.uploaded,
                sha256=file.sha256,
                size=file.size,
                requires_python=file.requires_python,
                yanked=file.yanked,
                yanked_reason=file.yanked_reason,
            )
        )
    return Timeline(
        package=name,
        releases=tuple(
            Release(version=version, files=tuple(grouped[version]))
            for version in sorted(grouped, key=Version)
        ),
    )
