"""What the cache holds, and making room in it. Everything in it can be made again."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_KINDS = {
    "environments": "envs/*",
    "wheels": "store/wheels/*/*",
    "sources": "store/files/*/*",
    "bytecode": "store/bytecode/*/*",
    "pages": "index/*/*/*",
    "answers": "resolutions/*/*",
    "builds": "built/*",
    "resolver": "uv",
}
# Environments go first: they are links to what stays. Answers and pages are small and dear.
_ORDER = ("environments", "sources", "bytecode", "wheels", "resolver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One thing in the cache. `size` counts what would be freed, links to others left out."""

    kind: str
    path: Path
    size: int
    used: float


def usage(cache: Path) -> dict[str, int]:
    """Sum up the bytes by kind. A file with several names counts where it was met first."""
    sums = dict.fromkeys(_KINDS, 0)
    for held in _walk(cache, _KINDS):
        sums[held.kind] += held.size
    return sums


def evict(cache: Path, budget: int) -> int:
    """Remove the least recently used until the cache holds no more than `budget` bytes.

    Returns the bytes that remain. What another process uses at this moment may be among it:
    that one finds it gone and makes it again.
    """
    everything = list(_walk(cache, _KINDS))
    total = sum(held.size for held in everything)
    for kind in _ORDER:
        for held in sorted((h for h in everything if h.kind == kind), key=lambda h: h.used):
            if total <= budget:
                return total
            _discard(held.path)
            total -= held.size
    return total


def _walk(cache: Path, kinds: dict[str, str]) -> Iterator[Held]:
    """Look at the store before the environments, so that shared files count as the store's."""
    seen: set[tuple[int, int]] = set()
    for kind in sorted(kinds, key="environments".__eq__):
        for path in sorted(cache.glob(kinds[kind])):
            with suppress(OSError):
                used = path.lstat().st_mtime
                yield Held(kind=kind, path=path, size=_size(path, seen), used=used)


def _size(path: Path, seen: set[tuple[int, int]]) -> int:
    total = 0
    for file in _files(path):
        with suppress(OSError):
            status = os.lstat(file)
            name = (status.st_dev, status.st_ino)
            if name not in seen:
                seen.add(name)
                total += status.st_blocks * 512
    return total


def _files(path: Path) -> Iterator[str]:
    if path.is_dir() and not path.is_symlink():
        for folder, _, names in os.walk(path):
            yield from (f"{folder}/{name}" for name in names)
    else:
        yield str(path)


def _discard(path: Path) -> None:
    """Take the name away first: nobody may find half of it."""
    gone = path.with_name(f"{path.name}.gone-{os.getpid()}")
    with suppress(OSError):
        path.rename(gone)
        if gone.is_dir():
            shutil.rmtree(gone, ignore_errors=True)
        else:
            gone.unlink()
