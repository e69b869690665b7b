"""Lines to exception trees: one state machine for every form that Python's tools print."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from fixproof.model.failures import Raised
from fixproof.signature import shapes
from fixproof.signature.drafts import Draft, Forest, Link
from fixproof.signature.places import frame

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
        self.aside = False
        self.in_message = False
        self.blanks = 0
        self.after_frame = False
        self.frame_indent = 0
        self.skipped = 0
        self.carry = ""
        self.defined = ""
        self.pytest = False
        self.fatal: str | None = None
        self.readers: tuple[Callable[[str], bool], ...] = (
            self._separator,
            self._link,
            self._header,
            self._fatal,
            self._pytest,
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
            self.blanks += 1
            self.after_frame = False
            return
        for reader in self.readers:
            if reader(line):
                self.blanks = 0
                return
        self.blanks = 0
        self._skip(line)

    def _skip(self, line: str) -> None:
        """Keep what no reader knows; too much of it ends the traceback."""
        self.in_message = self.after_frame = False
        self.unread.append(line)
        if shapes.BROKEN.match(line):
            self.carry = line
        if line.lstrip().startswith(_ASIDES):
            self.aside = True
        self.skipped += 1
        draft = self.forest.draft
        if draft is not None and self.skipped > _SKIPPED:
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
        self.in_message = False
        return True

    def _ruled(self, line: str) -> None:
        """Dashes alone: they part the members of anyio 3's groups, or begin IPython's text."""
        draft = self.forest.draft
        if self.in_message and draft is not None and _announces_members(draft):
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
        if self.blanks > 1:  # a group that was printed as text ends with a line end of its own
            self.forest.close_ruled()
        self.forest.level.link = link
        self.in_message = False
        return True

    def _header(self, line: str) -> bool:
        if "Traceback" not in line:
            return False
        match = shapes.HEADER.match(line)
        if match is None:
            return False
        draft = self.forest.draft
        if draft is not None and self.in_message and _announces(draft):
            self.forest.level.link = Link.CAUSE
        self.forest.begin(
            headed=True, indent=len(match["indent"]), hint=match["type"] or "", aside=self.aside
        )
        self._started()
        if match["rest"].strip():
            self.unread.append(match["rest"].strip())
        return True

    def _fatal(self, line: str) -> bool:
        """Read what the interpreter says when it dies: newest call first."""
        if match := shapes.FATAL.match(line):
            self.fatal = line.strip()
            self.forest.begin(hint=match["type"], message=[match["message"]], newest_first=True)
        elif match := shapes.THREAD.match(line):
            draft = self.forest.draft
            if match["which"] == "Current thread" and draft is not None and draft.newest_first:
                return True
            self.forest.begin(hint="Thread", newest_first=True, aside=True)
        else:
            return False
        self._started()
        return True

    def _started(self) -> None:
        self.aside = self.in_message = self.after_frame = False
        self.skipped = 0
        self.carry = ""

    # -- frames ---------------------------------------------------------------------------

    def _open(self) -> Draft:
        """Find the exception that a frame belongs to; a second one begins after its last line."""
        draft = self.forest.draft
        if draft is None or draft.type:
            draft = self.forest.begin(aside=self.aside)
            self._started()
        return draft

    def _frame(self, line: str) -> bool:
        if self._quoted_by_message(line):
            return False
        said = _frame_in(line) or self._wrapped(line)
        if not said:
            return False
        path, number, function, indent = said
        self._open().add(frame(path, function, number))
        self.in_message = False
        self.after_frame, self.frame_indent, self.skipped, self.carry = True, indent, 0, ""
        return True

    def _wrapped(self, line: str) -> tuple[str, int | None, str, int] | None:
        """Join a line that a narrow terminal broke with the one before it."""
        if not self.carry:
            return None
        before, self.carry = self.carry, ""
        return _frame_in(before + line.strip()) or _frame_in(f"{before} {line.strip()}")

    def _quoted_by_message(self, line: str) -> bool:
        """Tell a place in a template, which a message may name, from a new traceback."""
        draft = self.forest.draft
        return (
            self.in_message
            and draft is not None
            and draft.headed
            and not self.blanks
            and line.startswith("  ")
        )

    def _source(self, line: str) -> bool:
        """Take the line that a frame shows."""
        draft = self.forest.draft
        if draft is None or draft.type or not draft.frames:
            return False
        if match := shapes.POINTED.fullmatch(line):
            self._show(draft, match["source"], pointed=True)
            return True
        if shapes.REPEATED.fullmatch(line) or shapes.POSITIONS.fullmatch(line):
            return True
        deeper = shapes.indent_of(line) > self.frame_indent
        if self.after_frame and (deeper or shapes.raised(line) is None):
            self._show(draft, line)
            return True
        return deeper

    def _show(self, draft: Draft, source: str, *, pointed: bool = False) -> None:
        self.after_frame = False
        last = draft.frames[-1]
        if (last.source is None or pointed) and source.strip():
            draft.frames[-1] = replace(last, source=source.strip()[:500])

    # -- what was raised ------------------------------------------------------------------

    def _raised(self, line: str) -> bool:
        draft = self.forest.draft
        said = shapes.raised(line)
        if draft is None and said is not None and self.forest.level.owner is not None:
            draft = self.forest.begin(headed=True)  # never raised, so it has no traceback
        if draft is None or draft.type or self.pytest or draft.newest_first:
            return False
        if said is None or said.indent > max(draft.indent, self.frame_indent):
            return False
        if self.skipped and not (said.strong or said.type[0].isupper() or "." in said.type):
            return False  # other programs' lines are about, and this may be one of them
        draft.type = said.type
        draft.say(said.message)
        self.in_message, self.after_frame = True, False
        return True

    def _continued(self, line: str) -> bool:
        """Take a further line of a message."""
        draft = self.forest.draft
        if not self.in_message or draft is None or shapes.LOGGED.match(line):
            return False
        if shapes.FENCE.match(line):
            return False
        ended = draft.message != [""] and not draft.message[-1].endswith(":")
        if self.blanks and ended and not self.whole:
            return False
        draft.message.extend([""] * min(self.blanks, 1))
        draft.say(line[draft.indent :] if line[: draft.indent].isspace() else line)
        return True

    # -- pytest ---------------------------------------------------------------------------

    def _pytest(self, line: str) -> bool:
        if line.startswith("E  ") and (match := shapes.PYTEST_SAYS.fullmatch(line)):
            self._pytest_says((match["text"] or "").rstrip())
            return True
        if line.startswith("___") and shapes.PYTEST_HEAD.fullmatch(line):
            self.forest.next_member()
            self.pytest = self.in_message = False
            return True
        if ":" in line and ".py" in line and (match := shapes.PYTEST.fullmatch(line)):
            return self._pytest_frame(match)
        if "def " in line and (match := shapes.DEFINED.match(line)):
            self.defined = match["function"]
        return False

    def _pytest_says(self, text: str) -> None:
        draft = self.forest.draft
        if draft is None or (draft.type and not self.pytest):
            draft = self.forest.begin(headed=True)
            self._started()
        if draft.type:
            draft.say(text)
            return
        said = shapes.raised(text)
        self.pytest = True
        if said and (said.strong or "." in said.type or said.type[0].isupper()):
            draft.type = said.type
            draft.say(said.message)
        else:  # a rewritten assert shows the expression, not the type
            draft.type = "AssertionError"
            draft.say(text.strip())

    def _pytest_frame(self, match: re.Match[str]) -> bool:
        kind = match["type"] or ""
        if kind.endswith("Warning"):
            return False
        draft = self.forest.draft
        if draft is None or (draft.type and not (self.pytest and kind)):
            draft = self.forest.begin(headed=True)
            self._started()
            self.pytest = False
        draft.add(frame(match["path"], match["function"] or self.defined, int(match["line"])))
        self.after_frame, self.frame_indent = True, 0
        if kind and not draft.type:
            draft.type = kind
            draft.say(match["message"] or "")
        if kind:
            self.pytest, self.defined = False, ""
        return True


def _ends_group(line: str) -> bool:
    """Python closes nested groups with one mark; what follows stands left of the rails."""
    return "Traceback (" in line or shapes.CAUSE in line or shapes.CONTEXT in line


def _announces(draft: Draft) -> bool:
    """Tell whether a message ends with a colon, and so announces what it quotes."""
    said = next((line for line in reversed(draft.message) if line.strip()), "")
    return said.rstrip().endswith((":", '"""'))


def _announces_members(draft: Draft) -> bool:
    return _announces(draft) and "exceptions were raised" in draft.message[-1]


def _frame_in(line: str) -> tuple[str, int | None, str, int] | None:
    """Read a line as a frame: path, line, function, indentation."""
    if 'File "' in line and (match := shapes.STANDARD.fullmatch(line)):
        function = match["function"] or "<syntax>"
        return match["path"], int(match["line"]), function, len(match["indent"])
    if " in " not in line and "File " not in line and "In" not in line:
        return None
    for shape in shapes.LISTED:
        if match := shape.fullmatch(line):
            number = int(match["line"]) if match["line"] else None
            return match["path"], number, _function(match["function"]), shapes.indent_of(line)
    return None


def _function(said: str | None) -> str:
    """Tell the code object's own name, without arguments and qualification."""
    name = (said or "<module>").strip()
    if name.startswith("<"):
        return name.removesuffix("()").removesuffix("(...)")
    return name.split("(", 1)[0].rsplit(".", 1)[-1] or "<module>"
