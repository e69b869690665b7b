"""A package index on this machine: small wheels with chosen upload dates, and chosen faults.

with LocalIndex() as index:
    index.add("demo", "1.0", uploaded="2024-01-01", files={"demo.py": "x = 1"})
    environments = index.environments(tmp_path)
"""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from fixproof.environments.index import SimpleIndex
from fixproof.environments.prepare import Environments
from fixproof.environments.settings import Endpoint, IndexSettings
from fixproof.environments.web import Patience

Content = str | bytes

# Gives up soon, so that tests of faults are quick.
HASTY = Patience(connect=2.0, read=0.3, total=5.0, attempts=3, pause=0.01, longest_pause=0.05)


class Fault(Enum):
    """What the index does wrong, once for each time it is named."""

    BUSY = "429"
    DOWN = "503"
    GONE = "404"
    STALLS = "stalls"
    TRUNCATES = "truncates"
    LIES = "lies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file as it stands on the index."""

    name: str
    content: bytes
    metadata: str = ""
    uploaded: datetime | None = None
    requires_python: str | None = None
    yanked: bool | str = False

    def listed(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "filename": self.name,
            "url": f"/files/{self.name}",
            "hashes": {"sha256": hashlib.sha256(self.content).hexdigest()},
            "size": len(self.content),
            "yanked": self.yanked,
        }
        if self.uploaded:
            said["upload-time"] = self.uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if self.metadata:
            said["core-metadata"] = True
        if self.requires_python:
            said["requires-python"] = self.requires_python
        return said


def metadata(name: str, version: str, requires: Sequence[str] = ()) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    return "\n".join([*lines, *(f"Requires-Dist: {each}" for each in requires), ""])


