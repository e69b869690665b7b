"""The shapes of lines: what a traceback's header, frame, last line and separators look like."""

import keyword
from dataclasses import dataclass

from fixproof.signature.lazy import lazily

HEADER = lazily(
    r"(?P<indent>\s*)(?:\+ )?(?:╭─+ )?(?:(?P<type>[\w.]+)\s{2,})?"
    r"(?:Exception Group )?"
    r"Traceback(?: \((?:most recent call last|innermost last)\)(?: ─*╮)?|(?=:$)):?(?P<rest>.*)"
)
CONTEXT = "During handling of the above exception, another exception occurred:"
CAUSE = "The above exception was the direct cause of the following exception:"

# A path between quotes may hold anything; one without quotes must look like a path.
_BARE = r"(?:[A-Za-z]:[\\/]|[~./\\])?[^\s:*?\"'<>|]+\.(?:pyx?|pyi|ipynb|pxi)"
_CELL = r"<ipython-input-[^>\s]+>|<stdin>|<string>|<console>|<pyshell#\d+>|<timed \w+>"
STANDARD = lazily(
    r'(?P<indent>\s*)File "(?P<path>[^"\n]{1,2000})"(?:, line (?P<line>\d+)|(?= in ))'
    r"(?:,? in (?P<function>.*\S))?\s*"
)
# Python code, in a function: no place in a template, which messages name in the same form.
CALL = lazily(r'\s*File "[^"\n]{1,2000}\.pyx?", line \d+, in \S.*')
_LINK = r"(?:\]?\([^)\s]{0,500}\))?"
LISTED = (  # IPython, Jupyter, rich, doctest: where a line is one whole frame
    lazily(
        rf"\s*File \[?(?P<path>(?:[A-Za-z]:)?[^:\n\"\]]{{1,500}}):(?P<line>\d+){_LINK}"
        r"(?:,? in (?P<function>.+))?\s*"
    ),
    lazily(
        rf"\s*(?P<path>{_BARE}|{_CELL})(?::(?P<line>\d+))?"
        r" in (?P<function>[\w<][^\s]*?)\s*(?:\(.*)?"
    ),
    lazily(
        r"\s*(?P<path>(?:Cell |Input )In ?\[[^\]]{0,20}\]),? ?(?:line (?P<line>\d+))?"
        r"(?:,? ?in (?P<function>.+))?\s*"
    ),
)
PYTEST = lazily(
    rf"(?P<path>{_BARE}):(?P<line>\d+):"
    r"(?: in (?P<function>\S.*)| (?P<type>[\w.]+)(?:: (?P<message>.*))?)?\s*"
)
PYTEST_SAYS = lazily(r"E(?:   (?P<text>.*))?")
PYTEST_HEAD = lazily(r"_{3,} (?:ERROR (?:collecting|at \w+ of) )?(?P<name>\S.{0,200}?) _{3,}")
DEFINED = lazily(r">?\s+(?:async )?def (?P<function>\w+)\(")
POINTED = lazily(r"\s*(?:-{2,}>|❱|→)\s*(?P<line>\d+)[ │]?(?P<source>.*)")
NUMBERED = lazily(r"\s*\d+\s?(?:\s.*)?")

