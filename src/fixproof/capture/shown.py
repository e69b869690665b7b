"""Run the user's own command as they would, show what it prints, and keep it."""

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, BinaryIO

from fixproof.model.errors import InputError
from fixproof.model.runs import Captured, Ending
from fixproof.signature.decode import harmless

_KEPT = 4_000_000  # bytes kept of the end of each stream


def run_shown(command: Sequence[str]) -> Ending:
    """Run to the end; both streams go on to standard error, where people look.

    Raises InputError where the command cannot be started.
    """
    started = time.monotonic()
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise InputError(error.strerror or str(error), at=command[0]) from error
    assert process.stdout is not None
    assert process.stderr is not None
    streams = (_Kept(process.stdout), _Kept(process.stderr))
    with process:
        for kept in streams:
            kept.thread.join()
        status = process.wait()
    return Ending(
        exit_code=status if status >= 0 else None,
        signal=-status if status < 0 else None,
        stdout=streams[0].captured(),
        stderr=streams[1].captured(),
        seconds=time.monotonic() - started,
    )


class _Kept:
    """A stream that is read to its end beside the other one."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._data, self._size = stream, bytearray(), 0
        self.thread = threading.Thread(target=self._read, args=(sys.stderr.buffer,))
        self.thread.start()

    def _read(self, out: BinaryIO) -> None:
        while piece := self._stream.read1(65_536):  # type: ignore[attr-defined]  # buffered pipe
            out.write(piece)
            out.flush()
            self._size += len(piece)
            self._data += piece
            if len(self._data) > 2 * _KEPT:
                del self._data[:-_KEPT]

    def captured(self) -> Captured:
        return Captured(
            text=harmless(bytes(self._data[-_KEPT:])),
            size=self._size,
            truncated=self._size > _KEPT,
        )
