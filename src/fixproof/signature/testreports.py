"""Lines of pytest's reports: the failing function's text, `E` lines, places of the stack."""

import re

from fixproof.signature import shapes
from fixproof.signature.cursor import Cursor
from fixproof.signature.drafts import Draft, Forest
from fixproof.signature.places import frame


class TestReports:
    """Reads what pytest prints in its long, short and line styles."""

    __test__ = False  # no test itself, whatever its name says

    def __init__(self, forest: Forest, at: Cursor) -> None:
        self._forest, self._at = forest, at
        self._defined = ""  # the function whose text was shown last

    def read(self, line: str) -> bool:
        """Take a line; False where it is none of a report's."""
        if line.startswith("E  ") and (match := shapes.PYTEST_SAYS.fullmatch(line)):
            self._says((match["text"] or "").rstrip())
            return True
        if line.startswith("___") and shapes.PYTEST_HEAD.fullmatch(line):
            self._forest.next_member()
            self._at.reported = self._at.in_message = False
            return True
        return self._place(line)

    def _place(self, line: str) -> bool:
        if ".py:" in line and (match := shapes.PYTEST.fullmatch(line)):
            return self._frame(match)
        if "def " in line and (match := shapes.DEFINED.match(line)):
            self._defined = match["function"]
        return False

    def _says(self, text: str) -> None:
        draft = self._current(continued=self._at.reported)
        if draft.type:
            draft.say(text)
            return
        self._at.reported = True
        said = shapes.raised(text)
        if said is not None and said.likely:
            draft.type = said.type
            draft.say(said.message)
        else:  # a rewritten assert shows the expression, not the type
            draft.type = "AssertionError"
            draft.say(text.strip())

    def _frame(self, match: re.Match[str]) -> bool:
        kind = match["type"] or ""
        if kind.endswith("Warning"):
            return False
        draft = self._current(continued=self._at.reported and bool(kind))
        draft.add(frame(match["path"], match["function"] or self._defined, int(match["line"])))
        self._at.after_frame, self._at.frame_indent = True, 0
        if kind:
            self._ends(draft, kind, match["message"] or "")
        return True

    def _ends(self, draft: Draft, kind: str, message: str) -> None:
        """Take the last place, which names the type once more."""
        if not draft.type:
            draft.type = kind
            draft.say(message)
        self._at.reported, self._defined = False, ""

    def _current(self, *, continued: bool) -> Draft:
        """Find the exception that a line belongs to, or begin one."""
        draft = self._forest.draft
        if draft is None or (draft.type and not continued):
            draft = self._forest.begin(headed=True)
            self._at.started()
        return draft
