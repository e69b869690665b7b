"""What the interpreter says when it dies: newest call first, a stack for every thread."""

import re

from fixproof.signature import shapes
from fixproof.signature.cursor import Cursor
from fixproof.signature.drafts import Forest


class Dying:
    """Reads fault handler's dumps; `said` is the line that began one."""

    def __init__(self, forest: Forest, at: Cursor) -> None:
        self._forest, self._at = forest, at
        self.said: str | None = None

    def read(self, line: str) -> bool:
        """Take a line; False where it is none of a dump's."""
        if match := shapes.FATAL.match(line):
            self.said = line.strip()
            self._died(match)
        elif match := shapes.THREAD.match(line):
            self._thread(current=match["which"] == "Current thread")
        else:
            return False
        self._at.started()
        return True

    def _died(self, match: re.Match[str]) -> None:
        message = [match["message"]]
        self._forest.begin(hint=match["type"], message=message, newest_first=True)

    def _thread(self, *, current: bool) -> None:
        """Begin a thread's stack; the current one's is what died, wherever it stands."""
        draft = self._forest.draft
        if current and draft is not None and draft.newest_first and not draft.aside:
            return
        if current and (died := shapes.FATAL.match(self.said or "")):
            self._died(died)
        else:
            self._forest.begin(hint="Thread", newest_first=True, aside=True)
