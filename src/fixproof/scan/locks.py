"""Lock files as text → what they pin, each with the line that says so."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from fixproof.model.errors import InputError
from fixproof.model.releases import canonical

EXACT = {"==", "==="}
LOCAL = {"editable", "virtual", "directory", "path"}
KNOWN = "uv.lock, pylock.toml, poetry.lock, Pipfile.lock, or a file of name==version lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One pinned distribution. `marker` says where it applies; `line` counts from 1."""

    name: str  # canonical
    version: str
    line: int
    marker: str = ""

    @property
    def requirement(self) -> str:
        """Write it as a requirement."""
        return f"{self.name}=={self.version}" + (f" ; {self.marker}" if self.marker else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """What a lock file says. `roots` are the project's own wishes, where the file knows them."""

    format: str
    locked: tuple[Locked, ...]
    roots: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()  # what is pinned to no version of an index, and why

    @property
    def pins(self) -> tuple[str, ...]:
        """Write what is pinned as requirements; what has several versions and no marker is not."""
        lines = {pin.requirement: pin for pin in self.locked}
        plain = Counter(pin.name for pin in lines.values() if not pin.marker)
        return tuple(sorted(line for line, pin in lines.items() if plain[pin.name] < 2))


Reader: TypeAlias = Callable[[str, str], LockFile]


def read_lock(name: str, text: str) -> LockFile:
    """Read a lock file; its name tells the format.

    Raises InputError for text that is not what its name says.
    """
    base = name.replace("\\", "/").rpartition("/")[2].lower()
    return _reader(base)(name, text)


def _reader(base: str) -> Reader:
    if base.startswith("pylock.") and base.endswith(".toml"):
        return _pylock
    readers: dict[str, Reader] = {
        "uv.lock": _uv,
        "poetry.lock": _poetry,
        "pipfile.lock": _pipfile,
    }
    return readers.get(base, _requirements)


def _uv(name: str, text: str) -> LockFile:
    packages = _packages(name, text, "package")
    lines = _line_finder(text)
    locked, roots, skipped = [], [], []
    for package in packages:
        source = package.get("source", {})
        if LOCAL & set(source):
            roots += _roots(package)
        elif "version" in package and "registry" in source:
            locked.append(_locked(package, lines))
        else:
            skipped.append(f"{package.get('name')}: not from a package index")
    return LockFile(format="uv", locked=tuple(locked), roots=tuple(roots), skipped=tuple(skipped))


def _roots(package: Mapping[str, Any]) -> list[str]:
    """Collect what a project of the workspace asks for; uv installs its group `dev` unasked."""
    metadata = _table(package.get("metadata"))
    stated = [*metadata.get("requires-dist", ())]
    stated += _table(metadata.get("requires-dev")).get("dev", ())
    bounds: dict[str, set[str]] = {}
    for one in stated:
        bounds.setdefault(one["name"], set()).add(one.get("specifier", ""))
    wanted = [*package.get("dependencies", ())]
    wanted += _table(package.get("dev-dependencies")).get("dev", ())
    # A package that is stated in several ways gets no bound: the lock itself pins it.
    known = {name: found.pop() for name, found in bounds.items() if len(found) == 1}
    return [_wish(one, known.get(one["name"], "")) for one in wanted]


def _poetry(name: str, text: str) -> LockFile:
    packages = _packages(name, text, "package")
    lines = _line_finder(text)
    return LockFile(
        format="poetry",
        locked=tuple(_locked(p, lines) for p in packages if not p.get("source")),
        skipped=tuple(
            f"{p['name']}: not from a package index" for p in packages if p.get("source")
        ),
    )


def _pylock(name: str, text: str) -> LockFile:
    packages = _packages(name, text, "packages")
    lines = _line_finder(text)
    pinned = [p for p in packages if "version" in p and ("wheels" in p or "sdist" in p)]
    others = [p for p in packages if p not in pinned]
    return LockFile(
        format="pylock",
        locked=tuple(_locked(p, lines) for p in pinned),
        skipped=tuple(f"{p.get('name')}: pinned to no version of an index" for p in others),
    )


def _pipfile(name: str, text: str) -> LockFile:
    try:
        sections = json.loads(text)
    except ValueError as error:
        raise InputError(f"not JSON: {error}", at=name) from error
    lines = text.splitlines()
    locked = []
    for section in ("default", "develop"):
        for package, about in _table(_table(sections).get(section)).items():
            version = str(_table(about).get("version", "")).removeprefix("==")
            if version:
                marked = {"name": package, "version": version, "marker": about.get("markers", "")}
                locked.append(_locked(marked, lambda n, _: _line_with(lines, f'"{n}"')))
    return LockFile(format="pipfile", locked=tuple(locked))


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _requirements(name: str, text: str) -> LockFile:
    locked, skipped = [], []
    for number, line in _logical(text):
        requirement = _exact(line)
        if requirement is None:
            skipped.append(f"line {number}: not pinned: {line[:100]}")
            continue
        version = next(s.version for s in requirement.specifier if s.operator in EXACT)
        marker = str(requirement.marker or "")
        locked.append(
            Locked(name=canonical(requirement.name), version=version, line=number, marker=marker)
        )
    if not locked and skipped:
        raise InputError("nothing is pinned in it", at=name, hint=f"give {KNOWN}")
    return LockFile(format="requirements", locked=tuple(locked), skipped=tuple(skipped))


def _exact(line: str) -> Requirement | None:
    try:
        requirement = Requirement(re.sub(r"\s+--hash[= ]\S+", "", line))
    except InvalidRequirement:
        return None
    exact = [s for s in requirement.specifier if s.operator in EXACT and "*" not in s.version]
    return requirement if exact and not requirement.url else None


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Join continued lines, without comments, options and blank ones."""
    first, joined = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        first = first or number
        if line.rstrip().endswith("\\"):
            joined += line.rstrip()[:-1] + " "
            continue
        whole = re.sub(r"(^|\s)#.*$", "", joined + line).strip()
        if whole and not whole.startswith("-"):
            yield first, whole
        first, joined = 0, ""


def _packages(name: str, text: str, key: str) -> list[dict[str, Any]]:
    try:
        packages = tomllib.loads(text).get(key, [])
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", at=name) from error
    if not isinstance(packages, list) or not all(isinstance(p, dict) for p in packages):
        raise InputError(f"not a list of packages: {key}", at=name)
    nameless = next((p for p in packages if not isinstance(p.get("name"), str)), None)
    if nameless is not None:
        raise InputError("a package without a name", at=name)
    return packages


def _locked(package: Mapping[str, Any], line_of: Callable[[str, str], int]) -> Locked:
    name, version = str(package["name"]), str(package.get("version", ""))
    try:
        Version(version)
    except InvalidVersion as error:
        raise InputError(f"not a version: {version!r}", at=name) from error
    line, marker = line_of(name, version), _marker(package)
    return Locked(name=canonical(name), version=version, line=line, marker=marker)


def _line_finder(text: str) -> Callable[[str, str], int]:
    """Find the line `name = "..."` that is followed by the right version."""
    lines = text.splitlines()
    spots: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines, 1):
        if found := re.match(r'name = "([^"]+)"', line):
            following = " ".join(lines[number : number + 3])
            version = re.search(r'version = "([^"]+)"', following)
            spots.setdefault((found.group(1), version.group(1) if version else ""), number)
    return lambda name, version: spots.get((name, version), 1)


def _line_with(lines: list[str], words: str) -> int:
    return next((n for n, line in enumerate(lines, 1) if words in line), 1)


def _wish(dependency: Mapping[str, Any], bound: str) -> str:
    extras = dependency.get("extra") or ()
    marker = f" ; {dependency['marker']}" if dependency.get("marker") else ""
    chosen = f"[{','.join(extras)}]" if extras else ""
    return f"{dependency['name']}{chosen}{bound}{marker}"


def _marker(package: Mapping[str, Any]) -> str:
    """Read where a pin applies: each format has its own word for it."""
    said = package.get("marker") or package.get("markers") or ""
    if isinstance(said, dict):  # poetry, where groups differ: the main one counts
        said = said.get("main", "")
    forks = package.get("resolution-markers") or ()
    return str(said or " or ".join(f"({fork})" for fork in forks))
