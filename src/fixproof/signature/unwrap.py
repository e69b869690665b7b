"""Take off what other programs put around a traceback: prefixes, quotes, boxes, escapes, tags."""

import re
from collections.abc import Iterator
from functools import lru_cache

from fixproof.signature.events import told
from fixproof.signature.lazy import lazily

_ANCHOR = lazily(r'Traceback \((?:most recent|innermost)|  File "|\+ Exception Group Traceback')
_TAGS = lazily(r"</?(?:pre|code|p|div|span|li|ul|td|tr|b|i|font)\b[^<>]{0,200}>", re.IGNORECASE)
_BREAKS = lazily(r"<br\s*/?>", re.IGNORECASE)
_ENTITY = lazily(r"&(?:quot|lt|gt|amp|#39|#34|#x27|#x22|apos|nbsp);")
_QUOTED = lazily(r"(?:\s{0,3}>(?: |$))+")
_PYTEST_MARK = f">{7 * ' '}"  # its failing line, no quotation
_BOX = lazily(r"\s*[│┃|] ?(?P<inside>.*?)\s*[│┃|]")
_RIGHT_EDGE = lazily(r"(?<!\s)\s+[│┃]$")
_NOT_A_PREFIX = lazily(r"\s*(?:\+ |╭─+ ?|\|\s?)*(?:[\w.]+\s{2,})?(?:Exception Group )?")
# What a log or a container puts before each line of a test report; blanks where it was indented.
_REPORT_PREFIX = lazily(
    r"(?P<prefix>\s{1,24}|(?!E {2})\S.{0,120}?[|\]Z>:] )"
    r"(?:(?:[A-Za-z]:)?[\w./\\~@+-]{1,300}\.pyx?:\d+: (?:in [\w<]|[A-Z]\w+\s*$)"
    r"|E {3,}[A-Za-z_][\w.]*: |_{5,} \S.{0,200} _{3,}\s*$|={5,} (?:FAILURES|ERRORS) ={3,}\s*$)"
)
_REPORT_MARKS = (".py:", ".pyx:", "E   ", "____ ", "==== ")
_FLAT = lazily(r'\s+(?=File "[^"]{1,500}", line \d+)')
_FLAT_END = lazily(
    r"\s+(?=(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning)(?::\s|$))"
)
_TURNED = str.maketrans("“”", '""')
_ESCAPED = lazily(r"\\(?:r\\n|n|r)")
_PREFIX_LIMIT = 200


def lines_of(text: str) -> Iterator[str]:
    """Split text into the lines that Python printed, as far as that can be told."""
    shape: re.Pattern[str] | None = None
    for line in _unescaped(told(text) or text):
        bare = _without(shape, line)
        if (found := _prefix(bare)) is not None:
            found = line[: len(line) - len(bare)] + found
            shape = _shape(found)
            yield found  # words before a traceback may say more than a log's prefix
            bare = _without(shape, line)
        elif shape is None and (found := _report_prefix(line)) is not None:
            shape = _shape(found)
            bare = _without(shape, line)
        yield _unboxed(bare)


def _without(shape: re.Pattern[str] | None, line: str) -> str:
    match = shape.match(line) if shape is not None else None
    return line[match.end() :] if match else line


def _unescaped(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield from _unflattened(_untagged(_unpacked(line)))


def _unpacked(line: str) -> str:
    """Open a JSON log line, or one whose line ends were escaped."""
    if line.startswith("{") and (event := told(line)) is not None:
        return event
    if "\\n" not in line or not ("Traceback (" in line or 'File \\"' in line):
        return line
    plain = _ESCAPED.sub("\n", line).replace('\\"', '"').replace("\\t", "\t")
    return plain.replace("\\'", "'").replace("\\\\", "\\")


def _untagged(line: str) -> str:
    if "&" in line and _ENTITY.search(line):
        line = _plain(line)
    if "<" in line:
        line = _TAGS.sub("", _BREAKS.sub("\n", line))
    if "\t" in line:
        line = line.expandtabs(4)
    if "File “" in line:  # chats and word processors turn quotes
        line = line.translate(_TURNED)
    return _unquoted(line) if line.lstrip().startswith(">") else line


def _plain(line: str) -> str:
    from html import unescape  # a large table, and seldom needed

    return unescape(line)


def _unquoted(line: str) -> str:
    if line.startswith(_PYTEST_MARK):
        return line
    match = _QUOTED.match(line)
    return line[match.end() :] if match else line


def _unflattened(line: str) -> Iterator[str]:
    """Give a traceback on one line its lines back."""
    for part in line.split("\n"):
        if 'File "' not in part or len(_FLAT.findall(part)) < 2:
            yield part
            continue
        pieces = _FLAT.split(part)
        yield pieces[0]
        for piece in pieces[1:-1]:
            yield from _frame_and_source(piece)
        *last, said = (
            _FLAT_END.split(pieces[-1], maxsplit=1)
            if _FLAT_END.search(pieces[-1])
            else [pieces[-1], ""]
        )
        for piece in last:
            yield from _frame_and_source(piece)
        yield said


_FRAME_HEAD = lazily(r'(File "[^"]{1,500}", line \d+(?:, in (?:<[^>]*>|[\w.<>]+))?)\s*(.*)')


def _frame_and_source(piece: str) -> Iterator[str]:
    match = _FRAME_HEAD.match(piece)
    if match is None:
        yield piece
        return
    yield f"  {match[1]}"
    if match[2]:
        yield f"    {match[2]}"


def _prefix(line: str) -> str | None:
    """Find what stands before the traceback's own words; None where they begin the line."""
    if not ("Traceback" in line or 'File "' in line):
        return None
    match = _ANCHOR.search(line, 0, _PREFIX_LIMIT + 40)
    if match is None:
        return None
    before = line[: match.start()]
    if match[0].startswith("+"):
        before = before.removesuffix("  ")
    if not before.strip() or _NOT_A_PREFIX.fullmatch(before):
        return None
    return before


def _report_prefix(line: str) -> str | None:
    """Find what stands before a test report's line."""
    if not any(mark in line for mark in _REPORT_MARKS):
        return None
    match = _REPORT_PREFIX.match(line)
    return match["prefix"] if match else None


@lru_cache(maxsize=256)
def _shape(prefix: str) -> re.Pattern[str]:
    """Make a pattern for lines with the same prefix: other digits, other width of blanks."""
    parts = re.split(r"(\d+|\s+)", prefix)
    pattern = []
    for position, part in enumerate(parts):
        if not part:
            continue
        if part[0].isdigit():
            pattern.append(r"\d+")
        elif part.isspace():
            last = not any(parts[position + 1 :])
            pattern.append(rf"\s{{0,{len(part)}}}" if last else r"\s+")
        else:
            pattern.append(re.escape(part))
    return re.compile("".join(pattern))


def _unboxed(line: str) -> str:
    if "│" in line or "┃" in line:
        match = _BOX.fullmatch(line)
        return match["inside"] if match else _RIGHT_EDGE.sub("", line)
    return line
