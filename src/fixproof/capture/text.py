"""A stream of any size to the text that matters, in bounded memory."""

import codecs
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from fixproof.model.errors import InputError
from fixproof.signature.decode import encoding_of, harmless

WHOLE = 4_000_000  # up to this size nothing is left out
_PIECE = 1_000_000
_FIRST, _LAST = 1_000_000, 3_000_000  # characters kept of the tracebacks of a larger text
_LINE = 100_000  # characters kept of each end of a line
_AFTER_STACK, _AFTER_NAME = 40, 4  # lines kept after a stack's line, after an exception's name
_BEFORE = 2
_GAP = "…"
_STACK = re.compile(
    r'Traceback \(|File "[^"]|File \\"|Fatal Python error|most recent call first'
    r"|the above exception|----> |❱ |^E  |\.py:\d+: in "
)
_NAME = re.compile(r"[a-z](?:Error|Exception|Exit|Interrupt)\b")


def read_file(path: Path) -> str:
    """Read a file.

    Raises InputError where it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return read_stream(stream)
    except OSError as error:
        raise InputError(error.strerror or str(error), at=str(path)) from error


def read_stream(stream: BinaryIO) -> str:
    """Read to the end. A text above 4 MB is reduced to its tracebacks, each gap marked."""
    start = stream.read(WHOLE + 1)
    if len(start) <= WHOLE:
        return harmless(start)
    return harmless("\n".join(_bounded(_gist(_lines(start, stream)))))


def _lines(start: bytes, stream: BinaryIO) -> Iterator[str]:
    """Split a stream into lines; one without end is cut into pieces."""
    decoder = codecs.getincrementaldecoder(encoding_of(start))("replace")
    piece, rest = start, ""
    while piece:
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        yield from map(_shortened, lines)
        if len(rest) > _PIECE:
            yield _shortened(rest)
            rest = ""
        piece = stream.read(_PIECE)
    yield _shortened(rest)


def _shortened(line: str) -> str:
    return line if len(line) <= 2 * _LINE else f"{line[:_LINE]}{line[-_LINE:]}"


def _gist(lines: Iterable[str]) -> Iterator[str]:
    """Keep what a stack or an exception's name is near to."""
    before = deque[str](maxlen=_BEFORE)
    keep, left_out = 0, False
    for line in lines:
        near = _AFTER_STACK if _STACK.search(line) else _AFTER_NAME if _NAME.search(line) else 0
        keep = max(keep - 1, near)
        if not keep:
            left_out = left_out or len(before) == _BEFORE
            before.append(line)
            continue
        if left_out:
            yield _GAP
        yield from before
        before.clear()
        left_out = False
        yield line


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    """Keep the beginning and the end of too much."""
    source, size = iter(lines), 0
    for line in source:
        yield line
        size += len(line) + 1
        if size > _FIRST:
            break
    last, size = deque[str](), 0
    for line in source:
        last.append(line)
        size += len(line) + 1
        while size > _LAST:
            size -= len(last.popleft()) + 1
    yield from last
