"""What can go wrong, whose fault it is, and the exit status that says so."""

from collections.abc import Sequence
from typing import ClassVar


class FixproofError(Exception):
    """Something a person can act on: what was wrong, where, and what to do next.

    `at` names the place (file, line, key, release); `hint` is one line with the next step.
    Raise a subclass: each owns the exit status that the command line returns.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, at: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.at}: {self.message}" if self.at else self.message


class NotReproducedError(FixproofError):
    """The failure does not show where it was said to show."""

    exit_code = 1


class InputError(FixproofError):
    """The caller's input cannot be used as it is."""

    exit_code = 2


class UnknownPackageError(InputError):
    """The package index has no package of this name; `near` are known names much like it."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        asked = f"did you mean: {', '.join(near)}" if near else "check its spelling"
        super().__init__(f"the package index knows no such package: {name}", hint=asked)
        self.name = name
        self.near = tuple(near)


class PreparationError(FixproofError):
    """The index, an environment, the sandbox or the disk failed: nothing was learned."""

    exit_code = 3


class NothingCheckedError(FixproofError):
    """Nothing could be checked; silence would be taken for good news."""

    exit_code = 4
