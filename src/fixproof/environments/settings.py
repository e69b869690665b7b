"""Which package index to ask: the user's own uv and pip configuration, credentials kept apart."""

import configparser
import hashlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

_URL = re.compile(r"\b(?:https?|ftp|file|git\+\w+)://[^\s'\"<>)\]`]+")
_PIP_SECTIONS = ("global", "install")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One index. An empty `url` is the client library's default index."""

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def identity(self) -> str:
        """Name this index on disk, credentials left out."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:12] if self.url else "default"

    @property
    def full(self) -> str:
        """The address with credentials, for the environment of a child process only."""
        if self.user is None:
            return self.url
        parts = urlsplit(self.url)
        secret = "" if self.password is None else f":{quote(self.password, safe='')}"
        netloc = f"{quote(self.user, safe='')}{secret}@{parts.netloc}"
        return urlunsplit(parts._replace(netloc=netloc))


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """The default index and those asked before it, in order."""

    default: Endpoint = Endpoint(url="")
    extra: tuple[Endpoint, ...] = ()
    strategy: str = ""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All of them in the order in which they are asked."""
        return (*self.extra, self.default)

    @property
    def secrets(self) -> tuple[str, ...]:
        """List passwords, and names that stand alone: those are tokens."""
        found = (e.user if e.password is None else e.password for e in self.endpoints)
        return tuple(secret for secret in found if secret)

    @property
    def identity(self) -> str:
        """Name the whole choice; part of what a resolution depends on."""
        return ",".join([self.strategy, *(e.identity for e in self.endpoints)])


def endpoint(url: str) -> Endpoint:
    """Take the credentials out of an address."""
    parts = urlsplit(url.strip())
    host = parts.netloc.rpartition("@")[2]
    clean = urlunsplit(parts._replace(netloc=host))
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return Endpoint(url=clean, user=user, password=password)


def without_addresses(text: str) -> str:
    """Strip every address, and with it every credential, from a tool's text."""
    return _URL.sub("<address>", text)


def read_settings(environ: Mapping[str, str] | None = None) -> IndexSettings:
    """Read the configuration as uv would, and as pip would where uv has none."""
    variables = os.environ if environ is None else environ
    sources = (_uv_variables, _uv_files, _pip_variables, _pip_files)
    found = [source(variables) for source in sources]
    default = next((url for url, _ in found if url), "")
    extra = next((urls for _, urls in found if urls), ())
    return IndexSettings(
        default=endpoint(default) if default else Endpoint(url=""),
        extra=tuple(endpoint(url) for url in extra),
        strategy=variables.get("UV_INDEX_STRATEGY", ""),
    )


def _remote(urls: Sequence[str]) -> tuple[str, ...]:
    """Keep what is an address on the web: local folders cannot be served to a sandbox."""
    named = (re.sub(r"^[\w.-]+=(?=\w+://)", "", url) for url in urls)
    return tuple(url for url in named if url.startswith(("http://", "https://")))


def _pair(default: str, extra: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    return next(iter(_remote([default])), ""), _remote(extra)


def _uv_variables(variables: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    default = variables.get("UV_DEFAULT_INDEX") or variables.get("UV_INDEX_URL", "")
    extra = [*variables.get("UV_INDEX", "").split()]
    extra += variables.get("UV_EXTRA_INDEX_URL", "").split()
    return _pair(default, extra)


def _pip_variables(variables: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    return _pair(
        variables.get("PIP_INDEX_URL", ""), variables.get("PIP_EXTRA_INDEX_URL", "").split()
    )


def _home(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("HOME") or "/nonexistent")


def _config(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("XDG_CONFIG_HOME") or _home(variables) / ".config")


def _uv_files(variables: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    named = variables.get("UV_CONFIG_FILE")
    usual = [_config(variables) / "uv" / "uv.toml", Path("/etc/uv/uv.toml")]
    for path in [Path(named)] if named else usual:
        try:
            table = tomllib.loads(path.read_text())
        except (OSError, ValueError):
            continue
        default, extra = _uv_table(table)
        if default or extra:
            return default, extra
    return "", ()


def _uv_table(table: Mapping[str, object]) -> tuple[str, tuple[str, ...]]:
    default, extra = str(table.get("index-url") or ""), _strings(table.get("extra-index-url"))
    listed = table.get("index")
    for index in listed if isinstance(listed, list) else []:
        if not isinstance(index, dict) or index.get("explicit"):
            continue
        if index.get("default"):
            default = str(index.get("url", ""))
        else:
            extra.append(str(index.get("url", "")))
    return _pair(default, extra)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [str(each) for each in value] if isinstance(value, list) else []


def _pip_files(variables: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    default, extra = "", ""
    for path in _pip_paths(variables):
        # No interpolation: a password may hold a percent sign.
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(path.read_text())
        except (OSError, ValueError, configparser.Error):
            continue
        for section in _PIP_SECTIONS:
            default = parser.get(section, "index-url", fallback=default)
            extra = parser.get(section, "extra-index-url", fallback=extra)
    return _pair(default, extra.split())


def _pip_paths(variables: Mapping[str, str]) -> Iterator[Path]:
    """List pip's files, the strongest last."""
    yield Path("/etc/pip.conf")
    yield _home(variables) / ".pip" / "pip.conf"
    yield _config(variables) / "pip" / "pip.conf"
    if named := variables.get("PIP_CONFIG_FILE"):
        yield Path(named)
