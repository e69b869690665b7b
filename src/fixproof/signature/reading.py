"""Text to failure: reads anything that a person pastes or a program prints."""

from dataclasses import dataclass, replace

from fixproof.model.failures import Failure, FailureKind, Raised
from fixproof.signature import shapes
from fixproof.signature.crashes import crash_in
from fixproof.signature.decode import harmless
from fixproof.signature.scanner import Scanner
from fixproof.signature.unwrap import lines_of
from fixproof.signature.wordings import worded

_UNREAD = 4_000
_OTHERS = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one text. `loose` is an exception that no traceback belongs to."""

    raised: Raised | None
    others: tuple[Raised, ...]
    fatal: str | None
    loose: Raised | None
    unread: str


def read(text: str | bytes, *, whole: bool = False) -> Reading:
    """Read every exception tree of a text and choose the one that ended the run.

    `whole`: the text is what one process printed, so a message goes on after a blank line.
    """
    scanner = Scanner(whole=whole)
    trees = scanner.read(lines_of(harmless(text)))
    main = _main(trees)
    others = tuple(tree for tree, _ in trees if tree is not main)[-_OTHERS:]
    return Reading(
        raised=main,
        others=others,
        fatal=scanner.dying.said or crash_in(scanner.unread),
        loose=None if main and main.type and main.message else _loose(scanner.unread),
        unread=_bounded(scanner.unread),
    )


def parse(text: str | bytes) -> Failure:
    """Read a failure out of any text; never fails, in time linear to its length."""
    reading = read(text)
    if reading.fatal:
        kind = FailureKind.CRASH
    elif reading.raised or reading.loose:
        kind = FailureKind.EXCEPTION
    else:
        kind = FailureKind.TEXT
    return Failure(
        kind=kind,
        raised=_joined(reading),
        others=reading.others,
        crash=reading.fatal,
        unread=reading.unread,
    )


def _joined(reading: Reading) -> Raised | None:
    """Give a stack that was cut before its last line the exception that stands elsewhere."""
    cut, loose = reading.raised, reading.loose
    if cut is None or loose is None or cut.message:
        return cut or loose
    if loose.message.endswith(":"):  # announces the stack, and is no message of it
        return cut
    if cut.type not in {"", "Error", "Exception", loose.type}:
        return cut
    return replace(cut, type=loose.type, message=loose.message)


def _main(trees: list[tuple[Raised, bool]]) -> Raised | None:
    """Choose the last complete tree that was not announced as an aside."""
    complete = [(tree, aside) for tree, aside in trees if tree.type] or trees
    serious = [tree for tree, aside in complete if not aside]
    return serious[-1] if serious else (complete[-1][0] if complete else None)


def _loose(lines: list[str]) -> Raised | None:
    """Find the last line that names an exception; one inside a sentence counts less."""
    inside: Raised | None = None
    for line in reversed(lines):
        said = shapes.raised(line)
        if said and said.strong and said.indent < 8 and (said.message or "." in said.type):
            return Raised(type=said.type, message=said.message)
        inside = inside or _mentioned(line)
    return inside


def _mentioned(line: str) -> Raised | None:
    """Find an exception inside a sentence: by its type, or by the interpreter's wording."""
    if match := shapes.INSIDE.search(line):
        return Raised(type=match["type"], message=match["message"].strip())
    return worded(line)


def _bounded(lines: list[str]) -> str:
    text = "\n".join(lines[:_OTHERS] + lines[max(_OTHERS, len(lines) - 4 * _OTHERS) :])
    if len(text) <= _UNREAD:
        return text
    return f"{text[: _UNREAD // 4]}\n…\n{text[-3 * _UNREAD // 4 :]}"
