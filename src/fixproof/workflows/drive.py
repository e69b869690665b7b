"""Answer a search's questions until it returns its finding."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from fixproof.model.searches import Ask, Search, Seen

Finding = TypeVar("Finding")


def drive(search: Search[Finding], answer: Callable[[Ask], Mapping[str, Seen]]) -> Finding:
    """Run a search against whatever answers it."""
    try:
        ask = next(search)
        while True:
            ask = search.send(answer(ask))
    except StopIteration as end:
        finding: Finding = end.value
        return finding
