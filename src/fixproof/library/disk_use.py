"""What the cache takes on disk, and what may go when that is too much.

Only what can be fetched or made again goes: laid-out environments, unpacked wheels, source
files, compiled bytecode; those used longest ago first. Run records never go, nor what took a
build to make, nor anything outside the cache, where cases keep their evidence. When something
was used last is the time of its folder: whoever uses it again touches it. (Times of access do
not tell: sandboxes show everything read-only, which leaves them as they are.)
"""

import os
import re
import secrets
import shutil
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fixproof.library.files import TEMPORARY, disk
from fixproof.library.occupied import alone

EVICTABLE = ("envs/*", "store/wheels/*/*", "store/files/*/*", "store/bytecode/*/*/*")
# What processes write before it gets its name: abandoned when nobody is at work.
UNFINISHED = (
    f"records/*/.*{TEMPORARY}",
    "index/*/*/.*",
    "resolutions/*/*/.*",
    "built/*/.*",
    "store/bytecode/*/*/*.pyc.*",
)
BUILT = re.compile(rb'"wheel":\s*"([0-9a-f]{64})"')

Inode = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the cache. What several parts share by links counts where it is met first."""

    part: str
    entries: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Eviction:
    """What was removed, and how much that freed."""

    evicted: int = 0
    freed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """Something that is removed whole or not at all."""

    path: Path
    used: float
    links: Counter[Inode]


def parts_of(cache: Path) -> tuple[Part, ...]:
    """Measure each part of the cache."""
    seen: set[Inode] = set()
    found = []
    for path in _listed(cache):
        new = {i: _size(s) for s in _below(path) if (i := _inode(s)) not in seen}
        seen |= new.keys()
        entries = len(_listed(path)) if path.is_dir() else 1
        found.append(Part(part=path.name, entries=entries, bytes=sum(new.values())))
    return tuple(found)


def evict(cache: Path, budget: int) -> Eviction:
    """Remove what was used longest ago until the cache takes no more than its budget.

    What killed processes left unfinished goes in any case.
    Raises PreparationError while anybody is at work in the cache, and where the disk does not
    let anything be removed.
    """
    with alone(cache):
        _tidy(cache)
        return _evict(cache, budget)


def _tidy(cache: Path) -> None:
    """Remove the unfinished files of killed processes."""
    for pattern in UNFINISHED:
        for path in cache.glob(pattern):
            with disk(path, "cannot be removed"):
                path.unlink(missing_ok=True)


def _evict(cache: Path, budget: int) -> Eviction:
    found = {_inode(status): status for status in _below(cache)}
    over = sum(map(_size, found.values())) - budget
    links = {inode: _links(status) for inode, status in found.items()}
    evicted = freed = 0
    for unit in sorted(_units(cache), key=lambda unit: unit.used):
        if freed >= over:
            break
        with disk(unit.path, "cannot be removed"):
            _remove(unit.path, cache)
        evicted += 1
        for inode, count in unit.links.items():
            links[inode] -= count
            freed += 0 if links[inode] else _size(found[inode])
    return Eviction(evicted=evicted, freed=freed)


def _units(cache: Path) -> Iterator[_Unit]:
    built = _built(cache)
    for pattern in EVICTABLE:
        for path in cache.glob(pattern):
            if path.name not in built:
                yield _Unit(
                    path=path, used=path.lstat().st_mtime, links=Counter(map(_inode, _below(path)))
                )


def _built(cache: Path) -> set[str]:
    """List wheels that were built here: fetching does not bring them back."""
    files = (cache / "built").rglob("*.json")
    return {match.decode() for file in files for match in BUILT.findall(file.read_bytes())}


def _below(path: Path) -> Iterator[os.stat_result]:
    """List what is at and below a path, a file as often as it is linked there."""
    with suppress(FileNotFoundError):
        yield os.lstat(path)
    for folder, folders, names in os.walk(path):
        for name in (*folders, *names):
            with suppress(FileNotFoundError):
                yield os.lstat(f"{folder}/{name}")


def _inode(status: os.stat_result) -> Inode:
    return status.st_dev, status.st_ino


def _size(status: os.stat_result) -> int:
    return status.st_blocks * 512


def _links(status: os.stat_result) -> int:
    """Count the names of a file; those of a folder count its inner folders, it has one."""
    return 1 if stat.S_ISDIR(status.st_mode) else status.st_nlink


def _remove(path: Path, cache: Path) -> None:
    """Take something away in one step, then delete it: a kill leaves nothing half there."""
    aside = cache / "scratch" / f"evicted-{secrets.token_hex(8)}"
    aside.parent.mkdir(exist_ok=True)
    path.rename(aside)
    if not aside.is_dir():
        aside.unlink()
        return
    for folder, _, _ in os.walk(aside):
        Path(folder).chmod(stat.S_IRWXU)
    shutil.rmtree(aside, ignore_errors=True)


def _listed(path: Path) -> list[Path]:
    with suppress(NotADirectoryError, FileNotFoundError):
        return sorted(path.iterdir())
    return []
