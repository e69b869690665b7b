"""Two failures beside each other: does one contain the other, and how alike are they."""

from fixproof.model.failures import Failure, Raised
from fixproof.signature.identity import (
    message_of,
    package_frames,
    raising_distribution,
    root_of,
    sign,
    tree,
    type_name,
)
from fixproof.signature.lazy import lazily
from fixproof.signature.rules import normalise

_WORDS = lazily(r"[A-Za-z_][\w.]*")


def contains(whole: Failure, part: Failure) -> bool:
    """Tell whether the root exception of `part` appears anywhere in the tree of `whole`."""
    if part.raised is None or whole.raised is None:
        return sign(whole).same == sign(part).same
    wanted = _named(root_of(part.raised))
    return any(_named(node) == wanted for node in tree(whole.raised))


def similarity(a: Failure, b: Failure) -> float:
    """Compare two failures: 1 is the same failure, 0 nothing in common."""
    if a.raised is None or b.raised is None:
        return _without_exception(a, b)
    if sign(a).same == sign(b).same:
        return 1.0
    roots = root_of(a.raised), root_of(b.raised)
    types = float(type_name(roots[0]) == type_name(roots[1]))
    words = _overlap(_words(roots[0]), _words(roots[1]))
    frames = _overlap(_frames(a.raised), _frames(b.raised))
    place = float(raising_distribution(roots[0]) == raising_distribution(roots[1]))
    trees = _overlap(_types(a.raised), _types(b.raised))
    return min(0.99, 0.25 * types + 0.4 * words + 0.2 * frames + 0.1 * place + 0.05 * trees)


def _without_exception(a: Failure, b: Failure) -> float:
    if a.kind is not b.kind:
        return 0.0
    if sign(a).same == sign(b).same:
        return 1.0
    said = [set(_WORDS.findall(normalise(f"{f.crash or ''} {f.unread}"))) for f in (a, b)]
    return 0.9 * _overlap(said[0], said[1])


def _named(raised: Raised) -> tuple[str, str]:
    return type_name(raised), message_of(raised)


def _words(raised: Raised) -> set[str]:
    return set(_WORDS.findall(message_of(raised)))


def _frames(raised: Raised) -> set[str]:
    return {f"{f.module}:{f.function}" for node in tree(raised) for f in package_frames(node)}


def _types(raised: Raised) -> set[str]:
    return {type_name(node) for node in tree(raised)}


def _overlap(a: set[str], b: set[str]) -> float:
    if not a and not b:
        return 1.0
    return len(a & b) / len(a | b)
