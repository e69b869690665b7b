"""Lines to exception trees: one state machine for every form that Python's tools print."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from fixproof.model.failures import Raised
from fixproof.signature import shapes
from fixproof.signature.announced import Announced
from fixproof.signature.cursor import Cursor
from fixproof.signature.drafts import Draft, Forest, Link
from fixproof.signature.dying import Dying
from fixproof.signature.frames import Stacked, framed
from fixproof.signature.places import frame
from fixproof.signature.testreports import TestReports

_ASIDES = (
    "Exception ignored ",
    "Error in sys.excepthook",
    "--- Logging error ---",
    "Task exception was never retrieved",
    "Future exception was never retrieved",
    "Error in atexit",
    "Exception in default exception handler",
)
_LONGEST_LINE = 4_000
_SKIPPED = 40  # lines of other programs between two frames


class Scanner:
    """Reads line after line; `forest` holds what was understood, `unread` what was not."""

    def __init__(self, *, whole: bool = False) -> None:
        self.whole = whole  # a blank line does not end a message: nobody wrote below it
        self.forest = Forest()
        self.unread: list[str] = []
        self.at = Cursor()
        self.dying = Dying(self.forest, self.at)
        self.readers: tuple[Callable[[str], bool], ...] = (
            self._separator,
            self._link,
            self._header,
            self.dying.read,
            TestReports(self.forest, self.at).read,
            Announced(self.forest, self.at).read,
            self._frame,
            self._source,
            self._raised,
            self._continued,
        )

    def read(self, lines: Iterable[str]) -> list[tuple[Raised, bool]]:
        """Read all lines and return the trees in the order of the text."""
        for line in lines:
            self._line(self._railed(line[:_LONGEST_LINE].rstrip()))
        return self.forest.trees()

    def _railed(self, line: str) -> str:
        """Take the rails of a group off a line, moving to the level they mark."""
        if "+ Exc" in line and (match := shapes.GROUP_HEADER.match(line)):
            self.forest.close_above(len(match["indent"]))
            return line.replace("+ ", "", 1)
        match = shapes.RAIL.fullmatch(line) if "|" in line else None
        if match is not None and self._in_group(len(match["indent"])):
            self.forest.close_above(len(match["indent"]))
            return match["body"] or ""
        if self.forest.level.rail >= 0 and _ends_group(line):
            self.forest.close_above(-1)
        return line

    def _in_group(self, column: int) -> bool:
        draft = self.forest.draft
        if self.forest.level.rail >= 0:
            return True
        return draft is not None and draft.headed and draft.indent == column

    def _line(self, line: str) -> None:
        if not line.strip():
            self.at.blanks += 1
            self.at.after_frame = False
            return
        for reader in self.readers:
            if reader(line):
                self.at.blanks = 0
                return
        self.at.blanks = 0
        self._skip(line)

    def _skip(self, line: str) -> None:
        """Keep what no reader knows; too much of it ends the traceback."""
        self.at.in_message = self.at.after_frame = False
        self.unread.append(line)
        if shapes.BROKEN.match(line):
            self.at.carry = line
        if line.lstrip().startswith(_ASIDES):
            self.at.aside = True
        self.at.skipped += 1
        draft = self.forest.draft
        if draft is not None and self.at.skipped > _SKIPPED:
            self.forest.next_member()

    # -- groups and chains ----------------------------------------------------------------

    def _separator(self, line: str) -> bool:
        if "----" not in line:
            return False
        if match := shapes.OPEN_MEMBERS.fullmatch(line):
            self.forest.close_above(len(match["indent"]))
            self.forest.open_members(len(match["indent"]) + 2)
        elif match := shapes.NEXT_MEMBER.fullmatch(line):
            self.forest.close_above(len(match["indent"]))
            self.forest.next_member()
        elif self.forest.level.rail >= 0 and (match := shapes.CLOSE_MEMBERS.fullmatch(line)):
            self.forest.close_above(len(match["indent"]))
            self.forest.close_members()
        elif shapes.SEPARATOR.fullmatch(line):
            self._ruled(line)
        else:
            return False
        self.at.in_message = False
        return True

    def _ruled(self, line: str) -> None:
        """Dashes alone: they part the members of anyio 3's groups, or begin IPython's text."""
        draft = self.forest.draft
        if self.at.in_message and draft is not None and _announces_members(draft):
            self.forest.open_members(-1, ruled=True)
        elif self.forest.level.ruled and len(line.strip()) < 40:
            self.forest.next_member()
        else:
            self.forest.close_ruled()

    def _link(self, line: str) -> bool:
        if shapes.CAUSE in line:
            link = Link.CAUSE
        elif shapes.CONTEXT in line:
            link = Link.CONTEXT
        else:
            return False
        if self.at.blanks > 1:  # a group that was printed as text ends with a line end of its own
            self.forest.close_ruled()
        self.forest.level.link = link
        self.at.in_message = False
        return True

    def _header(self, line: str) -> bool:
        if "Traceback" not in line:
            return False
        match = shapes.HEADER.match(line)
        if match is None:
            return False
        draft = self.forest.draft
        if draft is not None and self.at.in_message and _announces(draft):
            self.forest.level.link = Link.CAUSE
        self.forest.begin(
            headed=True, indent=len(match["indent"]), hint=match["type"] or "", aside=self.at.aside
        )
        self.at.started()
        if match["rest"].strip():
            self.unread.append(match["rest"].strip())
        return True

    # -- frames ---------------------------------------------------------------------------

    def _open(self) -> Draft:
        """Find the exception that a frame belongs to; a second one begins after its last line."""
        draft = self.forest.draft
        if draft is None or draft.type:
            draft = self.forest.begin(aside=self.at.aside)
            self.at.started()
        return draft

    def _frame(self, line: str) -> bool:
        if self._quoted_by_message(line):
            return False
        said = framed(line) or self._wrapped(line)
        if not said:
            return False
        self._open().add(frame(said.path, said.function, said.line))
        self.at.in_message = False
        self.at.after_frame, self.at.frame_indent = True, said.indent
        self.at.skipped, self.at.carry = 0, ""
        return True

    def _wrapped(self, line: str) -> Stacked | None:
        """Join a line that a narrow terminal broke with the one before it."""
        if not self.at.carry:
            return None
        before, self.at.carry = self.at.carry, ""
        return framed(before + line.strip()) or framed(f"{before} {line.strip()}")

    def _quoted_by_message(self, line: str) -> bool:
        """Tell a place in a template, which a message may name, from a new traceback."""
        draft = self.forest.draft
        return (
            self.at.in_message
            and draft is not None
            and draft.headed
            and not self.at.blanks
            and line.startswith("  ")
            and not shapes.CALL.fullmatch(line)
        )

    def _source(self, line: str) -> bool:
        """Take the line that a frame shows."""
        draft = self.forest.draft
        if draft is None or draft.type or not draft.frames:
            return False
        if match := shapes.POINTED.fullmatch(line):
            self._show(draft, match["source"], pointed=True)
            return True
        return self._unmarked(draft, line)

    def _unmarked(self, draft: Draft, line: str) -> bool:
        """Tell source by its indentation; without any, by its place after the frame."""
        if shapes.REPEATED.fullmatch(line) or shapes.POSITIONS.fullmatch(line):
            return True
        deeper = shapes.indent_of(line) > self.at.frame_indent
        levelled = shapes.LEVELLED.match(line) is not None
        shows = self.at.after_frame and (deeper or levelled or shapes.raised(line) is None)
        if shows:
            self._show(draft, line)
        return shows or deeper

    def _show(self, draft: Draft, source: str, *, pointed: bool = False) -> None:
        self.at.after_frame = False
        last = draft.frames[-1]
        if (last.source is None or pointed) and source.strip():
            draft.frames[-1] = replace(last, source=source.strip()[:500])

    # -- what was raised ------------------------------------------------------------------

    def _raised(self, line: str) -> bool:
        draft, said = self.forest.draft, shapes.raised(line)
        if said is None:
            return False
        if draft is None and self.forest.level.owner is not None:
            draft = self.forest.begin(headed=True)  # never raised, so it has no traceback
        if draft is None or not self._may_end(draft, said):
            return False
        draft.type = said.type
        draft.say(said.message)
        self.at.in_message, self.at.after_frame = True, False
        return True

    def _may_end(self, draft: Draft, said: shapes.Said) -> bool:
        """Tell an exception's last line from source, and from other programs' lines about."""
        if draft.type or self.at.reported or draft.newest_first:
            return False
        outside = said.indent <= max(draft.indent, self.at.frame_indent)
        return outside and (said.likely or not self.at.skipped)

    def _continued(self, line: str) -> bool:
        """Take a further line of a message."""
        draft = self.forest.draft
        if not self.at.in_message or draft is None or self._ends_message(draft, line):
            return False
        draft.message.extend([""] * min(self.at.blanks, 1))
        draft.say(line[draft.indent :] if line[: draft.indent].isspace() else line)
        return True

    def _ends_message(self, draft: Draft, line: str) -> bool:
        if shapes.LOGGED.match(line) or shapes.FENCE.match(line):
            return True
        open_ended = draft.message in ([], [""]) or draft.message[-1].endswith(":")
        return bool(self.at.blanks) and not open_ended and not self.whole


def _ends_group(line: str) -> bool:
    """Python closes nested groups with one mark; what follows stands left of the rails."""
    return "Traceback (" in line or shapes.CAUSE in line or shapes.CONTEXT in line


def _announces(draft: Draft) -> bool:
    """Tell whether a message ends with a colon, and so announces what it quotes."""
    said = next((line for line in reversed(draft.message) if line.strip()), "")
    return said.rstrip().endswith((":", '"""'))


def _announces_members(draft: Draft) -> bool:
    return _announces(draft) and "exceptions were raised" in draft.message[-1]
