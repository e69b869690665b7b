"""What makes two messages the same: ordered, named, versioned rules, each with its reason."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from fixproof.signature.lazy import lazily

RECIPE = 1
_LONGEST = 20_000  # nobody reads on, and a signature must be made in time


# What stands for something that was taken away.
PLACEHOLDER = lazily(r"<(?:address|date|hash|host|mail|n|path|temporary|time|url|uuid|value)>")


@dataclass(frozen=True, slots=True)
class Rule:
    """One step of normalisation. `reason` says why what it removes is not part of a failure."""

    name: str
    reason: str
    apply: Callable[[str], str]


Action = Callable[[str], str]


def replaces(
    text: str,
    by: str | Callable[[re.Match[str]], str],
    flags: int = 0,
    *,
    needs: tuple[str, ...] = (),
) -> Action:
    """Make a rule's action of a pattern, what stands for it, and what it cannot match without."""
    compiled = lazily(text, flags)
    if not needs:
        return lambda said: compiled.sub(by, said)
    return lambda said: compiled.sub(by, said) if any(n in said for n in needs) else said


def _inside_packages(match: re.Match[str]) -> str:
    return match["inside"].replace("\\", "/")


INSTALLED = replaces(
    r"(?<![^\s'\"`<>|(,;=\[])[^\s'\"`<>|(,;=]{0,400}?[\\/](?:site|dist)-packages[\\/]"
    r"(?P<inside>[\w./\\-]+)",
    _inside_packages,
    needs=("-packages",),
)
ADDRESSES = replaces(r"\b0x[0-9A-Fa-f]{4,16}\b", "<address>", needs=("0x",))
REPRS = replaces(r" at <address>(?=[>\]) ,]|$)", "", needs=(" at <address>",))
UUIDS = replaces(
    r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<uuid>", needs=("-",)
)
TEMPORARY = replaces(r"\btmp[a-z0-9_]{6,12}\b", "<temporary>", needs=("tmp",))
HASHES = replaces(
    r"\b(?=[a-f]*\d)(?=\d*[a-f])"
    r"(?:[0-9a-f]{64}|[0-9a-f]{56}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{16})\b",
    "<hash>",
)

_NAME = r"[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*"
_VALUE_BEFORE = lazily(
    r"(?:(?<!argument)(?<!arguments): |= ?"
    r"|\b(?:got|value|string|literal|input|received|given|found|text|line|data|path|file|url"
    r"|host) )$"
)
_MESSAGE_BEFORE = lazily(r"\b(?:message|reason|error|msg) ?[=:] ?$")
# Possessive: a quote without an end is left at once.
_QUOTED = lazily(
    r"(?:\b[bru]{1,2})?(?:'((?:[^'\\\n]|\\.){0,500}+)'"
    r'|"((?:[^"\\\n]|\\.){0,500}+)"|`((?:[^`\\\n]|\\.){0,500}+)`)'
)
_IDENTIFIER = lazily(rf"<?{_NAME}(?:\(\))?>?|[-+*/%@&|^<>=!~]{{1,3}}=?|__\w+__|--?[a-z][\w-]*")


def _quoted(match: re.Match[str]) -> str:
    """Keep what names a part of a program; anything else in quotes is somebody's value."""
    said = match[match.lastindex or 1]
    if said.startswith("<") and said.endswith(">") and " " not in said:
        return f"'{said}'"
    before = match.string[max(0, match.start() - 24) : match.start()]
    if _MESSAGE_BEFORE.search(before):
        return f"'{said}'"
    if not _IDENTIFIER.fullmatch(said):
        return "'<value>'"
    if match.start() > 0 and _VALUE_BEFORE.search(before):
        return "'<value>'"
    return f"'{said}'"


def _quotes(text: str) -> str:
    return _QUOTED.sub(_quoted, text)


