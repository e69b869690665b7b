"""pylock.toml → pins, and the audit that no chosen file is younger than was asked."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fixproof.model.environments import Pin, Request
from fixproof.model.errors import PreparationError
from fixproof.model.releases import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Chosen files, sorted by name, and where they are to be had (by digest)."""

    pins: tuple[Pin, ...]
    addresses: dict[str, str]


class UnlockableError(PreparationError):
    """The resolver chose something that is no file of an index."""


def read_lock(text: str) -> Lock:
    """Read what the resolver wrote."""
    try:
        packages = tomllib.loads(text).get("packages", [])
    except tomllib.TOMLDecodeError as error:
        raise PreparationError("the resolver's lock file cannot be read") from error
    chosen = [_file(package) for package in packages]
    pins = sorted((pin for pin, _ in chosen), key=lambda pin: pin.name)
    return Lock(pins=tuple(pins), addresses={pin.sha256: url for pin, url in chosen})


def lock_of(versions: Iterable[tuple[str, str]]) -> str:
    """Write versions down as a lock that a resolver keeps to as far as it can."""
    packages = (
        f"[[packages]]\nname = {_quoted(canonical(name))}\nversion = {_quoted(version)}\n"
        for name, version in versions
    )
    return "\n".join(['lock-version = "1.0"\ncreated-by = "fixproof"\n', *packages])


def _quoted(text: str) -> str:
    """Quote for TOML, whose strings are those of JSON."""
    return json.dumps(text)


def _file(package: Mapping[str, Any]) -> tuple[Pin, str]:
    """Take the wheel; the source distribution where no wheel fits."""
    name = canonical(package["name"])
    wheels = package.get("wheels") or []
    file = wheels[0] if wheels else package.get("sdist")
    if not file or "url" not in file:
        raise UnlockableError(f"not a file of a package index: {name}")
    sha256 = file.get("hashes", {}).get("sha256")
    if not sha256:
        raise UnlockableError(f"the index gives no SHA-256: {name}")
    url = str(file["url"])
    uploaded = file.get("upload-time")
    pin = Pin(
        name=name,
        version=str(package["version"]),
        file=str(file.get("name") or url.partition("#")[0].rpartition("/")[2]),
        sha256=str(sha256),
        uploaded=uploaded.astimezone(UTC) if isinstance(uploaded, datetime) else None,
        size=file.get("size"),
    )
    return pin, url


def too_young(pins: tuple[Pin, ...], request: Request) -> Iterator[Pin]:
    """List files that the date should have kept out. An undated file counts as younger."""
    exempt = dict(request.exempt)
    for pin in pins:
        limit = exempt.get(pin.name, request.as_of)
        if limit is None:
            continue
        if pin.uploaded is None or pin.uploaded > limit:
            yield pin