def wheel(
    name: str,
    version: str,
    files: Mapping[str, Content],
    *,
    requires: Sequence[str] = (),
    record: Mapping[str, str] | None = None,
    modes: Mapping[str, int] | None = None,
    more_metadata: Mapping[str, str] | None = None,
) -> bytes:
    """Build a wheel. `record` replaces lines of RECORD; a path may lead anywhere, on purpose."""
    folder = f"{name.replace('-', '_')}-{version}.dist-info"
    members = {path: _bytes(content) for path, content in files.items()}
    members[f"{folder}/METADATA"] = metadata(name, version, requires).encode()
    members[f"{folder}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    for path, content in (more_metadata or {}).items():
        members[f"{folder}/{path}"] = _bytes(content)
    lines = [f"{path},{_digest(content)},{len(content)}" for path, content in members.items()]
    lines = [(record or {}).get(line.partition(",")[0], line) for line in lines]
    members[f"{folder}/RECORD"] = "\n".join([*lines, f"{folder}/RECORD,,", ""]).encode()
    return _zipped(members, modes or {})


def _bytes(content: Content) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _digest(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"sha256={digest}"


def _zipped(members: Mapping[str, bytes], modes: Mapping[str, int]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            info = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = modes.get(path, 0o100644) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def sdist(name: str, version: str, files: Mapping[str, Content]) -> bytes:
    """Build a source distribution from `setup.py`, `pyproject.toml` and the like."""
    root = f"{name}-{version}"
    members = {"PKG-INFO": metadata(name, version), **files}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in members.items():
            info = tarfile.TarInfo(f"{root}/{path}")
            info.size = len(_bytes(content))
            archive.addfile(info, io.BytesIO(_bytes(content)))
    return gzip.compress(buffer.getvalue(), mtime=0)


def moment(said: str | datetime | None) -> datetime | None:
    if said is None or isinstance(said, datetime):
        return said
    parsed = datetime.fromisoformat(said)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Resolvers open many connections at once; one that does not fit in waits for a second.
    request_queue_size = 128


class LocalIndex:
    """Serves uploads under a simple API (JSON), on a free port, until closed."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._uploads: dict[str, list[Upload]] = defaultdict(list)
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self._pages: dict[str, bytes] = {}
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/simple"

    @property
    def settings(self) -> IndexSettings:
        return IndexSettings(default=Endpoint(url=self.url))

    def index(self, cache: Path, *, offline: bool = False) -> SimpleIndex:
        return SimpleIndex(cache, settings=self.settings, offline=offline, patience=HASTY)

    def environments(self, cache: Path, *, offline: bool = False, **more: Any) -> Environments:
        index = self.index(cache, offline=offline)
        return Environments(cache, offline=offline, index=index, **more)

    def add(
        self,
        name: str,
        version: str,
        *,
        uploaded: str | datetime | None = "2020-01-01",
        files: Mapping[str, Content] | None = None,
        requires: Sequence[str] = (),
        requires_python: str | None = None,
        yanked: bool | str = False,
        content: bytes | None = None,
    ) -> Upload:
        """Upload a wheel, by default one module that knows its version."""
        module = name.replace("-", "_")
        members = files or {f"{module}/__init__.py": f"__version__ = {version!r}\n"}
        upload = Upload(
            name=f"{module}-{version}-py3-none-any.whl",
            content=content or wheel(name, version, members, requires=requires),
            metadata=metadata(name, version, requires),
            uploaded=moment(uploaded),
            requires_python=requires_python,
            yanked=yanked,
        )
        self._uploads[str(canonicalize_name(name))].append(upload)
        return upload

    def add_source(
        self,
        name: str,
        version: str,
        *,
        uploaded: str | datetime | None = "2020-01-01",
        files: Mapping[str, Content],
    ) -> Upload:
        """Upload a source distribution."""
        content = sdist(name, version, files)
        upload = Upload(name=f"{name}-{version}.tar.gz", content=content, uploaded=moment(uploaded))
        self._uploads[str(canonicalize_name(name))].append(upload)
        return upload

    def advise(self, name: str, version: str, *ids: str, withdrawn: Sequence[str] = ()) -> None:
        """Serve a JSON page for a release that lists these advisories."""
        listed = [{"id": each, "withdrawn": None} for each in ids]
        listed += [{"id": each, "withdrawn": "2024-01-01"} for each in withdrawn]
        page = {"info": {"name": name, "version": version}, "vulnerabilities": listed}
        self._pages[f"pypi/{canonicalize_name(name)}/{version}/json"] = json.dumps(page).encode()

    def fail(self, path: str, *faults: Fault) -> None:
        """Do these wrong, one an answer, where the path asked for holds this text."""
        self._faults[path].extend(faults)

    def mend(self) -> None:
        """Do nothing wrong any more."""
        self._faults.clear()

    def _fault(self, path: str) -> Fault | None:
        for part, faults in self._faults.items():
            if part in path and faults:
                return faults.pop(0)
        return None

    def _content(self, path: str) -> tuple[bytes, str] | None:
        folder, _, name = path.strip("/").partition("/")
        if page := self._pages.get(path.strip("/")):
            return page, "application/json"
        if folder == "simple" and (uploads := self._uploads.get(name.strip("/"))):
            files = [upload.listed() for upload in uploads]
            listing = {"meta": {"api-version": "1.1"}, "name": name.strip("/"), "files": files}
            return json.dumps(listing).encode(), "application/vnd.pypi.simple.v1+json"
        for upload in (upload for uploads in self._uploads.values() for upload in uploads):
            if folder == "files" and upload.name == name:
                return upload.content, "application/octet-stream"
            if folder == "files" and f"{upload.name}.metadata" == name:
                return upload.metadata.encode(), "text/plain"
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = unquote(self.path)
                index.asked.append(path)
                index.headers.append(dict(self.headers))
                found, fault = index._content(path), index._fault(path)
                if found is None or fault is Fault.GONE:
                    self.send_error(404)
                elif fault in {Fault.BUSY, Fault.DOWN}:
                    self.send_error(int(fault.value))
                elif fault is Fault.STALLS:
                    index._closing.wait(10)
                else:
                    self._send(*found, fault)

            def _send(self, content: bytes, kind: str, fault: Fault | None) -> None:
                if fault is Fault.LIES:
                    content = content[:-1] + bytes([content[-1] ^ 1])
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[:-10] if fault is Fault.TRUNCATES else content)

            def log_message(self, *said: object) -> None:
                """Say nothing."""

        return Handler
