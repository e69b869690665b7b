"""What of a failure counts when it is looked up: weighted features of text, message and frames."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fixproof.model.failures import Failure, Frame, Origin, Raised
from fixproof.signature.identity import message_of, tree, type_name
from fixproof.signature.lazy import lazily
from fixproof.signature.rules import PLACEHOLDER, normalise

_WORD = lazily(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_QUALIFIED = lazily(r"\b([A-Za-z_]\w*)\.\w+\(\) ")
_VERSION = lazily(r"\b\d+\.\d+(?:\.\d+)*\b")
_VALUE = lazily(r"(?P<quote>['\"`])(?P<said>(?:(?!(?P=quote))[^\n]){1,300})(?P=quote)")
_NAMED = lazily(r"['`\"]([A-Za-z_][\w.]*)['`\"]|\b\w*(?:[a-z0-9_][A-Z_]|\w[._:]{1,2}[a-z])[\w.]*")
_IDENTIFIER = lazily(r"[_.0-9]")
# Where a message begins in a sentence: what it quotes first is a name, not the type's value.
_TYPED = lazily(r"(?<=\w)(Error|Exception|Warning): +")
_NODES = 12
_FRAMES = 60
_TEXT = 6_000
_FEATURES = 400
# Words of the language, not of the failure. Rarity alone cannot tell in a small library.
_ENGLISH = (
    "a an and any are as at be been but by can could did do does for from get got had has have how"
    " i if in into is it its may me my no not of on or our please same see should so some such than"
    " that the their them then there these they this to too up us use used using was we were what"
    " when which while who will with would you your"
)
_REPORTS = (
    "error issue bug problem problems issues errors line file most recent call last traceback"
)
_COMMON = frozenset(f"{_ENGLISH} {_REPORTS} module traceback".split())


class Part:
    """Which kind of evidence a feature is: its first letter."""

    WHOLE = "x"  # type and normalised message together
    TYPE = "t"
    SAID = "s"  # a word of a message
    PAIR = "b"  # two neighbours in a message
    ANY_PAIR = "e"  # two neighbours anywhere
    WORD = "w"  # any word: messages, source lines, prose
    CALL = "f"  # module and function inside a package
    MODULE = "m"
    CODE = "c"  # a source line
    NAME = "q"  # what a message names: in quotes, or by the look of an identifier
    OWNER = "o"  # the class of a callable that a message names
    VALUE = "u"  # a word inside a quoted value
    VERSION = "v"  # a version that a message tells


@dataclass(frozen=True, slots=True)
class Features:
    """Features by name, each with the weight of the place where it stood."""

    weights: Mapping[str, float]
    package: str = ""


def features_of(failure: Failure, prose: str = "", package: str = "") -> Features:
    """Collect the features of a failure and the words around it."""
    found: dict[str, float] = {}
    trees = [t for t in (failure.raised, *failure.others[-3:]) if t is not None]
    for position, top in enumerate(trees):
        share = 1.0 if position == 0 else 0.5
        for _, node in zip(range(_NODES), tree(top), strict=False):
            _keep(found, _of_exception(node), share)
    if failure.crash:
        _keep(found, _of_message("crash", normalise(failure.crash)), 1.0)
    _keep(found, _of_prose(prose), 1.0)
    _keep(found, _of_prose(failure.unread), 0.7)
    best = sorted(found.items(), key=lambda item: -item[1])[:_FEATURES]
    return Features(weights=dict(best), package=package)


def _keep(found: dict[str, float], new: Iterable[tuple[str, float]], share: float) -> None:
    for name, weight in new:
        found[name] = max(found.get(name, 0.0), weight * share)


def _of_exception(node: Raised) -> Iterator[tuple[str, float]]:
    name, message = type_name(node), message_of(node)
    if name:
        yield f"{Part.TYPE}:{name.lower()}", 1.0
        yield f"{Part.WORD}:{name.lower()}", 0.5
    yield from _of_message(name, message)
    yield from _as_said(node)
    for frame in node.frames[-_FRAMES:]:
        yield from _of_frame(frame)


def _of_message(name: str, message: str) -> Iterator[tuple[str, float]]:
    if message:
        yield f"{Part.WHOLE}:{name.lower()} {message.lower()[:300]}", 1.0
    for name_ in names(message[:_TEXT]):
        yield f"{Part.NAME}:{name_}", 1.0
    for word in words(message[:_TEXT]):
        yield f"{Part.SAID}:{word}", _share(word)
        yield f"{Part.WORD}:{word}", 1.0
    yield from _pairs(Part.PAIR, message[:_TEXT])
    yield from _pairs(Part.ANY_PAIR, message[:_TEXT])


def _as_said(node: Raised) -> Iterator[tuple[str, float]]:
    """Take what normalisation takes away: a callable's class, and versions."""
    for match in _QUALIFIED.finditer(node.message[:_TEXT]):
        yield f"{Part.OWNER}:{match[1].lower()}", 1.0
        yield f"{Part.WORD}:{match[1].lower()}", 0.5
    for match in _VALUE.finditer(node.message[:_TEXT]):
        for word in words(match["said"]):
            yield f"{Part.VALUE}:{word}", 1.0
            yield f"{Part.WORD}:{word}", 0.3
    for match in _VERSION.finditer(node.message[:_TEXT]):
        yield f"{Part.VERSION}:{match[0]}", 1.0


def names(message: str) -> Iterator[str]:
    """Find the program parts that a message names."""
    for match in _NAMED.finditer(message):
        said = match[1] or match[0]
        if not (said.startswith("__") and said.endswith("__")):  # every class has those
            yield from words(said)


def _of_frame(frame: Frame) -> Iterator[tuple[str, float]]:
    inside = frame.origin in {Origin.PACKAGE, Origin.UNKNOWN} and frame.module[0] != "<"
    if inside:
        yield f"{Part.CALL}:{frame.module}:{frame.function}", 1.0
        yield f"{Part.MODULE}:{frame.module}", 1.0
    if frame.origin is Origin.STDLIB or not frame.source:
        return
    share = 0.6 if inside else 0.4
    code = " ".join(frame.source.split())
    if inside and len(code) > 12:
        yield f"{Part.CODE}:{code[:120]}", 1.0
    for word in words(code):
        yield f"{Part.WORD}:{word}", share


def _of_prose(text: str) -> Iterator[tuple[str, float]]:
    normalised = normalise(_TYPED.sub(r"\1:\n", text[:_TEXT]))
    for word in words(normalised):
        yield f"{Part.WORD}:{word}", 0.7 * _share(word)
    yield from _pairs(Part.ANY_PAIR, normalised)


def _share(word: str) -> float:
    """Weigh what looks like a part of a program above a word of the language."""
    return 1.0 if _IDENTIFIER.search(word) else 0.7


def _pairs(part: str, text: str) -> Iterator[tuple[str, float]]:
    for line in text.split("\n"):
        before = ""
        for word in words(line):
            if before:
                yield f"{part}:{before} {word}", 1.0
            before = word


def words(text: str) -> Iterator[str]:
    """Split into words; a dotted name counts whole and in its parts."""
    for match in _WORD.finditer(PLACEHOLDER.sub(" ", text)):
        word = match[0].lower()
        if word in _COMMON or len(word) < 2:
            continue
        yield word
        if "." in word:
            yield from (part for part in word.split(".") if part not in _COMMON and len(part) > 1)


def count(features: Iterable[Features]) -> Counter[str]:
    """Count in how many of them each feature occurs."""
    counter: Counter[str] = Counter()
    for one in features:
        counter.update(one.weights.keys())
    return counter
