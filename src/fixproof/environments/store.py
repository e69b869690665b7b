"""The store of unpacked wheels: each fetched once, checked, unpacked once, linked many times."""

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec

from fixproof.environments.disk import Locks, Scratch, disk_errors, move_in, set_aside
from fixproof.environments.web import AbsentError, Web
from fixproof.environments.wheels import LISTING, MOMENT, Contents, HostileWheelError, unpack
from fixproof.model.environments import Pin
from fixproof.model.runs import Stage, Unusable

_SIDE_BY_SIDE = 6
_FILE_LIMIT = 4 * 1024**3
_QUICKLY_READ = 32 * 1024**2


class WheelStore:
    """Unpacked wheels by the digest of the wheel."""

    def __init__(self, cache: Path, *, web: Web, scratch: Scratch) -> None:
        self._folder = cache / "store" / "wheels"
        self._web = web
        self._scratch = scratch
        self._locks = Locks()
        self._known: dict[str, Contents] = {}
        self._weighed: set[str] = set()  # those whose content was held against its digests
        self._refused: dict[str, Unusable] = {}  # turned away once: the same content will be again
        self._guard = threading.Lock()

    def folder(self, sha256: str) -> Path:
        """Tell where a wheel stands unpacked."""
        return self._folder / sha256[:2] / sha256

    def find(self, sha256: str) -> Contents | None:
        """Read the list of an unpacked wheel's files."""
        with self._guard:
            if known := self._known.get(sha256):
                return known
        try:
            content = (self.folder(sha256) / LISTING).read_bytes()
            contents = msgspec.json.decode(content, type=Contents)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError):
            self.discard(sha256)
            return None
        with self._guard:
            self._known[sha256] = contents
        return contents

    def ensure(
        self, pins: Sequence[Pin], locate: Callable[[Pin], str]
    ) -> dict[str, Contents] | Unusable:
        """Have all these wheels unpacked, fetching what is missing side by side."""
        missing = [pin for pin in pins if self.find(pin.sha256) is None]
        if len(missing) > 1:
            with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
                results = list(pool.map(lambda pin: self._fetch(pin, locate), missing))
        else:
            results = [self._fetch(pin, locate) for pin in missing]
        for result in results:
            if isinstance(result, Unusable):
                return result
        return {pin.sha256: self._sure(pin.sha256) for pin in pins}

    def add(self, wheel: Path, name: str, sha256: str) -> Contents | Unusable:
        """Unpack a wheel that is on disk already."""
        with disk_errors(f"the wheel {name}"), self._scratch.room() as room:
            return self._unpack(wheel, name, sha256, room)

    def discard(self, sha256: str) -> None:
        """Set a damaged wheel aside; the next call fetches it again."""
        with self._guard:
            self._known.pop(sha256, None)
            self._weighed.discard(sha256)
        set_aside(self.folder(sha256))

    def intact(self, sha256: str, contents: Contents) -> bool:
        """Tell whether every file still is what was unpacked.

        By size and time; once in our life by content too, where that takes no time to speak of.
        """
        folder = self.folder(sha256)
        try:
            for entry in contents.entries:
                found = os.stat(f"{folder}/{entry.part}/{entry.path}")  # noqa: PTH116 -- 1000s
                if found.st_size != entry.size or found.st_mtime != MOMENT:
                    return False
            if sha256 not in self._weighed and not _is_same(folder, contents):
                return False
        except OSError:
            return False
        self._weighed.add(sha256)
        return True

    def touch(self, sha256: str) -> None:
        """Note that a wheel is used: eviction takes the least recently used first."""
        with suppress(OSError):
            os.utime(self.folder(sha256))

    def _sure(self, sha256: str) -> Contents:
        contents = self.find(sha256)
        assert contents is not None
        return contents

    def _fetch(self, pin: Pin, locate: Callable[[Pin], str]) -> Contents | Unusable:
        with self._locks.of(pin.sha256):
            if found := self.find(pin.sha256) or self._refused.get(pin.sha256):
                return found
            with disk_errors(f"the wheel {pin.file}"), self._scratch.room() as room:
                wheel = room / "wheel"
                try:
                    limit = (pin.size or _FILE_LIMIT) + 1
                    self._web.save(locate(pin), wheel, sha256=pin.sha256, limit=limit)
                except AbsentError as error:
                    return Unusable(stage=Stage.FETCH, reason=error.message)
                return self._unpack(wheel, pin.file, pin.sha256, room)

    def _unpack(self, wheel: Path, name: str, sha256: str, room: Path) -> Contents | Unusable:
        made = room / "unpacked"
        made.mkdir()
        try:
            contents = unpack(wheel, made, name)
        except HostileWheelError as error:
            refused = Unusable(stage=Stage.INSTALL, reason=f"{name}: {error}")
            self._refused[sha256] = refused
            return refused
        move_in(made, self.folder(sha256))
        return contents


def _is_same(folder: Path, contents: Contents) -> bool:
    """Hold files against their digests; those of a very large wheel are taken as they are."""
    if sum(entry.size for entry in contents.entries) > _QUICKLY_READ:
        return True
    for entry in contents.entries:
        with open(f"{folder}/{entry.part}/{entry.path}", "rb") as file:  # noqa: PTH123 -- 1000s
            if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                return False
    return True
