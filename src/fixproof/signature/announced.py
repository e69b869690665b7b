"""Lines by which frameworks tell type and message apart from the stack: Django's page, cleo's."""

from fixproof.signature import shapes
from fixproof.signature.cursor import Cursor
from fixproof.signature.drafts import Draft, Forest
from fixproof.signature.lazy import lazily
from fixproof.signature.places import frame

_FIELD = lazily(r"\s*Exception (?P<name>Type|Value):\s*(?P<said>.*)")
_AT_ADDRESS = lazily(r"\s+at /\S*$")
_BLOCK = lazily(r"\s{1,8}(?P<type>(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)")
_PLACE = lazily(
    r"\s{1,8}(?P<last>at|\d{1,4}) {1,4}(?P<path>[~/.<A-Za-z][^:\n]{0,500}(?::[\\/][^:\n]{1,500})?"
    r"\.pyx?):(?P<line>\d+) in (?P<function>[\w<>]+)"
)
_LONGEST = 50  # lines of one message


class Announced:
    """Reads a type and a message that stand by themselves."""

    def __init__(self, forest: Forest, at: Cursor) -> None:
        self._forest, self._at = forest, at
        self._type = ""  # a line that may name an exception whose stack is still to come
        self._message: list[str] = []
        self._stacked: Draft | None = None  # whose stack stands above its type

    def read(self, line: str) -> bool:
        """Take a line; False where it is none of these."""
        if "Exception " in line and (match := _FIELD.fullmatch(line)):
            return self._field(match["name"], match["said"])
        if self._type and line.startswith(" "):
            return self._block(line)
        self._type = ""
        if line.startswith(" ") and (match := _BLOCK.fullmatch(line)):
            self._type = match["type"] if shapes.STRONG.fullmatch(match["type"]) else ""
            self._message = []
        if self._type:
            return self._is_open()
        return (" in " in line and ".py" in line) and self._place(line)

    def _is_open(self) -> bool:
        return self._stacked is not None and self._stacked is self._forest.draft

    def _field(self, name: str, said: str) -> bool:
        """Take a field of Django's page; the stack stands above it."""
        draft = self._forest.draft
        if draft is None or (name == "Value") != bool(draft.type) or draft.message:
            return False
        if name == "Type":
            draft.type = _AT_ADDRESS.sub("", said)
            self._at.in_message = False
        else:
            draft.say(said)
            self._at.in_message, self._at.after_frame = True, False
        return True

    def _block(self, line: str) -> bool:
        """Collect the message between a type and its last place."""
        if self._place(line):
            return True
        self._message.append(line.strip())
        if len(self._message) > _LONGEST:
            self._type = ""
        return self._is_open()

    def _place(self, line: str) -> bool:
        match = _PLACE.fullmatch(line)
        if match is None:
            return False
        draft = self._current()
        draft.add(frame(match["path"], match["function"], int(match["line"])))
        self._at.after_frame, self._at.frame_indent = True, shapes.indent_of(line)
        self._at.in_message = False
        if match["last"] == "at" and self._type:
            draft.type = self._type
            draft.message = self._message
            self._type, self._message, self._stacked = "", [], None
        elif match["last"] != "at":
            self._stacked = draft
        return True

    def _current(self) -> Draft:
        draft = self._forest.draft
        if draft is None or draft.type:
            draft = self._forest.begin(headed=True)
            self._at.started()
        return draft
