"""What one execution did wrong, and its normalised identity."""

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Whose code a frame is."""

    PACKAGE = "package"
    STDLIB = "stdlib"
    USER = "user"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line of a stack.

    `path` is what the text said (sanitised); `module` is the same path relative to where
    packages are installed (`starlette/middleware/base.py`), `<script>` for the user's program.
    `distribution` is the top-level import package's distribution, as far as the path tells.
    """

    path: str
    module: str
    function: str
    line: int | None = None
    source: str | None = None
    origin: Origin = Origin.UNKNOWN
    distribution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One exception of a tree. `frames` run from the outermost call to the raise."""

    type: str
    message: str = ""
    notes: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    cause: "Raised | None" = None
    context: "Raised | None" = None
    members: tuple["Raised", ...] = ()


class FailureKind(StrEnum):
    """How a failure shows."""

    EXCEPTION = "exception"
    CRASH = "crash"  # a signal, an abort, `Fatal Python error`
    TIMEOUT = "timeout"
    LIMIT = "limit"  # memory, processes, disk: named in `Failure.crash`
    EXIT = "exit"  # a status other than zero and nothing that explains it
    TEXT = "text"  # something was said, but no form we can read


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What was read from one execution or one pasted text.

    `raised` is the exception that ended the run (the last complete tree in the text);
    `others` are further trees in the same text; `crash` is the fatal message, signal or limit;
    `unread` is text that no parser understood (bounded).
    """

    kind: FailureKind
    raised: Raised | None = None
    others: tuple[Raised, ...] = ()
    crash: str | None = None
    unread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A failure's identity at three levels, each a digest of fewer facts than the one before.

    `exact`: types, normalised messages and in-package frames of the whole tree.
    `same`: the same failure: types and normalised messages of the whole tree, and the raising
    distribution. Two runs *show the same failure* when this is equal.
    `family`: type and raising module of the root exception.
    `search` is what a person would paste into a search box; `recipe` is the version of the
    rules: signatures of different recipes are not comparable. `parts` lists `Type: normalised
    message` of every exception of the tree, the surfaced one first, the root last. `surface` is
    the exception that ended the run with its group's members, without what came before it.
    """

    recipe: int
    exact: str
    same: str
    family: str
    search: str
    surfaced: str
    root: str
    parts: tuple[str, ...] = ()
    surface: str = ""
