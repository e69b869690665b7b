"""Requirement files as people keep them: `-r` and `-c` followed, edited in place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from fixproof.model.errors import InputError
from fixproof.model.releases import canonical

COMMENT = re.compile(r"(^|\s+)#.*$")
OPTION = re.compile(r"\s+--?[a-z][\w-]*(?:[= ]\S+)?", re.IGNORECASE)
NESTED = re.compile(r"^(-r|--requirement|-c|--constraint)[= ]?\s*(\S+)$")
DEPTH = 20
MARK = "\ufeff"  # that some editors begin a file with


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One requirement and the physical lines (from 1) that hold it."""

    text: str  # the requirement alone: no comment, no options
    file: Path
    first: int
    last: int
    constraint: bool = False

    @property
    def name(self) -> str:
        """The package that it names."""
        return canonical(Requirement(self.text).name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """All requirements of some files, and the lines that are no plain requirement."""

    entries: tuple[Entry, ...]
    skipped: tuple[str, ...] = ()

    @property
    def requirements(self) -> tuple[str, ...]:
        """What is asked for."""
        return tuple(e.text for e in self.entries if not e.constraint)

    @property
    def constraints(self) -> tuple[str, ...]:
        """What bounds the rest."""
        return tuple(e.text for e in self.entries if e.constraint)


def read_requirements(files: Sequence[Path]) -> Listed:
    """Read requirement files and those they include.

    Raises InputError for a file that cannot be read or includes itself.
    """
    entries: list[Entry] = []
    skipped: list[str] = []
    for file in files:
        for found in _read(file, constraint=False, above=()):
            if isinstance(found, Entry):
                entries.append(found)
            else:
                skipped.append(found)
    return Listed(entries=tuple(dict.fromkeys(entries)), skipped=tuple(skipped))


def edited(listed: Listed, lines: Sequence[str]) -> dict[Path, str]:
    """Write each requirement line into the file that speaks of its package.

    A line for a package that no file names is added to the first file. Comments, order, options
    and everything else stay. Returns the new content of the files that change.
    """
    wanted = {canonical(Requirement(line).name): line for line in lines}
    contents: dict[Path, list[str]] = {}
    done: set[str] = set()
    for entry in sorted(listed.entries, key=lambda e: (str(e.file), -e.first)):
        if line := wanted.get(entry.name):
            done.add(entry.name)
            content = contents.setdefault(entry.file, _physical(entry.file))
            content[entry.first - 1 : entry.last] = [_rewritten(content, entry, line)]
    added = [line for name, line in wanted.items() if name not in done]
    if added and listed.entries:
        first = listed.entries[0].file
        _append(contents.setdefault(first, _physical(first)), added)
    return {file: "".join(content) for file, content in contents.items()}


def _append(content: list[str], lines: Sequence[str]) -> None:
    """Add lines at the end, with the line ending that the file begins with."""
    ending = _ending(content[0]) if content else "\n"
    if content and not _ending(content[-1]):
        content[-1] += ending
    content.extend(f"{line}{ending}" for line in lines)


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _rewritten(content: Sequence[str], entry: Entry, line: str) -> str:
    """Put a requirement in the place of another; its comment stays, its hashes cannot."""
    last, head = content[entry.last - 1], content[entry.first - 1].removeprefix(MARK)
    ending = _ending(last)
    comment = COMMENT.search(last.removesuffix(ending))
    space = head[: len(head) - len(head.lstrip())]
    mark = MARK if content[entry.first - 1].startswith(MARK) else ""
    marker = Requirement(entry.text).marker
    extras = Requirement(entry.text).extras
    new = Requirement(line)
    if extras and not new.extras:
        line = f"{new.name}[{','.join(sorted(extras))}]{new.specifier}"
    if marker and not new.marker:
        line = f"{line} ; {marker}"
    return f"{mark}{space}{line}{comment.group(0) if comment else ''}{ending}"


def _lines(file: Path) -> list[str]:
    return _content(file).splitlines()


def _physical(file: Path) -> list[str]:
    """Read a file to be edited: every line with its own ending."""
    return read_exactly(file).splitlines(keepends=True)


def _content(file: Path) -> str:
    return read_exactly(file).removeprefix(MARK)


def read_exactly(file: Path) -> str:
    """Read a file as it is, line endings and all.

    Raises InputError where it cannot be read or is no text.
    """
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", at=str(file)) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", at=str(file)) from error


def _read(file: Path, *, constraint: bool, above: tuple[Path, ...]) -> Iterator[Entry | str]:
    if file in above or len(above) > DEPTH:
        raise InputError("includes itself", at=str(file))
    for first, last, text in _logical(_lines(file)):
        nested = NESTED.match(text)
        if nested:
            other = file.parent / nested.group(2)
            bound = constraint or nested.group(1) in {"-c", "--constraint"}
            yield from _read(other, constraint=bound, above=(*above, file))
        elif text.startswith("-"):
            yield f"{file.name}:{first}: {text}"
        else:
            yield _entry(text, file, (first, last), constraint=constraint)


def _entry(text: str, file: Path, at: tuple[int, int], *, constraint: bool) -> Entry | str:
    plain = OPTION.sub("", f" {text}").strip() if " -" in text else text
    try:
        requirement = Requirement(plain)
    except InvalidRequirement:
        return f"{file.name}:{at[0]}: {text}"
    if requirement.url:
        return f"{file.name}:{at[0]}: {text}"
    return Entry(text=plain, file=file, first=at[0], last=at[1], constraint=constraint)


def _logical(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Join continued lines; drop comments and blank ones."""
    first, joined = 0, ""
    for number, line in enumerate(lines, 1):
        first = first or number
        if line.endswith("\\"):
            joined += line[:-1] + " "
            continue
        text = COMMENT.sub("", joined + line).strip()
        if text:
            yield first, number, text
        first, joined = 0, ""
