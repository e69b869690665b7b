"""What changed between two releases, piece by piece, and any part of it applied to the old one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from fixproof.model.failures import Frame
from fixproof.strategy.scopes import Scope, scopes, smallest

CONTEXT = 3
LONGEST = 20_000  # lines; longer files are generated: they change as a whole


class Kind(StrEnum):
    """What a change does to its file."""

    HUNK = "hunk"
    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "replaced"  # binary, or too long to compare line by line


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Lines `start` to `end` (counted from 0, end not included) of the old file, made new."""

    start: int
    end: int
    new: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One piece of the difference. `function` is the innermost one around it, `scope` its path."""

    file: str
    kind: Kind
    function: str = ""
    scope: str = ""
    lines: tuple[int, int] = (0, 0)  # of the old file, counted from 1, both included
    diff: str = ""
    edits: tuple[Edit, ...] = ()
    content: bytes | None = None  # of files that are added or replaced


def changes(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[Change, ...]:
    """List every change that leads from the old files to the new ones, by file and line."""
    return tuple(
        change
        for file in sorted({*old, *new})
        if old.get(file) != new.get(file)
        for change in _of_file(file, old.get(file), new.get(file))
    )


def apply(old: Mapping[str, bytes], chosen: Iterable[Change]) -> dict[str, bytes | None]:
    """Make the changed files (None: absent) that the old ones become with some of the changes."""
    by_file: dict[str, list[Change]] = {}
    for change in chosen:
        by_file.setdefault(change.file, []).append(change)
    return {file: _with(old.get(file, b""), parts) for file, parts in by_file.items()}


def suspected(found: Sequence[Change], stack: Sequence[Frame]) -> tuple[int, ...]:
    """List the numbers of changes that touch a stack (outermost frame first), the likeliest first.

    Functions on the stack come before other places of their files, inner frames before outer.
    """
    inner = {(f.module, f.function): depth for depth, f in enumerate(stack)}
    files = {f.module: depth for depth, f in enumerate(stack)}
    ranked = []
    for number, change in enumerate(found):
        places = [(change.file, name) for name in change.scope.split(".")]
        on_it = [inner[place] for place in places if place in inner]
        if change.file in files:
            ranked.append((not on_it, -max(on_it, default=files[change.file]), number))
    return tuple(number for _, _, number in sorted(ranked))


def _with(content: bytes, parts: Sequence[Change]) -> bytes | None:
    if parts[0].kind is not Kind.HUNK:
        return parts[0].content
    lines = _lines(content)
    edits = sorted((e for part in parts for e in part.edits), key=lambda e: (e.start, e.end))
    for edit in reversed(edits):  # from the end, so that earlier places stay where they are
        lines[edit.start : edit.end] = edit.new
    return b"".join(lines)


def _of_file(file: str, old: bytes | None, new: bytes | None) -> list[Change]:
    if old is None or new is None:
        kind = Kind.ADDED if old is None else Kind.REMOVED
        text = _whole(_lines(old or new or b""), "+" if old is None else "-")
        return [Change(file=file, kind=kind, diff=_head(file, kind) + text, content=new)]
    before, after = _lines(old), _lines(new)
    if b"\0" in old or b"\0" in new or max(len(before), len(after)) > LONGEST:
        said = f"{file}: replaced, {len(old)} bytes by {len(new)}\n"
        return [Change(file=file, kind=Kind.REPLACED, diff=said, content=new)]
    matcher = SequenceMatcher(a=before, b=after)
    places = (scopes(file, old), scopes(file, new))
    return [
        _hunk(file, group, (before, after), places)
        for group in matcher.get_grouped_opcodes(CONTEXT)
    ]


Opcode = tuple[str, int, int, int, int]


def _hunk(
    file: str,
    group: Sequence[Opcode],
    sides: tuple[list[bytes], list[bytes]],
    places: tuple[tuple[Scope, ...], tuple[Scope, ...]],
) -> Change:
    before, after = sides
    moved = [code for code in group if code[0] != "equal"]
    scope = _scope(moved, sides, places)
    return Change(
        file=file,
        kind=Kind.HUNK,
        function=scope.name if scope else "",
        scope=scope.path if scope else "",
        lines=(moved[0][1] + 1, max(moved[-1][2], moved[0][1] + 1)),
        diff=_head(file, Kind.HUNK) + _body(group, before, after),
        edits=tuple(Edit(start=c[1], end=c[2], new=tuple(after[c[3] : c[4]])) for c in moved),
    )


def _scope(
    moved: Sequence[Opcode],
    sides: tuple[list[bytes], list[bytes]],
    places: tuple[tuple[Scope, ...], tuple[Scope, ...]],
) -> Scope | None:
    """Find the function around a hunk: in the old file, in the new one for what only adds."""
    gone = [_trimmed(sides[0], code[1], code[2]) for code in moved]
    come = [_trimmed(sides[1], code[3], code[4]) for code in moved]
    adds = all(code[1] == code[2] for code in moved)
    for spans, known in (
        ((come, places[1]), (gone, places[0]))
        if adds
        else (
            (gone, places[0]),
            (come, places[1]),
        )
    ):
        whole = smallest(known, min(s for s, _ in spans), max(e for _, e in spans))
        found = whole or next((part for span in spans if (part := smallest(known, *span))), None)
        if found:
            return found
    return None


def _trimmed(lines: Sequence[bytes], start: int, end: int) -> tuple[int, int]:
    """Count a range from 1, without blank lines at its ends; of none, the lines around it."""
    if start == end:
        return max(start, 1), start + 1
    written = [i + 1 for i in range(start, end) if lines[i].strip()]
    return (written[0], written[-1]) if written else (start + 1, end)


def _head(file: str, kind: Kind) -> str:
    old = "/dev/null" if kind is Kind.ADDED else f"a/{file}"
    new = "/dev/null" if kind is Kind.REMOVED else f"b/{file}"
    return f"--- {old}\n+++ {new}\n"


def _body(group: Sequence[Opcode], before: list[bytes], after: list[bytes]) -> str:
    first, last = group[0], group[-1]
    said = [f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"]
    for tag, old_start, old_end, new_start, new_end in group:
        if tag == "equal":
            said += [_line(" ", text) for text in before[old_start:old_end]]
        else:
            said += [_line("-", text) for text in before[old_start:old_end]]
            said += [_line("+", text) for text in after[new_start:new_end]]
    return "".join(said)


def _whole(lines: list[bytes], sign: str) -> str:
    numbers = f"-0,0 +{_range(0, len(lines))}" if sign == "+" else f"-{_range(0, len(lines))} +0,0"
    return f"@@ {numbers} @@\n" + "".join(_line(sign, text) for text in lines)


def _range(start: int, stop: int) -> str:
    """Write a range of lines as unified diffs do."""
    length = stop - start
    return f"{start + 1}" if length == 1 else f"{start + bool(length)},{length}"


def _line(sign: str, text: bytes) -> str:
    said = text.decode("utf-8", "replace")
    return (
        f"{sign}{said}" if said.endswith("\n") else f"{sign}{said}\n\\ No newline at end of file\n"
    )


def _lines(content: bytes) -> list[bytes]:
    """Split after each line feed and nowhere else."""
    lines = content.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
