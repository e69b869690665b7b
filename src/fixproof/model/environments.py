"""Interpreters, exact environments, and what is asked of a resolver."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A base Python at hand. `build` is what `sys.version` says after the number."""

    version: str  # full: "3.11.7"
    path: Path
    prefix: Path  # sys.base_prefix: what a sandbox must show
    implementation: str = "cpython"
    build: str = ""

    @property
    def minor(self) -> str:
        """`3.11` of `3.11.7`."""
        return ".".join(self.version.split(".")[:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One resolved distribution: the exact file that is installed."""

    name: str  # canonical
    version: str
    file: str  # file name; of the source distribution where no wheel fits
    sha256: str
    uploaded: datetime | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An interpreter and exact pins. Equal digests are the same environment.

    `as_of` and `request` are not part of the identity: two questions with one answer share it.
    """

    interpreter: Interpreter
    pins: tuple[Pin, ...]  # sorted by name
    build_pins: tuple[Pin, ...] = ()  # what built the source distributions, where any was built
    as_of: datetime | None = field(default=None, compare=False)

    @property
    def digest(self) -> str:
        """SHA-256 over implementation, version and every pin's name, version and hash."""
        lines = [f"{self.interpreter.implementation} {self.interpreter.version}"]
        lines += [f"{p.name}=={p.version} {p.sha256}" for p in self.pins]
        lines += [f"build:{p.name}=={p.version} {p.sha256}" for p in self.build_pins]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def version_of(self, package: str) -> str | None:
        """Find the version of a distribution (canonical name) in here; None when absent."""
        return next((p.version for p in self.pins if p.name == package), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a resolver is asked for.

    No file younger than `as_of` is taken, except of the packages in `exempt`, each up to its
    own date (None: no limit). `build_constraints` apply to isolated builds only.
    """

    requirements: tuple[str, ...]
    interpreter: Interpreter
    as_of: datetime | None = None
    exempt: tuple[tuple[str, datetime | None], ...] = ()
    constraints: tuple[str, ...] = ()
    build_constraints: tuple[str, ...] = ()
    prereleases: tuple[str, ...] = ()  # canonical names whose pre-releases may be chosen
    preferences: tuple[tuple[str, str], ...] = ()  # name, version: kept wherever they still fit
    compiled_builds: bool = True  # build packages of which other releases have platform wheels
    fresh_builds: bool = False  # build source distributions anew, ignoring built ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A materialised environment on disk, complete and never written again.

    `root` has the layout of a virtual environment: `bin/python`, `lib/pythonX.Y/site-packages`.
    """

    environment: Environment
    root: Path
    overlay: str = ""  # digest of the changed files where the environment was patched
