"""What the index is made from: case folders, and reported issues imported in bulk."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from fixproof.evidence.statement import read as read_statement
from fixproof.library.cases import FILE, read_case
from fixproof.library.index import IMPORTED, Entry, Index
from fixproof.model.cases import Case, OptionKind
from fixproof.model.errors import FixproofError, InputError
from fixproof.signature import parse
from fixproof.signature.features import features_of
from fixproof.signature.known import Known

_LONGEST = 200_000  # characters of one issue that are looked at


class _Reported(msgspec.Struct):
    """One line of an import: an issue as somebody reported it."""

    id: str
    title: str = ""
    text: str = ""
    package: str = ""
    source: str = ""
    url: str = ""


def refresh(index: Index, cases: Path) -> tuple[int, tuple[FixproofError, ...]]:
    """Bring the index up to date with a folder of cases; return changes and unreadable cases."""
    source = str(cases.absolute())
    stamps, problems = index.stamps(source), list[FixproofError]()
    seen, changed = set[str](), list[Entry]()
    for path in sorted(cases.rglob(FILE)):
        try:
            entry = _entry_of_case(path.parent, source, stamps)
        except FixproofError as error:
            problems.append(error)
            continue
        seen.add(entry if isinstance(entry, str) else entry.known.key)
        if isinstance(entry, Entry):
            changed.append(entry)
    gone = stamps.keys() - seen
    return index.put(changed) + (index.remove(gone) if gone else 0), tuple(problems)


def import_lines(index: Index, path: Path) -> int:
    """Import reported issues: one JSON object a line with id, title, text and package.

    Raises InputError that names the line.
    """
    try:
        with path.open("rb") as lines:
            return index.put(_reported(path, lines))
    except OSError as error:
        raise InputError(error.strerror or str(error), at=str(path)) from error


def _reported(path: Path, lines: Iterable[bytes]) -> Iterator[Entry]:
    decoder = msgspec.json.Decoder(_Reported)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            issue = decoder.decode(line)
        except msgspec.MsgspecError as error:
            hint = 'each line is {"id": ..., "title": ..., "text": ..., "package": ...}'
            raise InputError(str(error), at=f"{path}:{number}", hint=hint) from error
        known = Known(
            key=issue.id,
            title=issue.title,
            package=issue.package,
            url=issue.url or issue.source,
        )
        features = features_of(parse(issue.text[:_LONGEST]), issue.title, issue.package)
        yield Entry(known=known, features=features, source=IMPORTED)


def _entry_of_case(folder: Path, source: str, stamps: dict[str, str]) -> Entry | str:
    """Make a case's entry; only its key where nothing changed since it was last read."""
    stamp = _stamp(folder)
    for key, known_stamp in stamps.items():
        if known_stamp == stamp:
            return key
    case = read_case(folder)
    words = "\n".join([case.title, case.symptom, *(quote.text for quote in case.quotes)])
    features = features_of(parse(_said(folder) or case.symptom), words, case.package)
    return Entry(known=_known(case), features=features, source=source, stamp=stamp)


def _known(case: Case) -> Known:
    summary = case.summary
    return Known(
        key=case.id,
        title=case.title,
        package=case.package,
        status=case.status.value,
        url=case.report.url if case.report else "",
        fix=_fix(case),
        introduced=summary.introduced,
        last_bad=summary.last_bad,
        first_fixed=summary.first_fixed,
        also_fixed=summary.also_fixed,
        bad=case.bad,
    )


def _fix(case: Case) -> str:
    """Write the requirement that mends it: what was proven before what was suggested."""
    proven = case.summary.recommended or case.summary.first_fixed
    if proven:
        return f"{case.package}>={proven}"
    kinds = {OptionKind.UPGRADE: 0, OptionKind.PIN: 1}
    options = sorted(
        (option for option in case.options if option.requirement),
        key=lambda option: kinds.get(option.kind, 2),
    )
    return options[0].requirement if options else ""


def _said(folder: Path) -> str:
    """Find what the failing runs said, in the evidence."""
    texts: list[str] = []
    for path in sorted((folder / "evidence").glob("*.json")):
        try:
            statement = read_statement(path.read_bytes(), at=str(path))
        except (FixproofError, OSError):
            continue  # `prove` reports broken evidence; recognising a failure must go on
        texts += _excerpts(statement.records, statement.grounds.target)
    return "\n".join(dict.fromkeys(texts))


def _excerpts(records: Any, wanted: tuple[str, ...]) -> Iterator[str]:
    for digest in wanted[:3]:
        record = records.get(digest)
        for stream in (record.stderr, record.stdout) if record else ():
            if stream is not None and stream.excerpt:
                yield stream.excerpt


def _stamp(folder: Path) -> str:
    """Digest what an entry depends on: the folder's place, and name, size and time of its files."""
    paths = [folder / FILE, *sorted((folder / "evidence").glob("*.json"))]
    facts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(repr((str(folder), facts)).encode()).hexdigest()
