"""Which changes need which others: a mixture that lacks what it uses says nothing.

Names tell. A change that uses a word which no old file holds needs the change that defines it;
one that takes away the definition of a word which no new file holds needs those that take away
its uses. Words are read as text, so this holds for whatever is made of identifiers.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from fixproof.strategy.patches import Change

_WORD = re.compile(r"[^\W\d]\w*")
_DEFINES = (
    re.compile(r"(?:\bdef|\bclass|\bas|\bfor|\bglobal)\s+(\w+)"),
    re.compile(r"^\s*(\w+)\s*(?::[^=]*)?=(?!=)"),
    re.compile(r"^\s*(?:self|cls)\.(\w+)\s*="),
    re.compile(r"^\s*(\w+)\s*,\s*$"),  # an import, or a parameter, on a line of its own
)
_LISTS = re.compile(r"(?:\bimport\b|\bdef\s+\w+\s*\()(.*)")


def needs(
    found: Sequence[Change], old: Mapping[str, bytes], new: Mapping[str, bytes]
) -> Mapping[int, frozenset[int]]:
    """For each change (by number) list those that it is of no use without, directly or not."""
    known, kept = _words(old.values()), _words(new.values())
    before: dict[str, set[int]] = defaultdict(set)  # new word -> changes that define it
    after: dict[str, set[int]] = defaultdict(set)  # lost word -> changes that take its uses away
    for number, change in enumerate(found):
        for word in _defined(_side(change, "+")) - known:
            before[word].add(number)
        for word in _said(_side(change, "-")) - kept:
            after[word].add(number)
    direct: dict[int, set[int]] = {}
    for number, change in enumerate(found):
        used = _said(_side(change, "+")) - known
        lost = _defined(_side(change, "-")) - kept
        wanted = [before[w] for w in used if w in before]
        wanted += [after[w] for w in lost if w in after]
        direct[number] = set().union(*wanted) - {number}
    return {number: _reached(number, direct) for number in direct}


def _reached(start: int, direct: Mapping[int, set[int]]) -> frozenset[int]:
    reached, todo = {start}, [start]
    while todo:
        fresh = direct[todo.pop()] - reached
        reached |= fresh
        todo += fresh
    return frozenset(reached - {start})


def _side(change: Change, mark: str) -> list[str]:
    """Take the lines that a change adds (`+`) or takes away (`-`), the head left out."""
    body = change.diff.splitlines()[2:]
    return [line[1:] for line in body if line.startswith(mark)]


def _words(contents: Iterable[bytes]) -> frozenset[str]:
    return frozenset(w for text in contents for w in _WORD.findall(text.decode("utf-8", "replace")))


def _said(lines: Iterable[str]) -> set[str]:
    return {word for line in lines for word in _WORD.findall(line)}


def _defined(lines: Iterable[str]) -> set[str]:
    words = {w for line in lines for pattern in _DEFINES for w in pattern.findall(line)}
    for line in lines:
        if listed := _LISTS.search(line):
            words.update(_WORD.findall(listed[1]))
    return words
