"""Bytes of any kind to harmless text: valid Unicode, no escapes, one kind of line end."""

from fixproof.signature.lazy import lazily

# Colours and cursor movements; titles and links (OSC) end with BEL or ST.
_ESCAPES = lazily(
    r"\x1b\[[0-?]*+[ -/]*+[@-~]?|\x1b\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?|[\x1b\x9b][ -~]?"
)
# Colours whose escape character was lost on the way through a web page or a log shipper.
_LOST_ESCAPES = lazily(r"(?:␛|\^\[)?\[(?:\d{1,3};){0,6}\d{0,3}m")
_LINE_ENDS = lazily(r"\r\n|[\n\r\x85\u2028\u2029]")
_UNWANTED = lazily(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_SURROGATES = lazily("[\ud800-\udfff]")
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def encoding_of(start: bytes) -> str:
    """Tell an encoding by its byte order mark, then by the zeros of UTF-16; else UTF-8."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding
    sample = start[:512]
    return "utf-16-le" if sample[1::2].count(0) > len(sample) // 3 else "utf-8"


def decode(text: bytes) -> str:
    """Decode bytes of any kind; never fails. A byte order mark stays, as a harmless blank."""
    return text.decode(encoding_of(text), "replace")


def harmless(text: str | bytes) -> str:
    """Make text that can be shown on any terminal and split at newlines only."""
    said = decode(text) if isinstance(text, bytes) else text
    if "\x1b" in said or "\x9b" in said:
        said = _ESCAPES.sub("", said)
    # Once or twice may be somebody's subscript; a coloured traceback has dozens.
    if said.count("m") > 2 and len(_LOST_ESCAPES.findall(said[:20_000])) > 2:
        said = _LOST_ESCAPES.sub("", said)
    said = _LINE_ENDS.sub("\n", said)
    if not said.isascii():
        said = _SURROGATES.sub("\ufffd", said).replace("\xa0", " ")
    return _UNWANTED.sub("", said)
