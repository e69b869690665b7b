"""What the distributions of an environment on disk say that they require."""

from email import message_from_bytes
from pathlib import Path

from fixproof.model.environments import Place
from fixproof.model.releases import canonical

MOST = 4 * 1024**2  # bytes of metadata that are read


def declared(place: Place) -> dict[str, tuple[str, ...]]:
    """List the requirements of every installed distribution, by name."""
    found: dict[str, tuple[str, ...]] = {}
    for metadata in sorted(place.root.glob("lib/python*/site-packages/*.dist-info/METADATA")):
        name, lines = _read(metadata)
        if name:
            found[canonical(name)] = lines
    return found


def _read(metadata: Path) -> tuple[str, tuple[str, ...]]:
    with metadata.open("rb") as file:
        head = file.read(MOST).partition(b"\n\n")[0]
    message = message_from_bytes(head)
    return str(message.get("Name", "")), tuple(map(str, message.get_all("Requires-Dist") or ()))