RAISED = lazily(
    r"(?P<indent>\s*)(?P<type>(?:[^\W\d]\w*\.|<locals>\.)*[^\W\d]\w*)(?::(?:\s+(?P<message>.*))?)?"
)
WRAPPED = lazily(
    r"(?P<indent>\s*)(?P<type>(?:[^\W\d]\w*\.)*+[^\W\d]\w*)\([\w.]+\): (?P<message>.*)"
)
CALLED = lazily(r"(?P<type>(?:[^\W\d]\w*\.)*+[^\W\d]\w*)\((?P<message>.*?),?\)")
_ARGUMENT = lazily(r"(?<![^ ,])[bu]?(?P<quote>['\"])(?P<said>[^\n]{0,1000}?)(?P=quote)(?=,|$)")
STRONG = lazily(
    r"(?:.*\.)?(?:\w*(?:Error|Exception|Warning|Interrupt|Exit|Panic|Fault|Timeout|Failure)\w*"
    r"|StopIteration|StopAsyncIteration)"
)
_NOT_A_TYPE = frozenset(keyword.kwlist) | {
    *("INFO", "DEBUG", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL", "NOTICE", "TRACE"),
    *("SEVERE", "NOTE", "Note", "note", "Hint", "hint", "Usage", "usage", "Step"),
    *("File", "line", "Traceback", "During", "Original", "Expected", "Got", "Output", "Input"),
    *("Cell", "In", "Out", "http", "https", "self", "print"),
}
# A line that a terminal or a box broke inside a path or after it.
BROKEN = lazily(r'\s*(?:File "[^"]*(?:"[^"]*)?|(?:[/~]|[A-Za-z]:[\\/])\S*)$')
FATAL = lazily(r"(?P<type>Fatal Python error|Windows fatal exception): (?P<message>.*)")
THREAD = lazily(
    r"\s*(?P<which>Current thread|Thread) 0x[0-9a-f]+[^(]{0,100}\(most recent call first\):"
)
# A source line before which a viewer of logs put a level, and took its indentation for blanks.
LEVELLED = lazily(r"(?:Error|Warning|Notice|Debug):\s{4,}\S")
REPEATED = lazily(r"\s*\[Previous line repeated (\d+) more times?\]\s*")
POSITIONS = lazily(r"[\s~^]*[~^][\s~^]*")
SEPARATOR = lazily(r"\s*-{10,}\s*")
FENCE = lazily(r"\s*(?:```|~~~)")
LOGGED = lazily(
    r"\s*(?:\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ]|\d\d:\d\d:\d\d)"
    r"|\[?(?:INFO|DEBUG|WARNING|ERROR|CRITICAL)[\s:\]]"
    r"|[$%#>]{1,3} \S|={5,}|-{5,}(?: |$)|_{5,} |\w+: \*\*\* "
    r"|Process finished with exit code|Exception ignored |(?:sys|\S+\.py):\d+: \w*Warning:"
    r"|Extension modules: |\[end of output\]|The above exception |During handling of )"
)
OPEN_MEMBERS = lazily(r"(?P<indent>\s*)\+-\+-{4,}(?: \S+ -{4,})?\s*")
NEXT_MEMBER = lazily(r"(?P<indent>\s*)\+-{4,} (?:\d+|\.\.\.) -{4,}\s*")
CLOSE_MEMBERS = lazily(r"(?P<indent>\s*)\+-{8,}\s*")
RAIL = lazily(r"(?P<indent>\s*)\|(?: (?P<body>.*))?")
GROUP_HEADER = lazily(r"(?P<indent>\s*)\+ Exception Group Traceback \(most recent call last\):")


@dataclass(frozen=True, slots=True)
class Said:
    """A line that names an exception."""

    indent: int
    type: str
    message: str
    strong: bool

    @property
    def likely(self) -> bool:
        """Whether the name looks like an exception's even among other programs' lines."""
        return self.strong or "." in self.type or self.type[0].isupper()


def raised(line: str) -> Said | None:
    """Read `Type: message` or a bare `Type`."""
    match = RAISED.fullmatch(line.rstrip())
    if match is None and "): " in line:
        match = WRAPPED.fullmatch(line)
    if match is None and line.endswith(")"):
        return _called(line)
    if match is None or match["type"] in _NOT_A_TYPE:
        return None
    return Said(
        indent=len(match["indent"]),
        type=match["type"],
        message=match["message"] or "",
        strong=STRONG.fullmatch(match["type"]) is not None,
    )


def _called(line: str) -> Said | None:
    """Read `Type(arguments)`, as loggers print what has no traceback of its own."""
    match = CALLED.fullmatch(line.strip())
    if match is None or not STRONG.fullmatch(match["type"]):
        return None
    message = _ARGUMENT.sub(r"\g<said>", match["message"])
    return Said(indent=indent_of(line), type=match["type"], message=message, strong=True)


def indent_of(line: str) -> int:
    """Count leading blanks."""
    return len(line) - len(line.lstrip())


INSIDE = lazily(
    r"(?<![\w.])(?P<type>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt))"
    r"(?:: +|\(['\"])(?P<message>\S.*?)(?:['\"],?\))?$"
)
