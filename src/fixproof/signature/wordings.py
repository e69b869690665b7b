"""The interpreter's own wordings, by which a message without its type is still recognised."""

import re
from functools import cache

from fixproof.model.failures import Raised

_CALL = r"(?:[\w.]+\(\) )?"
_WORDINGS = (
    ("AttributeError", r"(?:(?:type object|module) )?'[\w.]+'(?: object)? has no attribute '\w+'"),
    ("ModuleNotFoundError", r"No module named '?[\w.]+'?"),
    ("ImportError", r"cannot import name '?\w+'?(?: from '?[\w.]+'?)?"),
    ("TypeError", _CALL + r"got an unexpected keyword argument '\w+'"),
    ("TypeError", _CALL + r"got multiple values for (?:keyword )?argument '\w+'"),
    ("TypeError", _CALL + r"missing \d+ required (?:positional|keyword-only) arguments?: '[^\n]*'"),
    ("TypeError", _CALL + r"takes (?:no|exactly|from|at|\d+) [\w ]{0,40}arguments?[^\n]{0,60}"),
    ("TypeError", r"'\w+' object is not (?:callable|iterable|subscriptable)"),
    ("TypeError", r"unsupported operand type\(s\) for [^\n]{1,80}"),
    ("NameError", r"name '\w+' is not defined"),
    ("UnboundLocalError", r"local variable '\w+' referenced before assignment"),
    ("UnicodeDecodeError", r"'[\w-]+' codec can't decode bytes? [^\n]{1,120}"),
    ("UnicodeEncodeError", r"'[\w-]+' codec can't encode characters? [^\n]{1,120}"),
    ("FileNotFoundError", r"\[Errno 2\] No such file or directory[^\n]{0,120}"),
    ("PermissionError", r"\[Errno 13\] Permission denied[^\n]{0,120}"),
    ("RecursionError", r"maximum recursion depth exceeded[^\n]{0,80}"),
)
_HINTS = (
    "attribute",
    "named",
    "import name",
    "argument",
    "object is",
    "operand",
    "name '",
    "local",
)
_FURTHER_HINTS = ("codec", "[Errno", "recursion")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Compile when first needed: most texts have their tracebacks whole."""
    return tuple((kind, re.compile(rf"(?P<said>{pattern})")) for kind, pattern in _WORDINGS)


def worded(line: str) -> Raised | None:
    """Recognise one of the interpreter's messages inside a sentence."""
    if not any(hint in line for hint in (*_HINTS, *_FURTHER_HINTS)):
        return None
    for kind, pattern in _patterns():
        if match := pattern.search(line):
            return Raised(type=kind, message=match["said"].strip())
    return None
