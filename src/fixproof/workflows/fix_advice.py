"""What others already learned of a failure and of releases: asked before anything is tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFix:
    """A known case that a failure matches; `requirement` mends it, "" where nothing is known to."""

    case: str
    requirement: str = ""


class Advice(Protocol):
    """The library of known failures, and what the index says of vulnerabilities."""

    def recognise(self, said: str, present: Mapping[str, str]) -> tuple[KnownFix, ...]:
        """Find the known cases that this failure is, likeliest first."""
        ...

    def failing(self, package: str, version: str) -> tuple[str, ...]:
        """List the known cases that a release was seen to show."""
        ...

    def vulnerable(self, package: str, version: str) -> tuple[str, ...] | None:
        """List the advisories about a release; None where nobody could be asked."""
        ...


class NoAdvice:
    """Nobody to ask: nothing is known, and no vulnerability is looked up."""

    def recognise(self, said: str, present: Mapping[str, str]) -> tuple[KnownFix, ...]:
        """Know no case."""
        return ()

    def failing(self, package: str, version: str) -> tuple[str, ...]:
        """Know no case."""
        return ()

    def vulnerable(self, package: str, version: str) -> tuple[str, ...] | None:
        """Say that nobody was asked."""
        return None


def is_sound(advice: Advice, package: str, version: str) -> bool:
    """Tell whether nothing is known against a release; what cannot be looked up is not."""
    return not advice.failing(package, version) and not advice.vulnerable(package, version)
