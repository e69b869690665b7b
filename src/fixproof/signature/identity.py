"""A failure's identity: digests at three levels, and the words to search for."""

import hashlib
import re
from collections.abc import Iterable, Iterator

from fixproof.model.failures import Failure, FailureKind, Frame, Origin, Raised, Signature
from fixproof.signature.lazy import lazily
from fixproof.signature.rules import RECIPE, normalise

# The same exception under the names it has had; old name -> today's.
_RENAMED = {
    "timeout": "TimeoutError",  # socket.timeout, until 3.9
    "IOError": "OSError",
    "EnvironmentError": "OSError",
    "WindowsError": "OSError",
    "PatternError": "error",  # re.error, until 3.12
    "BaseExceptionGroup": "ExceptionGroup",
}
_GROUP_COUNT = lazily(
    r" \(\d+ sub-exceptions?\)|\d+ exceptions were raised in the task group:?"
    r"|unhandled errors in a TaskGroup"
)
_DEEPEST = 400
_DEEPEST_GROUP = 40
_DEEPEST_CHAIN = 250


def type_name(raised: Raised) -> str:
    """Name a type without its module: tools print it with and without, and modules move."""
    name = raised.type.rsplit(".", 1)[-1]
    return _RENAMED.get(name, name)


def message_of(raised: Raised) -> str:
    """Normalise a message; a group's own words tell how its library groups, not what failed."""
    if raised.members:
        return normalise(_GROUP_COUNT.sub("", raised.message).strip())
    return normalise(raised.message)


def earlier(raised: Raised) -> Raised | None:
    """Find the exception before this one in its chain, as far as people wrote it.

    One that was caught inside the standard library is an interpreter's detail: whether it is
    mentioned changes between versions.
    """
    before = raised.cause or raised.context
    while before is not None and _caught_by_interpreter(before):
        before = before.cause or before.context
    return before


def _caught_by_interpreter(raised: Raised) -> bool:
    return bool(raised.frames) and raised.frames[0].origin is Origin.STDLIB and raised.members == ()


def tree(raised: Raised) -> Iterator[Raised]:
    """Walk a whole tree: an exception, what came before it, and its members; bounded."""
    waiting, count = [raised], 0
    while waiting and count < _DEEPEST:
        current = waiting.pop()
        count += 1
        yield current
        waiting.extend(reversed(current.members))
        if (before := earlier(current)) is not None:
            waiting.append(before)


def root_of(raised: Raised) -> Raised:
    """Follow causes, contexts and first members to the exception that began it."""
    for _ in range(_DEEPEST):
        before = earlier(raised)
        if before is None and raised.members:
            before = raised.members[0]
        if before is None:
            break
        raised = before
    return raised


def package_frames(raised: Raised) -> tuple[Frame, ...]:
    """Keep the frames inside installed packages, recursion collapsed."""
    kept: list[Frame] = []
    for frame in raised.frames:
        if frame.origin is not Origin.PACKAGE:
            continue
        if kept and (kept[-1].module, kept[-1].function) == (frame.module, frame.function):
            continue
        kept.append(frame)
    return tuple(kept)


def raising_distribution(raised: Raised) -> str:
    """Name the distribution whose code raised, or called what raised; empty: the user's own."""
    return next((f.distribution or "" for f in reversed(package_frames(raised))), "")


def raising_module(raised: Raised) -> str:
    """Name the innermost package module of the stack; empty: the user's own code."""
    return next((f.module for f in reversed(package_frames(raised))), "")


def sign(failure: Failure) -> Signature:
    """Give a failure its identity."""
    if failure.raised is None:
        return _sign_words(failure)
    surfaced, root = failure.raised, root_of(failure.raised)
    facts = _facts(surfaced)
    frames = [
        f"{frame.module}:{frame.function}"
        for node in tree(surfaced)
        for frame in package_frames(node)
    ]
    kind = failure.kind.value if failure.kind is not FailureKind.TEXT else ""
    return Signature(
        recipe=RECIPE,
        exact=_digest([kind, facts, *frames]),
        same=_digest([kind, facts, raising_distribution(root)]),
        family=_digest([kind, type_name(root), raising_module(root)]),
        search=_search(_to_search(surfaced)),
        surfaced=type_name(surfaced),
        root=type_name(root),
        parts=tuple(dict.fromkeys(_said(node) for node in tree(surfaced))),
        surface=_surface(surfaced),
    )


def _said(node: Raised) -> str:
    return f"{type_name(node)}: {message_of(node)}"


def _surface(raised: Raised, depth: int = 0) -> str:
    """Spell an exception with its group's members, in an order that does not vary."""
    if depth > _DEEPEST_GROUP or not raised.members:
        return _said(raised)
    inner = sorted(_surface(member, depth + 1) for member in raised.members)
    return f"{_said(raised)} ({' | '.join(inner)})"


def _to_search(raised: Raised) -> Raised:
    """Choose what a person would search for: out of groups and wrappers, not what was handled."""
    for _ in range(_DEEPEST_GROUP):
        if raised.members:
            raised = raised.members[0]
        elif raised.cause is not None and not _caught_by_interpreter(raised.cause):
            raised = raised.cause
        else:
            break
    return raised


def _facts(raised: Raised, depth: int = 0) -> str:
    """Spell a whole tree. Members count once each: how many tasks fail alike is chance."""
    if depth > _DEEPEST_CHAIN:
        return ""
    members = sorted({_facts(member, depth + 1) for member in raised.members})
    before = earlier(raised)
    parts = [_said(raised), *(f"({member})" for member in members)]
    return "\n".join([*parts, _facts(before, depth + 1)] if before else parts)


def _sign_words(failure: Failure) -> Signature:
    """Sign what is no exception: a signal, a limit, a status, or mere text."""
    name = normalise(failure.crash or "")
    lines = [line for line in normalise(failure.unread).split("\n") if line]
    words = lines[-5:] if failure.kind in {FailureKind.EXIT, FailureKind.TEXT} else []
    search = failure.crash or (lines[-1] if lines else failure.kind.value)
    label = failure.kind.value
    return Signature(
        recipe=RECIPE,
        exact=_digest([label, name, *lines[-20:]]),
        same=_digest([label, name, *words]),
        family=_digest([label, name]),
        search=search[:200],
        surfaced=label,
        root=label,
    )


def _search(root: Raised) -> str:
    """Write what a person would paste: type and the first line of the message, values removed."""
    first = next((line for line in normalise(root.message).split("\n") if line), "")
    words = re.sub(r"<\w+>", "…", first)[:160].strip()
    place = raising_module(root)
    said = f"{type_name(root)}: {words}" if words else type_name(root)
    return said if words or not place else f"{said} {place}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
