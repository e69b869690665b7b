"""One wheel → an unpacked folder that is ready to be linked; hostile ones are turned away."""

import base64
import hashlib
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec
from installer.records import parse_record_file
from installer.utils import parse_entrypoints, parse_metadata_file

from fixproof.environments.scripts import entry_script, relocatable

_UNPACKED_LIMIT = 8 * 1024**3
_BOMB_FLOOR = 64 * 1024**2
_BOMB_RATIO = 100
_MEMBERS_LIMIT = 200_000
_CHUNK = 1024**2
# All unpacked files get this one, so that a file written through a link betrays itself.
MOMENT = 1_500_000_000
_RESERVED = re.compile(
    r"(python|pypy)[\d.]*[wt]?|(de)?activate(\..*|_this\.py)?|Activate\.ps1|pyvenv\.cfg",
    re.IGNORECASE,
)
_SCHEMES = {"purelib": "site", "platlib": "site", "scripts": "bin", "headers": "include"}
LISTING = "listing.json"


class HostileWheelError(Exception):
    """A wheel that must not be, or cannot be, installed. Says why; the caller names the wheel."""


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """One file: `part` is site, bin, include or prefix, `path` is relative to that."""

    part: str
    path: str
    size: int
    sha256: str


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What an unpacked wheel consists of."""

    name: str
    metadata: str  # the .dist-info folder
    entries: tuple[Entry, ...]


def unpack(wheel: Path, folder: Path, name: str) -> Contents:
    """Unpack a wheel into `folder`, one subfolder a part, with its list of files beside them."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return _Unpacking(archive, folder, name, wheel.stat().st_size).run()
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise HostileWheelError(f"not a readable archive: {error}") from error
    except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        raise HostileWheelError("a file and a folder of the same name") from error
    except (UnicodeError, ValueError) as error:
        raise HostileWheelError(f"malformed: {type(error).__name__}") from error


