"""`--expect`: what a fixed run looks like, in the caller's words."""

import re
from dataclasses import dataclass

from fixproof.model.errors import InputError

HINT = "write exit:N, exception:TYPE, or a regular expression that the output matches when fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One way to recognise a fixed run: by status, by exception type, or by its output."""

    status: int | None = None
    exception: str | None = None
    pattern: str | None = None

    def holds(self, exit_: int | str, parts: tuple[str, ...], output: str) -> bool:
        """Tell whether a run is what was expected."""
        if self.status is not None:
            return exit_ == self.status
        if self.exception is not None:
            return any(_type_of(part) == self.exception for part in parts)
        return self.pattern is not None and re.search(self.pattern, output) is not None


def expectation(text: str) -> Expectation:
    """Read `exit:N`, `exception:TYPE` or a regular expression.

    Raises InputError for a status that is no number and a pattern that does not compile.
    """
    kind, _, rest = text.partition(":")
    if kind == "exit":
        if not rest.isdigit():
            raise InputError(f"not an exit status: {rest}", at="--expect", hint=HINT)
        return Expectation(status=int(rest))
    if kind == "exception":
        return Expectation(exception=rest.rsplit(".", 1)[-1])
    try:
        re.compile(text)
    except re.error as error:
        raise InputError(f"not a regular expression: {error}", at="--expect", hint=HINT) from error
    return Expectation(pattern=text)


def _type_of(part: str) -> str:
    return part.partition(":")[0].rsplit(".", 1)[-1]
