"""Where each key of a TOML text stands, so that an error can name its line."""

import re

HEADER = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(#.*)?$")
KEY = re.compile(r"\s*(?P<key>[\w.\-\"' ]+?)\s*=(?P<value>.*)$")
STRING = re.compile(r"'''|\"\"\"|\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")
OPENING, CLOSING = "[{", "]}"


def lines_of(text: str) -> dict[str, int]:
    """Map the path of every key and table (`options[1].kind`) to its line, counted from 1.

    Text inside strings of several lines and the inside of values is passed over.
    """
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    table, fence, depth = "", "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if fence or depth:
            fence, depth = _after(line, fence, depth)
        elif header := HEADER.match(line):
            table = _table(header, counts)
            found.setdefault(table, number)
        elif key := KEY.match(line):
            name = re.sub(r"[\"' ]", "", key["key"])
            found.setdefault(f"{table}.{name}" if table else name, number)
            fence, depth = _after(key["value"], "", 0)
    return found


def line_of(text: str, path: str) -> int | None:
    """Find the line of a key; of what it stands in, where the key itself is not there."""
    lines = lines_of(text)
    while path:
        for name in (path, f"{path}[0]"):
            if name in lines:
                return lines[name]
        path = re.sub(r"(\[\d+\]|\.?[^.\[\]]+)$", "", path)
    return None


def _table(header: re.Match[str], counts: dict[str, int]) -> str:
    name = re.sub(r"[\"' ]", "", header["name"])
    if header["open"] == "[":
        return name
    position = counts.get(name, 0)
    counts[name] = position + 1
    return f"{name}[{position}]"


def _after(line: str, fence: str, depth: int) -> tuple[str, int]:
    """Tell in which string, and how deep in brackets, a line ends."""
    while line:
        if fence:
            _, closed, line = line.partition(fence)
            fence = "" if closed else fence
            continue
        quote = STRING.search(line)
        bare = line[: quote.start()] if quote else line
        depth += sum(bare.count(c) for c in OPENING) - sum(bare.count(c) for c in CLOSING)
        fence = quote[0] if quote and quote[0] in {"'''", '"""'} else ""
        line = line[quote.end() :] if quote else ""
    return fence, depth
