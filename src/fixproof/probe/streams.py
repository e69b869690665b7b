"""What a stream said: kept within bounds and made harmless before anybody prints or stores it."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from fixproof.model.runs import Captured
from fixproof.probe.withholding import withheld, without_beginning, without_end

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_LEFT_OUT = "\n[... {} bytes left out ...]\n"
_HARMLESS = {"\n", "\t"}
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, marks that reorder or vanish


class Stream:
    """The first and the last bytes of a stream; what lies between is counted, not kept.

    A traceback stands at the end and its cause at the beginning: both halves are worth the same.
    """

    def __init__(self, bound: int, secrets: Sequence[bytes] = ()) -> None:
        self._secrets = secrets
        self._half = max(bound // 2, 1)
        self._head = bytearray()
        self._tail = bytearray()
        self.size = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self.size += len(data)
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._half:
            del self._tail[: -self._half]

    def captured(self) -> Captured:
        """Put together what was kept, secrets withheld: not even the digest knows them."""
        del self._tail[: -self._half]
        left_out = self.size - len(self._head) - len(self._tail)
        if left_out:
            head, tail = self._halves()
            kept = head + tail
            text = harmless(head) + _LEFT_OUT.format(left_out) + harmless(tail)
        else:
            kept = withheld(bytes(self._head + self._tail), self._secrets)
            text = harmless(kept)
        return Captured(
            text=text,
            size=self.size,
            truncated=bool(left_out),
            sha256=hashlib.sha256(kept).hexdigest(),
        )

    def _halves(self) -> tuple[bytes, bytes]:
        """Withhold in both halves what the gap cut through, too."""
        head = withheld(bytes(self._head), self._secrets)
        tail = withheld(bytes(self._tail), self._secrets)
        return without_beginning(head, self._secrets), without_end(tail, self._secrets)


def harmless(raw: bytes) -> str:
    """Decode so that no byte can move a cursor, reorder text or end a record.

    Colours are dropped, for they carry no content; every other control is shown by its escape.
    """
    text = raw.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    if text.isascii() and text.isprintable():
        return text
    text = _COLOUR.sub("", text)
    return "".join(map(_shown, text)) if not _is_plain(text) else text


def _is_plain(text: str) -> bool:
    return text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()


def _shown(character: str) -> str:
    if character in _HARMLESS or character.isprintable():
        return character
    if unicodedata.category(character) not in _HIDDEN:
        return character
    return character.encode("unicode_escape").decode("ascii")