class _Unpacking:
    """The state of one unpacking: what was written so far."""

    def __init__(self, archive: zipfile.ZipFile, folder: Path, name: str, compressed: int) -> None:
        self._archive = archive
        self._folder = folder
        self._name = name
        self._entries: dict[tuple[str, str], Entry] = {}
        self._made: set[Path] = set()
        self._members = [m for m in archive.infolist() if not m.is_dir()]
        _check_size(self._members, compressed)
        self._metadata = _metadata_folder(self._members)
        self._data = self._metadata.removesuffix(".dist-info") + ".data"
        self._record = self._recorded()

    def run(self) -> Contents:
        self._check_purpose()
        for member in self._members:
            if member.filename != f"{self._metadata}/RECORD":
                self._member(member)
        self._entry_scripts()
        self._write("site", f"{self._metadata}/INSTALLER", b"fixproof\n")
        self._write("site", f"{self._metadata}/RECORD", self._new_record())
        contents = Contents(
            name=self._name, metadata=self._metadata, entries=tuple(self._entries.values())
        )
        (self._folder / LISTING).write_bytes(msgspec.json.encode(contents))
        return contents

    def _check_purpose(self) -> None:
        try:
            said = parse_metadata_file(self._text("WHEEL") or "")
        except Exception as error:
            raise HostileWheelError("its WHEEL file cannot be read") from error
        if not (said.get("Wheel-Version") or "1.").startswith("1."):
            raise HostileWheelError("a wheel version other than 1")

    def _text(self, name: str) -> str | None:
        try:
            return self._archive.read(f"{self._metadata}/{name}").decode("utf-8")
        except KeyError:
            return None

    def _recorded(self) -> dict[str, str]:
        """Read the digests that the wheel states for its own files."""
        text = self._text("RECORD")
        if text is None:
            raise HostileWheelError("no RECORD")
        return {path: said for path, said, _ in parse_record_file(text.splitlines())}

    def _member(self, member: zipfile.ZipInfo) -> None:
        part, path = self._destination(member.filename)
        mode = member.external_attr >> 16
        if part == "bin":
            self._script(member, path)
            return
        # A link in an archive is stored as what it is there: a file that holds a path.
        executable = stat.S_ISREG(mode) and bool(mode & 0o111)
        with self._archive.open(member) as stream:
            chunks = iter(lambda: stream.read(_CHUNK), b"")
            sha256 = self._copy(part, path, chunks, executable=executable)
        self._compare(member.filename, sha256)

    def _script(self, member: zipfile.ZipInfo, path: str) -> None:
        content = self._archive.read(member)
        self._compare(member.filename, hashlib.sha256(content).hexdigest())
        self._write("bin", path, relocatable(content), executable=True)

    def _compare(self, name: str, sha256: str) -> None:
        algorithm, _, said = self._record.get(name, "").partition("=")
        if algorithm != "sha256" or not said:
            return
        if base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=") != said.rstrip("="):
            raise HostileWheelError(f"RECORD states another SHA-256: {name}")

    def _destination(self, name: str) -> tuple[str, str]:
        """Tell where a member goes. Nothing may leave its part or replace the environment's own."""
        _check_path(name)
        first, _, rest = name.partition("/")
        if first != self._data:
            return "site", name
        scheme, _, path = rest.partition("/")
        if not path:
            raise HostileWheelError(f"a file outside every scheme: {name}")
        part = _SCHEMES.get(scheme, "prefix" if scheme == "data" else "")
        if not part:
            raise HostileWheelError(f"an unknown scheme: {name}")
        if part == "prefix" and path.startswith("bin/"):
            part, path = "bin", path.removeprefix("bin/")
        if part in {"bin", "prefix"}:
            _check_reserved(path, name)
        return part, path

    def _entry_scripts(self) -> None:
        text = self._text("entry_points.txt")
        if text is None:
            return
        try:
            points = list(parse_entrypoints(text))
        except Exception:  # noqa: BLE001 -- any fault of a parser; other installers skip such files
            points = []
        for name, module, attribute, _ in points:
            if "/" in name or "\0" in name or name in {"", ".", ".."}:
                raise HostileWheelError(f"an entry point's name leads elsewhere: {name!r}")
            _check_reserved(name, name)
            self._write("bin", name, entry_script(module, attribute), executable=True)

    def _write(self, part: str, path: str, content: bytes, *, executable: bool = False) -> None:
        self._copy(part, path, iter([content]), executable=executable)

    def _copy(
        self, part: str, path: str, chunks: Iterator[bytes], *, executable: bool = False
    ) -> str:
        target = self._folder / part / path
        if target.parent not in self._made:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(target.parent)
        if (part, path) in self._entries:
            target.unlink()
        digest, size = hashlib.sha256(), 0
        mode = 0o555 if executable else 0o444
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fchmod(descriptor, mode)
            os.utime(descriptor, (MOMENT, MOMENT))
        self._entries[part, path] = Entry(part, path, size, digest.hexdigest())
        return digest.hexdigest()

    def _new_record(self) -> bytes:
        """List what is installed, as tools that read RECORD expect it."""
        lines = [_record_line(e) for e in self._entries.values() if e.part != "include"]
        lines.append(f"{self._metadata}/RECORD,,")
        return "".join(f"{line}\n" for line in lines).encode()


def _record_line(entry: Entry) -> str:
    prefix = {"site": "", "bin": "../../../bin/", "prefix": "../../../"}[entry.part]
    path = prefix + entry.path
    if "," in path or '"' in path:
        path = '"' + path.replace('"', '""') + '"'
    said = base64.urlsafe_b64encode(bytes.fromhex(entry.sha256)).decode().rstrip("=")
    return f"{path},sha256={said},{entry.size}"


def _check_size(members: list[zipfile.ZipInfo], compressed: int) -> None:
    total = sum(member.file_size for member in members)
    if len(members) > _MEMBERS_LIMIT:
        raise HostileWheelError(f"more than {_MEMBERS_LIMIT} files")
    if total > _UNPACKED_LIMIT or total > max(_BOMB_FLOOR, _BOMB_RATIO * compressed):
        raise HostileWheelError(f"{compressed} bytes would unpack to {total}")


def _metadata_folder(members: list[zipfile.ZipInfo]) -> str:
    firsts = {member.filename.partition("/")[0] for member in members}
    found = [first for first in firsts if first.endswith(".dist-info")]
    if len(found) != 1:
        raise HostileWheelError("not exactly one .dist-info folder")
    return found[0]


def _check_path(name: str) -> None:
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or "\0" in name or {"", ".", ".."} & set(parts):
        raise HostileWheelError(f"a file's path leads elsewhere: {name!r}")


def _check_reserved(path: str, name: str) -> None:
    """Keep a wheel from replacing what makes the environment an environment."""
    if _RESERVED.fullmatch(PurePosixPath(path).name) and path.count("/") == 0:
        raise HostileWheelError(f"a file of the environment itself would be replaced: {name!r}")
