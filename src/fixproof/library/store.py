"""The append-only store of run records: one file a record, named by its content.

A record's file is written aside, synced and renamed, so that a kill at any instant leaves it
whole or absent; there is no index to repair and no lock to hold. `PROBE[:3]/PROBE.DIGEST.json`:
the name carries the digest of the content, so that every read checks what it reads.
"""

import errno
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fixproof.evidence.record import decode, encode
from fixproof.library.files import TEMPORARY, disk, write_whole
from fixproof.model.errors import InputError, PreparationError
from fixproof.model.evidence import RunRecord

FAN = 3  # hex digits of a probe that choose its folder
NAME = re.compile(r"(?P<probe>[0-9a-f]{64})\.(?P<digest>[0-9a-f]{64})\.json")
ASIDE = "set-aside"  # where corrupted entries go


@dataclass(frozen=True, slots=True)
class RecordStore:
    """Run records below a folder, for any number of processes and threads at once.

    `report` is told of every corrupted entry, once, when it is set aside: its probe is then
    simply not known any more and is run again.
    """

    folder: Path
    report: Callable[[str], None] = lambda _: None

    def find(self, probe: str) -> tuple[RunRecord, ...]:
        """All finished runs of a probe, oldest first."""
        paths = [path for path in self._shelf(probe) if path.name.startswith(probe)]
        found = [record for path in paths if (record := self._read(path))]
        return tuple(sorted(found, key=_age))

    def keep(self, record: RunRecord) -> str:
        """Store a record for good and return its digest.

        Raises PreparationError where the disk is full or cannot be written.
        """
        data = encode(record)
        digest = hashlib.sha256(data).hexdigest()
        name = f"{record.probe}.{digest}.json"
        if not NAME.fullmatch(name):
            raise InputError(f"not the id of a probe: {record.probe}")
        # a run that a power cut took is run again: not worth a second wait for the disk
        write_whole(self.folder / record.probe[:FAN] / name, data, settle=False)
        return digest

    def check(self) -> tuple[str, ...]:
        """Verify every entry; return what is wrong, a line each. Changes nothing."""
        wrong = [fault for path in self._entries() if (fault := _inspect(path)[0])]
        wrong += [f"{path}: set aside earlier" for path in sorted((self.folder / ASIDE).glob("*"))]
        return tuple(wrong)

    def digests(self) -> Iterator[str]:
        """List the digests of all records."""
        for path in self._entries():
            if match := NAME.fullmatch(path.name):
                yield match["digest"]

    def _entries(self) -> Iterator[Path]:
        for shelf in sorted(self.folder.glob("[0-9a-f]" * FAN)):
            yield from self._shelf(shelf.name)

    def _shelf(self, probe: str) -> list[Path]:
        shelf = self.folder / probe[:FAN]
        with disk(shelf, "cannot be read"), suppress(FileNotFoundError):
            return sorted(p for p in shelf.iterdir() if not p.name.endswith(TEMPORARY))
        return []

    def _read(self, path: Path) -> RunRecord | None:
        fault, record = _inspect(path)
        if fault:
            self._set_aside(path, fault)
        return record

    def _set_aside(self, path: Path, fault: str) -> None:
        aside = self.folder / ASIDE
        # On a read-only disk it stays where it is; it is not used either way.
        with suppress(OSError):
            aside.mkdir(exist_ok=True)
            path.replace(aside / path.name)
        self.report(f"corrupted record set aside, its probe will be run again: {fault}")


def _age(record: RunRecord) -> tuple[int, str]:
    return record.attempt, record.started.isoformat() if record.started else ""


def _inspect(path: Path) -> tuple[str, RunRecord | None]:
    """Read an entry: what is wrong with it, or the record; neither when it is gone."""
    try:
        data = path.read_bytes()
        record = decode(data, at=str(path))
    except FileNotFoundError:
        return "", None  # another process set it aside
    except InputError as error:
        return str(error), None
    except OSError as error:
        if error.errno == errno.EIO:
            return f"{path}: {error.strerror}", None
        raise PreparationError(f"cannot be read: {error.strerror}", at=str(path)) from error
    fault = _mismatch(path, data, record)
    return (fault, None) if fault else ("", record)


def _mismatch(path: Path, data: bytes, record: RunRecord) -> str:
    name = NAME.fullmatch(path.name)
    if name is None:
        return f"{path}: not a name of a record"
    if hashlib.sha256(data).hexdigest() != name["digest"]:
        return f"{path}: the content is not what its digest says"
    if record.probe != name["probe"] or path.parent.name != record.probe[:FAN]:
        return f"{path}: filed under another probe"
    return ""
