"""Keeps out of records what must not be in them: credentials, index addresses, local paths."""

import re

WITHHELD = "<withheld>"
SECRET = re.compile(
    r"token|secret|passw|credential|(api|access|private)_?key|_(key|pat|dsn)$|auth|cookie",
    re.IGNORECASE,
)
USERINFO = re.compile(r"(?<=://)[^/@\s\"']+(?=@)")
# Addresses of index pages and of distribution files, wherever the index is.
INDEX = re.compile(
    r"https?://[^\s\"'`)>]*?(?:/simple\b[^\s\"'`)>]*|\.(?:whl|tar\.gz|zip|metadata)\b[^\s\"'`)>]*)"
)
ADDRESS = re.compile(r"https?://[^\s\"'`)>]+")

Names = tuple[tuple[str, str], ...]


def scrub(text: str, names: Names = ()) -> str:
    """Call local paths by their `names`; withhold credentials and addresses of an index."""
    for path, name in names:
        text = text.replace(path, name)
    return INDEX.sub("<index>", USERINFO.sub(WITHHELD, text))


def scrub_tool(text: str, names: Names = ()) -> str:
    """Do the same to what a resolver or installer said, where any address may be an index's."""
    return ADDRESS.sub("<address>", scrub(text, names))


def scrub_variables(
    variables: tuple[tuple[str, str], ...], names: Names = ()
) -> tuple[tuple[str, str], ...]:
    """Withhold the values of variables that are called like secrets; scrub the others."""
    return tuple(
        (name, WITHHELD if SECRET.search(name) else scrub(value, names))
        for name, value in variables
    )
