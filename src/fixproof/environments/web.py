"""Reading from the package index: patient with faults, bounded in time and size."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from fixproof.environments.settings import Endpoint, IndexSettings, without_addresses
from fixproof.model.errors import PreparationError

if TYPE_CHECKING:
    import requests

Got = TypeVar("Got")
_CHUNK = 256 * 1024
_PASSING = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, and how often to try. Seconds."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 600.0
    attempts: int = 4
    pause: float = 0.4  # doubled after each attempt
    longest_pause: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A page that was read to its end."""

    content: bytes
    content_type: str
    url: str


class AbsentError(PreparationError):
    """The index answered that it has no such thing."""


class _PassingError(Exception):
    """A fault that may be gone the next time; `wait` is what the server asked for."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Web:
    """Reads pages and files. One session a thread, with the index's own credentials."""

    def __init__(
        self, settings: IndexSettings, *, offline: bool = False, patience: Patience | None = None
    ) -> None:
        self.settings = settings
        self.offline = offline
        self.patience = patience or Patience()
        self._local = threading.local()

    def read(self, url: str, *, accept: str, limit: int) -> Answer:
        """Read a page of at most `limit` bytes."""

        def once() -> Answer:
            with self._open(url, {"Accept": accept}) as response:
                content = b"".join(self._chunks(response, limit))
                kind = response.headers.get("Content-Type", "")
                return Answer(content=content, content_type=kind, url=response.url)

        return self._patiently(url, once)

    def save(self, url: str, target: Path, *, sha256: str, limit: int) -> None:
        """Write a file whose digest is known; a lie about it is an error, after new attempts."""

        def once() -> None:
            digest = hashlib.sha256()
            with self._open(url, {}) as response, target.open("wb") as file:
                for chunk in self._chunks(response, limit):
                    digest.update(chunk)
                    file.write(chunk)
            if digest.hexdigest() != sha256:
                raise _PassingError("its SHA-256 is not what the index promised")

        self._patiently(url, once)

    def _patiently(self, url: str, once: Callable[[], Got]) -> Got:
        if self.offline:
            raise PreparationError(
                f"not in the cache, and offline: {_name(url)}", hint="run once without --offline"
            )
        pause = self.patience.pause
        for attempt in range(1, self.patience.attempts + 1):
            try:
                return once()
            except _PassingError as fault:
                if attempt == self.patience.attempts:
                    raise _unreachable(url, str(fault)) from None
                wait = pause if fault.wait is None else fault.wait
            time.sleep(min(wait, self.patience.longest_pause))
            pause *= 2
        raise AssertionError("unreachable")

    @contextlib.contextmanager
    def _open(self, url: str, headers: dict[str, str]) -> Iterator["requests.Response"]:
        import requests

        waits = (self.patience.connect, self.patience.read)
        try:
            with self._session().get(url, headers=headers, stream=True, timeout=waits) as response:
                _raise_for(response)
                yield response
        except requests.exceptions.RequestException as error:
            raise _PassingError(_plain(error)) from None

    def _chunks(self, response: "requests.Response", limit: int) -> Iterator[bytes]:
        """Read on while it is neither too much nor too slow."""
        size, end = 0, time.monotonic() + self.patience.total
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise PreparationError(f"larger than {limit} bytes: {_name(response.url)}")
            if time.monotonic() > end:
                raise _PassingError("too slow")
            yield chunk

    def _session(self) -> "requests.Session":
        import requests

        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.headers["User-Agent"] = "fixproof"
            session.auth = _Credentials(self.settings.endpoints)
            self._local.session = session
        return session


class _Credentials:
    """Gives each host its own credentials: the index's, else those of netrc."""

    def __init__(self, endpoints: tuple[Endpoint, ...]) -> None:
        self._known = {urlsplit(e.url).netloc: e for e in endpoints if e.user is not None}

    def __call__(self, request: "requests.PreparedRequest") -> "requests.PreparedRequest":
        from requests.auth import HTTPBasicAuth
        from requests.utils import get_netrc_auth

        url = request.url or ""
        if found := self._known.get(urlsplit(url).netloc):
            return HTTPBasicAuth(found.user or "", found.password or "")(request)
        pair = get_netrc_auth(url)
        return HTTPBasicAuth(*pair)(request) if pair else request


def _raise_for(response: "requests.Response") -> None:
    status = response.status_code
    if status < 400:
        return
    if status in _PASSING:
        raise _PassingError(f"status {status}", _asked_to_wait(response))
    if status in {404, 410}:
        raise AbsentError(f"the index has no such page: {_name(response.url)}")
    hint = "check the credentials of the index" if status in {401, 403} else None
    raise PreparationError(f"the index answered with status {status}", hint=hint)


def _asked_to_wait(response: "requests.Response") -> float | None:
    said = response.headers.get("Retry-After", "")
    return float(said) if said.isdigit() else None


def _name(url: str) -> str:
    """Take the last part of an address: enough to know what was asked, and never a secret."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


def _plain(error: Exception) -> str:
    """Say what happened in two words; the library's own text holds addresses."""
    import requests

    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate cannot be verified"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the answer broke off"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "no connection"
    return without_addresses(type(error).__name__)


def _unreachable(url: str, reason: str) -> PreparationError:
    return PreparationError(
        f"cannot read from the package index: {_name(url)}: {reason}",
        hint="check the network and the index settings of uv or pip",
    )
