"""Try named attempts one after another and tell how each came out."""
# An attack makes bare system calls where it can, and speaks on standard output.
# ruff: noqa: T201

import errno
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

Attempts = Iterable[tuple[str, Callable[..., Any]]]


def outcome(attempt: Callable[..., Any]) -> str:
    """Say `ok` with what came back, or the name of the error."""
    try:
        value = attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    except Exception as error:  # noqa: BLE001 - whatever stopped it is the answer
        return f"{type(error).__name__}: {error}"
    return "ok" if value is None else f"ok {value}"


def main(groups: dict[str, Callable[..., Attempts]]) -> None:
    """Run the group that is named on the command line and print its answers as one record."""
    nonce, name, *arguments = sys.argv[1:]
    answers = {label: outcome(attempt) for label, attempt in groups[name](*arguments)}
    print(f"{nonce} {json.dumps(answers)}", flush=True)
