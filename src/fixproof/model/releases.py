"""Packages, their releases and files, as the index knows them."""

from dataclasses import dataclass
from datetime import datetime

from packaging.utils import canonicalize_name
from packaging.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One uploaded file of a release. `uploaded` is None where the index does not say."""

    name: str
    uploaded: datetime | None = None
    sha256: str | None = None
    size: int | None = None
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None

    @property
    def is_wheel(self) -> bool:
        """Tell wheels from source distributions."""
        return self.name.endswith(".whl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a package and its files."""

    version: str
    files: tuple[File, ...] = ()

    @property
    def parsed(self) -> Version:
        """The version in its standard order."""
        return Version(self.version)

    @property
    def uploaded(self) -> datetime | None:
        """When the first file went up; None where no file is dated."""
        return min((f.uploaded for f in self.files if f.uploaded), default=None)

    @property
    def is_yanked(self) -> bool:
        """Whether every file was withdrawn (a resolver then takes it only when pinned)."""
        return bool(self.files) and all(f.yanked for f in self.files)

    @property
    def is_prerelease(self) -> bool:
        """Alpha, beta, candidate or development release."""
        return self.parsed.is_prerelease


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A package's releases, lowest version first."""

    package: str
    releases: tuple[Release, ...]

    def release(self, version: str) -> Release | None:
        """Find a release by any spelling of its version."""
        for release in self.releases:
            if release.version == version:  # nearly always: parsing takes its time
                return release
        wanted = Version(version)
        return next((r for r in self.releases if r.parsed == wanted), None)


def canonical(name: str) -> str:
    """Normalise the name of a distribution (PEP 503)."""
    return str(canonicalize_name(name))
