"""What was built from which source, found again by the question asked or by what built it."""

import hashlib
from pathlib import Path

import msgspec

from fixproof.environments import resolver
from fixproof.environments.disk import read_checked, write_checked
from fixproof.model.environments import Interpreter, Pin, Request


class Built(msgspec.Struct, kw_only=True):
    """A wheel made from a source distribution, and with what."""

    wheel: str  # its digest
    name: str
    build_pins: tuple[Pin, ...]


class BuiltWheels:
    """The list of built wheels; the wheels themselves are in the store of wheels."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "built"

    def recall(self, key: str) -> Built | None:
        """Find a build by its name."""
        content = read_checked(self._path(key))
        try:
            return msgspec.json.decode(content, type=Built) if content else None
        except msgspec.MsgspecError:
            return None

    def keep(self, key: str, built: Built) -> None:
        """Remember a build."""
        write_checked(self._path(key), msgspec.json.encode(built))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


def by_question(pin: Pin, request: Request) -> str:
    """Name a build by all that decides what it is built with."""
    interpreter = request.interpreter
    said = [
        "question",
        pin.sha256,
        [interpreter.implementation, interpreter.version, interpreter.build],
        resolver.version(),
        str(request.as_of),
        sorted((name, str(moment)) for name, moment in request.exempt),
        sorted(request.build_constraints),
    ]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def by_pins(pin: Pin, interpreter: Interpreter, build_pins: tuple[Pin, ...]) -> str:
    """Name a build by what it was built with."""
    said = ["pins", pin.sha256, interpreter.implementation, interpreter.version]
    said += sorted(each.sha256 for each in build_pins)
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()
