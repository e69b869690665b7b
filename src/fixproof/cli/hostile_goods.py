"""Hostile packages for the doctor's attacks, and an index on this machine that serves them."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

_DATE = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """One file on the index. `uploaded` empty: the index does not say when."""

    project: str
    file: str
    content: bytes
    uploaded: str = "2020-01-01T00:00:00Z"


def _metadata(name: str, version: str) -> bytes:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()


def wheel(
    name: str,
    version: str,
    members: Mapping[str, bytes],
    *,
    points: str = "",
    recorded: Iterable[str] = (),
    links: Iterable[str] = (),
) -> bytes:
    """Build a wheel; paths, entry points and lines of RECORD may lead anywhere, on purpose."""
    folder = f"{name}-{version}.dist-info"
    kept = dict(members)
    kept[f"{folder}/METADATA"] = _metadata(name, version)
    kept[f"{folder}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if points:
        kept[f"{folder}/entry_points.txt"] = points.encode()
    lines = [f"{path},sha256={_digest(content)},{len(content)}" for path, content in kept.items()]
    kept[f"{folder}/RECORD"] = "\n".join([*lines, *recorded, f"{folder}/RECORD,,", ""]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in kept.items():
            member = zipfile.ZipInfo(path, _DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (0o120777 if path in set(links) else 0o100644) << 16
            archive.writestr(member, content)
    return buffer.getvalue()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def sdist(
    name: str, version: str, members: Mapping[str, bytes], links: Mapping[str, str] | None = None
) -> bytes:
    """Build a source distribution; links come first, so that members may go through them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, target in (links or {}).items():
            link = tarfile.TarInfo(f"{name}-{version}/{path}")
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
        for path, content in {"PKG-INFO": _metadata(name, version), **members}.items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


@contextmanager
def served(*goods: Good) -> Iterator[str]:
    """Serve goods under the simple API on a port of this machine; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = _answer(unquote(self.path), goods)
            if found is None:
                self.send_error(404)
                return
            kind, content = found
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(path: str, goods: Iterable[Good]) -> tuple[str, bytes] | None:
    folder, _, name = path.strip("/").partition("/")
    if folder == "files":
        kept = {g.file: g.content for g in goods}
        kept |= {f"{g.file}.metadata": _metadata(*_named(g)) for g in goods}
        return ("application/octet-stream", kept[name]) if name in kept else None
    files = [_listed(g) for g in goods if g.project == name]
    if not files:
        return None
    page = {"meta": {"api-version": "1.1"}, "name": name, "files": files}
    return "application/vnd.pypi.simple.v1+json", json.dumps(page).encode()


def _named(good: Good) -> tuple[str, str]:
    name, version, *_ = good.file.removesuffix(".tar.gz").split("-")
    return name, version


def _listed(good: Good) -> dict[str, object]:
    listed: dict[str, object] = {
        "filename": good.file,
        "url": f"/files/{good.file}",
        "hashes": {"sha256": hashlib.sha256(good.content).hexdigest()},
        "size": len(good.content),
    }
    if good.file.endswith(".whl"):
        listed["core-metadata"] = True
    if good.uploaded:
        listed["upload-time"] = good.uploaded
    return listed
