"""Python, diffs and printed errors, cut into pieces that a page can tint."""

import keyword
import re
from collections.abc import Iterator

# One piece: (what it is, its text). The texts of all pieces together are the whole text.
Piece = tuple[str, str]

_PYTHON = re.compile(
    r"(?P<comment>\#[^\n]*)"
    r'|(?P<string>[rbfRBF]{0,2}(?:"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\''
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'))'
    r"|(?P<decorator>^[ \t]*@[\w.]+)"
    r"|(?P<name>[^\W\d]\w*)",
    re.MULTILINE | re.DOTALL,
)
_GUTTER = re.compile(r"^[\s|+]*(?:-+ \d+ -+)?[\s|+]*")
_RAISED = re.compile(r"^(?:[A-Za-z_][\w.]*)(?:Error|Exception|Group|Warning|Exit|Interrupt)\b.*")
_OTHER_RAISED = re.compile(r"^(?:[a-z_]\w*\.)+[A-Z]\w+(?::.*)?$|^[A-Z]\w+: .+")
_FRAME = re.compile(r'^File "(?P<path>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?$')


def python_pieces(text: str) -> Iterator[Piece]:
    """Tell comments, strings, decorators and keywords from the rest."""
    at = 0
    for match in _PYTHON.finditer(text):
        kind = match.lastgroup or ""
        if kind == "name":
            if not keyword.iskeyword(match[0]):
                continue
            kind = "keyword"
        yield "", text[at : match.start()]
        yield kind, match[0]
        at = match.end()
    yield "", text[at:]


def diff_pieces(text: str) -> Iterator[Piece]:
    """Tell added, removed and unchanged lines apart."""
    for line in text.split("\n"):
        if line.startswith(("+++", "---")):
            yield "file", line
        elif line.startswith("@@"):
            yield "place", line
        else:
            yield {"+": "added", "-": "removed"}.get(line[:1], "same"), line


def stack_pieces(text: str) -> Iterator[Piece]:
    """Tell what was raised, and frames of installed packages, from the rest of an output."""
    for line in text.split("\n"):
        bare = _GUTTER.sub("", line)
        if _is_raised(bare):
            yield "raised", line
        elif frame := _FRAME.match(bare):
            yield ("package" if _is_installed(frame["path"]) else "frame"), line
        else:
            yield "", line


def gist(text: str) -> str:
    """Reduce an output to what was raised, each with the place that raised it."""
    place, lines = "", []
    for line in text.split("\n"):
        bare = _GUTTER.sub("", line).rstrip()
        if frame := _FRAME.match(bare):
            function = f", {frame['function']}" if frame["function"] else ""
            place = f"{_short(frame['path'])}{function}"
        elif _is_raised(bare):
            lines.append(f"{bare}\n    at {place}" if place else bare)
            place = ""
    return "\n".join(lines)


def _is_raised(bare: str) -> bool:
    return bool(_RAISED.match(bare) or _OTHER_RAISED.match(bare))


def _is_installed(path: str) -> bool:
    return "site-packages/" in path or "dist-packages/" in path


def _short(path: str) -> str:
    for marker in ("site-packages/", "dist-packages/"):
        if marker in path:
            return path.rsplit(marker, 1)[1]
    library = re.search(r"/lib/python[\d.]+/(.+)$", path)
    return library[1] if library else path.rsplit("/", 1)[-1]
