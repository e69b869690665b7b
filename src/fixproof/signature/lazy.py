"""Patterns compiled when they are first used: a text needs few of them."""

import re
from typing import Any, cast

# Compiling all of them would take a third of the time of a verb that only reads a text.
_METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")


class _Lazy:
    """Stands for a pattern; after the first use its methods are the compiled pattern's own."""

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._text, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def lazily(text: str, flags: int = 0) -> re.Pattern[str]:
    """Make a pattern that is compiled when it is first used."""
    return cast("re.Pattern[str]", _Lazy(text, flags))
