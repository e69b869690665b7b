"""The package index as a sandbox sees it: a door that lets through its pages and files, no more.

A build may read what the index lists and nothing else: no address of its own choice, no other
host, no credentials. What went through is remembered: it is what the build was made with.
"""

import contextlib
import json
import os
import shutil
import socketserver
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote

from fixproof.environments.disk import Locks, Scratch, disk_errors
from fixproof.environments.index import Listed, SimpleIndex
from fixproof.environments.web import AbsentError
from fixproof.model.environments import Pin
from fixproof.model.errors import InputError, PreparationError
from fixproof.model.releases import canonical

_JSON = "application/vnd.pypi.simple.v1+json"
_FILE_LIMIT = 2 * 1024**3
_METADATA_LIMIT = 16 * 1024**2
_METADATA = ".metadata"


class Shelf:
    """Files of the index as they are, by digest: sources and what builds need."""

    def __init__(self, cache: Path, *, index: SimpleIndex, scratch: Scratch) -> None:
        self._folder = cache / "store" / "files"
        self._index = index
        self._scratch = scratch
        self._locks = Locks()

    def file(self, sha256: str, address: str, size: int | None) -> Path:
        """Have a file on disk, its digest checked."""
        path = self._folder / sha256[:2] / sha256
        with self._locks.of(sha256):
            if not path.exists():
                with disk_errors("a file of the index"), self._scratch.room() as room:
                    partial = room / "file"
                    limit = (size or _FILE_LIMIT) + 1
                    self._index.web.save(address, partial, sha256=sha256, limit=limit)
                    partial.chmod(0o444)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    partial.replace(path)
        with contextlib.suppress(OSError):
            os.utime(path)  # eviction takes the least recently used first
        return path

    def metadata(self, address: str) -> bytes:
        """Read the metadata that the index shows beside a wheel."""
        answer = self._index.web.read(
            address + _METADATA, accept="text/plain, */*", limit=_METADATA_LIMIT
        )
        return answer.content


class Relay:
    """Serves one sandbox over a unix socket (`door` in a folder of its own) while it is open."""

    def __init__(self, index: SimpleIndex, shelf: Shelf, latest: datetime, porch: Path) -> None:
        self.index = index
        self._latest = latest
        self.door = porch / "door"
        self.shelf = shelf
        self.faults: list[PreparationError] = []
        self._served: dict[str, Pin] = {}
        self._guard = threading.Lock()

    def __enter__(self) -> Self:
        porch = os.open(self.door.parent, os.O_PATH | os.O_CLOEXEC)
        try:
            # By descriptor: the name of a socket holds hardly a hundred characters.
            self._server = _Server(f"/proc/self/fd/{porch}/{self.door.name}", self._handler())
        finally:
            os.close(porch)
        self.door.chmod(0o777)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def served(self) -> tuple[Pin, ...]:
        """List the files that went through, by name."""
        with self._guard:
            return tuple(sorted(self._served.values(), key=lambda pin: (pin.name, pin.version)))

    def page(self, name: str) -> bytes:
        """Write a package's page, its files below this door."""
        listing = self.index.covering(name, self._latest)
        files = [_entry(listing.name, file) for file in listing.files if file.sha256]
        page = {"meta": {"api-version": "1.1"}, "name": listing.name, "files": files}
        return json.dumps(page).encode()

    def find(self, name: str, file: str) -> Listed:
        """Find a file that the index lists."""
        for listed in self.index.covering(name, self._latest).files:
            if listed.name == file and listed.sha256:
                return listed
        raise InputError(f"not a file of the index: {file}")

    def note(self, name: str, file: Listed) -> None:
        """Remember what a build was given."""
        pin = Pin(
            name=canonical(name),
            version=file.version,
            file=file.name,
            sha256=file.sha256 or "",
            uploaded=file.uploaded,
            size=file.size,
        )
        with self._guard:
            self._served[pin.sha256] = pin

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        relay = self

        class Handler(_Visitor):
            pass

        Handler.relay = relay
        return Handler


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever is in the sandbox may hang up at any time."""


class _Visitor(BaseHTTPRequestHandler):
    """One connection from the sandbox. It may ask for a page or a file; all else is absent."""

    relay: Relay
    timeout = 60

    def do_GET(self) -> None:
        """Answer with a page, a file, or its metadata."""
        self._answer(with_content=True)

    def do_HEAD(self) -> None:
        """Answer with the size only."""
        self._answer(with_content=False)

    def _answer(self, *, with_content: bool) -> None:
        try:
            self._send(*self._found(with_content=with_content), with_content=with_content)
        except (InputError, AbsentError):
            self._refuse(404)
        except PreparationError as error:
            self.relay.faults.append(error)
            self._refuse(503)

    def _found(self, *, with_content: bool) -> tuple[bytes | Path, str]:
        kind, _, rest = unquote(self.path).strip("/").partition("/")
        name, _, file = rest.partition("/")
        if kind == "simple" and name and not file:
            return self.relay.page(name), _JSON
        if kind != "files" or not file:
            raise InputError("neither a page nor a file")
        if file.endswith(_METADATA):
            listed = self.relay.find(name, file.removesuffix(_METADATA))
            return self.relay.shelf.metadata(listed.url), "text/plain"
        listed = self.relay.find(name, file)
        if with_content:
            self.relay.note(name, listed)
        path = self.relay.shelf.file(listed.sha256 or "", listed.url, listed.size)
        return path, "application/octet-stream"

    def _send(self, content: bytes | Path, kind: str, *, with_content: bool) -> None:
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if not with_content:
            return
        if isinstance(content, Path):
            with content.open("rb") as file:
                shutil.copyfileobj(file, self.wfile)
        else:
            self.wfile.write(content)

    def _refuse(self, status: int) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, format: str, *said: object) -> None:  # noqa: A002 -- theirs
        """Say nothing."""


def _entry(package: str, file: Listed) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "filename": file.name,
        "url": f"../../files/{package}/{quote(file.name)}",
        "hashes": {"sha256": file.sha256},
        "yanked": (file.yanked_reason or True) if file.yanked else False,
    }
    optional = {
        "size": file.size,
        "requires-python": file.requires_python,
        "upload-time": _written(file.uploaded),
        "core-metadata": file.has_metadata or None,
    }
    return entry | {key: value for key, value in optional.items() if value is not None}


def _written(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment else None