def _first_lines(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


RULES = (
    Rule("blanks", "wrapping and indentation belong to the terminal", _first_lines),
    Rule(
        "suggestions",
        "newer interpreters add a guess to the same message",
        replaces(
            r"\.? ?(?:Did you mean(?: to use)?:? [^?\n]{1,200}\?"
            r"|Did you forget to import [^?\n]{1,200}\?"
            r"|Perhaps you forgot a comma\?|Maybe you meant [^?\n]{1,200}\?)",
            "",
            needs=("?",),
        ),
    ),
    Rule(
        "import places",
        "an ImportError tells the file, which is elsewhere on every machine",
        replaces(
            r" ?\((?:unknown location|most likely due to a circular import"
            r"|consider renaming [^\n]{1,400}|[^()\n'\"=,]{1,400}\.(?:pyc?|so|pyd)"
            r"|(?:[A-Za-z]:|~)?[\\/][^()\n'\"=,]{1,400})\)(?=\s|$)",
            "",
            needs=("(",),
        ),
    ),
    Rule(
        "partial imports",
        "since 3.8 a circular import is told apart in the same message",
        replaces(r"\bpartially initialized module\b", "module", needs=("partially",)),
    ),
    Rule(
        "bare names",
        "Python 2 named modules and names without quotes",
        replaces(
            r"\b(?P<said>No module named|cannot import name) "
            r"(?P<name>[A-Za-z_][\w.]*\w)(?=$|[\s,;])",
            r"\g<said> '\g<name>'",
            needs=("No module named", "cannot import name"),
        ),
    ),
    Rule(
        "qualified callables",
        "3.10 began to name the class before the function",
        replaces(
            r"\b(?:[A-Za-z_]\w*\.|<locals>\.){1,20}"
            r"(?=\w+\(\) (?:got|takes|missing|argument|keywords))",
            "",
            needs=("() ",),
        ),
    ),
    Rule(
        "unbound locals",
        "3.11 words it anew",
        replaces(
            r"cannot access local variable '(\w+)' where it is not associated with a value",
            r"local variable '\1' referenced before assignment",
            needs=("cannot access local",),
        ),
    ),
    Rule(
        "abstract methods",
        "3.9 and 3.12 word it anew",
        replaces(
            r"with(?:out an implementation for)? abstract methods? '?(\w+)'?",
            r"with abstract method '\1'",
            needs=("abstract method",),
        ),
    ),
    Rule(
        "read-only attributes",
        "3.10 and 3.11 word it anew",
        replaces(
            r"can't set attribute(?: '\w+')?|property '\w+' of '\w+' object has no setter",
            "can't set attribute",
            needs=("can't set attribute", "has no setter"),
        ),
    ),
    Rule(
        "addresses of the web",
        "each user asks another one",
        replaces(
            r"\b[a-z][a-z0-9+.-]{1,12}://[^\s'\"<>)\]]+", "<url>", re.IGNORECASE, needs=("://",)
        ),
    ),
    Rule(
        "mail",
        "people's addresses",
        replaces(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+\b", "<mail>", needs=("@",)),
    ),
    Rule("memory", "objects lie elsewhere in each run", lambda text: REPRS(ADDRESSES(text))),
    Rule("uuids", "made anew each time", UUIDS),
    Rule("installed paths", "people install in different places", INSTALLED),
    Rule(
        "paths",
        "files lie elsewhere on every machine",
        replaces(
            r"(?<![\w<>.:/])(?:[A-Za-z]:[\\/]{1,2}[^\s'\"<>|:*?]{1,500}"
            r"|~?(?:/[\w.+@%~-]{1,200}){2,60}/?)",
            "<path>",
            needs=("/", "\\"),
        ),
    ),
    Rule("temporary names", "drawn at random", TEMPORARY),
    Rule("hashes", "content differs between users", HASHES),
    Rule(
        "dates",
        "the day it happened",
        replaces(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?\b",
            "<date>",
            needs=("-",),
        ),
    ),
    Rule(
        "times",
        "the hour it happened",
        replaces(r"\b\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\b", "<time>", needs=(":",)),
    ),
    Rule(
        "hosts",
        "addresses of machines and their ports",
        replaces(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b", "<host>", needs=(".",)),
    ),
    Rule("quoted values", "what users pass varies; names of program parts stay", _quotes),
    Rule(
        "numbers",
        "counts, sizes and identifiers vary",
        replaces(r"(?<![\w<.])[-+]?\d[\d_]*(?:\.\d+)*(?:[eE][-+]?\d+)?(?![\w])", "<n>"),
    ),
    Rule(
        "lists of numbers",
        "their length varies too",
        replaces(r"<n>(?:,? ?<n>,?)+", "<n>", needs=("<n>",)),
    ),
)


def normalise(message: str) -> str:
    """Reduce a message to what is the same wherever and whenever the failure shows.

    Normalising twice is normalising once.
    """
    message = message[:_LONGEST]
    for _ in range(4):
        before = message
        for rule in RULES:
            message = rule.apply(message)
        if message == before:
            return message
    return message


def applied(message: str) -> tuple[str, ...]:
    """Name the rules that change a message."""
    names = []
    for rule in RULES:
        after = rule.apply(message)
        if after != message:
            names.append(rule.name)
        message = after
    return tuple(names)
