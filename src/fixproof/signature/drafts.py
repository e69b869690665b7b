"""Exceptions while they are being read: drafts, chains of them, and groups of chains."""

from dataclasses import dataclass, field, replace
from enum import Enum

from fixproof.model.failures import Frame, Raised

_DEEPEST = 24  # Python itself stops at ten; deeper nesting is somebody's joke
_LONGEST_CHAIN = 200
_MESSAGE_LINES = 200
_FRAMES = 2_000


class Link(Enum):
    """How the exception before belongs to the one that follows."""

    CAUSE = "cause"
    CONTEXT = "context"


@dataclass(slots=True)
class Draft:
    """One exception, not yet complete. `hint` is a type that a header named in advance."""

    headed: bool = False
    indent: int = 0
    type: str = ""
    hint: str = ""
    message: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    members: list[Raised] = field(default_factory=list)
    earlier: tuple[Link, Raised] | None = None
    quoted: bool = False  # what follows is quoted by this one's message
    aside: bool = False  # announced as of no consequence for the run
    newest_first: bool = False
    depth: int = 0

    def add(self, frame: Frame) -> None:
        """Append a frame, up to a bound that only endless recursion reaches."""
        if len(self.frames) < _FRAMES:
            self.frames.append(frame)

    def say(self, line: str) -> None:
        """Append a line to the message."""
        if len(self.message) < _MESSAGE_LINES:
            self.message.append(line)

    def finished(self) -> Raised | None:
        """Make the value; None where neither a type nor a frame was read."""
        if not (self.type or self.hint or self.frames):
            return None
        frames = tuple(reversed(self.frames)) if self.newest_first else tuple(self.frames)
        done = Raised(
            type=self.type or self.hint,
            message="\n".join(self.message).rstrip(),
            frames=frames,
            members=tuple(self.members),
        )
        return _chained(done, self.earlier) if self.earlier else done


def _chained(done: Raised, earlier: tuple[Link, Raised]) -> Raised:
    link, before = earlier
    return replace(done, cause=before) if link is Link.CAUSE else replace(done, context=before)


@dataclass(slots=True)
class Level:
    """One list of exceptions: the text itself, or the members of a group.

    `rail` is the column of the `|` that marks the level, -1 where none does.
    """

    rail: int = -1
    owner: Draft | None = None
    draft: Draft | None = None
    link: Link | None = None
    done: list[tuple[Raised, bool]] = field(default_factory=list)
    ruled: bool = False  # members are parted by dashes alone, as anyio 3 printed them
    chain: int = 0


class Forest:
    """All trees of a text: the current draft at the top of a stack of levels."""

    def __init__(self) -> None:
        self.levels = [Level()]

    @property
    def level(self) -> Level:
        """The innermost open list."""
        return self.levels[-1]

    @property
    def draft(self) -> Draft | None:
        """The exception being read."""
        return self.level.draft

    def begin(self, **known: object) -> Draft:
        """Start an exception; one in progress is finished first, and linked if so announced."""
        level = self.level
        earlier = self._close_draft(keep=level.link is None)
        draft = Draft(**known)  # type: ignore[arg-type]  # callers name Draft's own fields
        if earlier is not None and level.link is not None and level.chain < _LONGEST_CHAIN:
            draft.earlier = (level.link, earlier)
            level.chain += 1
        elif earlier is not None and level.link is not None:
            level.done.append((earlier, False))
        else:
            level.chain = 0
        level.link = None
        level.draft = draft
        return draft

    def _close_draft(self, *, keep: bool) -> Raised | None:
        level = self.level
        if level.draft is None:
            return None
        done, aside = level.draft.finished(), level.draft.aside
        level.draft = None
        if done is not None and keep:
            level.done.append((done, aside))
        return done

    def open_members(self, rail: int, *, ruled: bool = False) -> None:
        """Begin the list of a group's members; the group is the current draft."""
        if len(self.levels) < _DEEPEST:
            owner = self.level.draft
            self.levels.append(Level(rail=rail, owner=owner, ruled=ruled))

    def next_member(self) -> None:
        """Finish one member of the innermost group."""
        self._close_draft(keep=True)
        self.level.link = None

    def close_members(self) -> None:
        """Finish the innermost group and go back to the list it is in."""
        if len(self.levels) == 1:
            return
        self.next_member()
        level = self.levels.pop()
        members = [raised for raised, _ in level.done]
        if level.owner is not None:
            level.owner.members.extend(members)
        else:
            self.level.done.extend(level.done)

    def close_above(self, rail: int) -> None:
        """Close groups whose rail is further right than this column."""
        while len(self.levels) > 1 and not self.level.ruled and self.level.rail > rail:
            self.close_members()

    def close_ruled(self) -> None:
        """Close groups that end without a mark."""
        while len(self.levels) > 1 and self.level.ruled:
            self.close_members()

    def trees(self) -> list[tuple[Raised, bool]]:
        """Finish everything; each tree with whether it was announced as an aside."""
        while len(self.levels) > 1:
            self.close_members()
        self._close_draft(keep=True)
        return self.level.done
