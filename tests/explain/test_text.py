"""Streams of any size are read in bounded memory, and the tracebacks survive."""

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from fixproof.capture.text import WHOLE, read_file, read_stream
from fixproof.model.errors import InputError
from fixproof.signature import parse
from tests.support_samples import sample

NOISE = b"2024-03-03 10:11:12,123 INFO worker-%d handled request /items/%d in 12 ms\n"


class Generated(io.RawIOBase):
    """A log that is made while it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    def read(self, size: int = -1) -> bytes:
        parts = [self._left]
        have = len(self._left)
        for piece in self._pieces:
            parts.append(piece)
            have += len(piece)
            if have >= size:
                break
        whole = b"".join(parts)
        self._left = whole[size:]
        return whole[:size]


def _log(size: int, tracebacks: int) -> Iterator[bytes]:
    text = sample("cause-3.9").text.replace("oak", "tree {}")
    written = 0
    for number in range(tracebacks):
        while written < size * (number + 1) // tracebacks:
            piece = b"".join(NOISE % (n, number) for n in range(500))
            written += len(piece)
            yield piece
        yield text.replace("{}", str(number)).encode()


def test_a_small_text_is_kept_whole() -> None:
    assert read_stream(io.BytesIO(b"a\r\nb\x1b[31m\n")) == "a\nb\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_large_text_keeps_its_tracebacks(encoding: str) -> None:
    text = b"".join(_log(WHOLE + 1_000_000, 20)).decode()

    kept = read_stream(io.BytesIO(text.encode(encoding)))

    assert len(kept) < WHOLE // 10
    failure = parse(kept)
    assert failure.raised is not None
    assert failure.raised.message == "no press called 'tree 19'"
    assert len(failure.others) == 19


def test_one_line_without_end_is_read() -> None:
    kept = read_stream(io.BytesIO(b"x" * (WHOLE + 10) + b"\nValueError: y\n"))

    assert parse(kept).raised is not None
    assert len(kept) < WHOLE


def test_too_many_tracebacks_keep_the_first_and_the_last() -> None:
    traceback = sample("cause-3.9").text
    data = (traceback.replace("oak", "first") + traceback * 9_000).encode() + b"KeyError: 'last'\n"

    kept = read_stream(io.BytesIO(data))

    assert len(kept) <= WHOLE + 100_000
    assert "first" in kept
    assert "last" in kept


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_file(tmp_path / "none.txt")
    assert caught.value.at == str(tmp_path / "none.txt")


@pytest.mark.slow
def test_fifty_megabytes_with_two_hundred_tracebacks_fit_in_little_memory() -> None:
    tracemalloc.start()
    kept = read_stream(cast("BinaryIO", Generated(_log(50_000_000, 200))))
    failure = parse(kept)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 40_000_000
    assert failure.raised is not None
    assert failure.raised.message == "no press called 'tree 199'"
    assert [other.message for other in failure.others[-2:]] == [
        "no press called 'tree 197'",
        "no press called 'tree 198'",
    ]
