"""The JSON Schemas of the documents that the verbs print, published with the package."""

from importlib.resources import files
from importlib.resources.abc import Traversable

from fixproof.model.errors import InputError

VERSION = 1


def published() -> tuple[str, ...]:
    """List the verbs whose documents have a schema."""
    return tuple(sorted(path.name.partition(".")[0] for path in _folder().iterdir()))


def schema(verb: str) -> bytes:
    """Read the schema of a verb's document.

    Raises InputError for a verb that prints none.
    """
    if verb not in published():
        hint = f"there is one for: {', '.join(published())}"
        raise InputError(f"no schema: {verb}", hint=hint)
    return (_folder() / f"{verb}.v{VERSION}.json").read_bytes()


def _folder() -> Traversable:
    return files("fixproof.library").joinpath("schemas")
