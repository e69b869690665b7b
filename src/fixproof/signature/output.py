"""Standard output made comparable between releases: what moves goes, what was computed stays."""

import re

from fixproof.signature.rules import (
    ADDRESSES,
    HASHES,
    INSTALLED,
    REPRS,
    TEMPORARY,
    UUIDS,
    Rule,
    replaces,
)

# A path below one of these is a place on a machine. Others ("/api/users") may be what a program
# computed, and stay.
_ROOTS = (
    "home|root|tmp|usr|var|opt|private|Users|mnt|media|srv|work|workspace|nix|lib|lib64|proc|run"
    "|dev|box|sandbox|venv|repo"
)

_RULES = (
    Rule("memory", "objects lie elsewhere in each run", lambda text: REPRS(ADDRESSES(text))),
    Rule("uuids", "made anew each time", UUIDS),
    Rule("installed paths", "each environment has its own place", INSTALLED),
    Rule(
        "paths",
        "each run has its own working directory; the file's own name stays",
        replaces(
            rf"(?<![\w<>./])(?:[A-Za-z]:[\\/]|~/|/(?=(?:{_ROOTS})/))"
            r"(?:[^\s'\"<>|:*?\\/,;()]{1,200}[\\/]){1,60}",
            "<path>/",
        ),
    ),
    Rule("temporary names", "drawn at random", TEMPORARY),
    Rule("hashes", "32 and more hexadecimal digits are drawn or computed from what moves", HASHES),
    Rule(
        "log times",
        "a date that begins a line of text is the clock's",
        replaces(
            r"^\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
            r"(?:Z|[+-]\d\d:?\d\d)?\]?(?=\s+\S)",
            "<date>",
            re.MULTILINE,
        ),
    ),
    Rule(
        "clock readings",
        "six decimals are a clock's, not a person's",
        replaces(
            r"\b(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:?\d\d)?(?!\d)", "<date>"
        ),
    ),
    Rule(
        "calendar lines",
        "the clock as the C library writes it",
        replaces(
            r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? "
            r"(?:[A-Z][a-z]{2} [ \d]\d|\d\d [A-Z][a-z]{2} \d{4}) "
            r"\d\d:\d\d:\d\d(?: [A-Z]{3,4})?(?: \d{4})?",
            "<date>",
        ),
    ),
    Rule(
        "durations",
        "how long it took is the machine's",
        replaces(
            r"\b(?P<said>in|took|after|elapsed|duration|time|total|within|real|user|sys)"
            r"(?P<mark>[:=]? ?)\d+(?:\.\d+)?(?:e-?\d+)? ?"
            r"(?:ns|[uµm]s|msec|usec|s|secs?|seconds?|minutes?|m)\b",
            r"\g<said>\g<mark><duration>",
            re.IGNORECASE,
        ),
    ),
    Rule(
        "decimal durations",
        "a measured time has decimals and a unit",
        replaces(
            r"(?<![\w.])\d+\.\d+(?:e-?\d+)? ?(?:ns|[uµm]s|msec|usec|secs?|seconds?|s)\b",
            "<duration>",
        ),
    ),
    Rule(
        "processes",
        "the system numbers them",
        replaces(
            r"\b(?P<said>(?:p?pid|process|thread|tid|ident)s?)(?P<mark>[ =:#\[]{1,3})\d+",
            r"\g<said>\g<mark><n>",
            re.IGNORECASE,
        ),
    ),
    Rule(
        "ports",
        "the system chooses them",
        replaces(
            r"\b(?P<said>localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|port)"
            r"(?P<mark>[:= ]{1,2})\d{2,5}\b",
            r"\g<said>\g<mark><n>",
            re.IGNORECASE,
        ),
    ),
    Rule(
        "lines of code",
        "code moves between releases",
        replaces(r"(?P<said>\.pyx?\"?(?:, line |:))\d+", r"\g<said><n>"),
    ),
    Rule(
        "positions",
        "interpreters underline differently",
        replaces(r"^[ \t]*[~^][ \t~^]*\n?", "", re.MULTILINE),
    ),
    Rule("line ends", "blanks nobody sees", replaces(r"[ \t]+$", "", re.MULTILINE)),
)


def normalise_output(text: str, *, package_version: str | None = None) -> str:
    """Make the outputs of two releases comparable; values that a program computed stay.

    `package_version` is the version of the package under test, which may name itself.
    """
    for rule in _RULES:
        text = rule.apply(text)
    if package_version:
        own = rf"(?<![\w.])v?{re.escape(package_version)}(?![\w]|\.\d)"
        text = re.sub(own, "<version>", text)
    return text
