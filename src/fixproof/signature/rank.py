"""How strong the evidence is that two texts show the same failure: a score with its reasons."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fixproof.signature.features import Part

_COUNTED = frozenset({Part.CALL, Part.CODE, Part.MODULE, Part.WHOLE})
_PAIRED = frozenset({Part.PAIR, Part.ANY_PAIR})
Rarity = Callable[[str], float]
Weights = Mapping[str, float]

# Below this, nothing is called known. Chosen on generated failures and half of the real ones.
THRESHOLD = 0.5

# How much each kind of evidence can do. The plateau is wide: each may be off by a third.
_MESSAGE = 0.8  # of the score, where both texts have a message; the rest is frames and words
_MESSAGE_ALONE = 0.8  # certainty of a message found in a text that was cut before its own
_OTHERS_ALONE = 0.7  # certainty of frames and words without any message
_FRAMES, _CODE, _WORDS = 0.6, 0.5, 0.6
_PAIRS = 0.4  # part of a message's match that hangs on the order of its words
_NAMES = 0.75  # part that hangs on the names: the same sentence about another name differs
_VALUES = 0.2  # part that hangs on quoted values, which users choose
_OTHER_OWNER, _OTHER_VERSION = 0.7, 0.7
_BOTH_WAYS = 0.25  # part that hangs on the weaker direction: texts are cut and quoted
_TYPE = 0.15
_SECOND = 0.2  # how much of anything else makes a message more than a sentence
_ALONE = 0.5  # what is left of a score on type and message alone: below the threshold


@dataclass(frozen=True, slots=True)
class Match:
    """A score between 0 and 1, and what it stands on: each kind of evidence by itself."""

    score: float
    message: float | None
    frames: float
    code: float
    words: float
    type: float | None


@dataclass(frozen=True, slots=True)
class Side:
    """One text's features by part, with what their rarity adds up to."""

    parts: Mapping[str, Weights]
    words_norm: float


def rarity(documents: int, with_feature: int) -> float:
    """Scale how rare a feature is between 0 (everywhere) and 1 (nowhere else)."""
    odds = (documents - with_feature + 0.5) / (with_feature + 0.5)
    return math.log1p(max(odds, 0.0)) / math.log1p(documents + 1)


def counted(feature: str) -> str:
    """Name the feature whose count tells how rare this one is: words count wherever they stand."""
    return feature if feature[0] in _COUNTED else f"{Part.WORD}{feature[1:]}"


def side(weights: Weights, rare: Rarity) -> Side:
    """Sort features by part and weigh them by how rare they are."""
    parts: dict[str, dict[str, float]] = {}
    for feature, weight in weights.items():
        part, text = feature[0], feature[2:]
        if part in _PAIRED:
            first, _, second = text.partition(" ")
            scarce = (rare(f"{Part.WORD}:{first}") + rare(f"{Part.WORD}:{second}")) / 2
        else:
            scarce = rare(counted(feature))
        parts.setdefault(part, {})[text] = weight * scarce
    norm = math.sqrt(sum(value * value for value in parts.get(Part.WORD, {}).values()))
    return Side(parts=parts, words_norm=norm)


def compare(query: Side, document: Side) -> Match:
    """Weigh all evidence that a document tells the query's failure."""
    message = _message(query, document)
    frames = _frames(query, document)
    code = _certain(_shared(query, document, Part.CODE, Part.CODE)[1])
    words = _cosine(query, document, Part.WORD)
    kind = _types(query, document)
    others = 1 - (1 - _FRAMES * frames) * (1 - _CODE * code) * (1 - _WORDS * words)
    if message is None:
        score = _OTHERS_ALONE * others
    elif _has_message(query) and _has_message(document):
        score = _MESSAGE * message + (1 - _MESSAGE) * others
    else:
        score = 1 - (1 - _MESSAGE_ALONE * message) * (1 - _OTHERS_ALONE * others)
    if kind is not None:
        score *= 1 - _TYPE + _TYPE * kind
    if message is not None and not _second(query, document):
        score *= _ALONE
    return Match(score=score, message=message, frames=frames, code=code, words=words, type=kind)


def _second(query: Side, document: Side) -> bool:
    """Ask for a second piece of evidence: people get the same sentence from different faults.

    Names count, for a message that names a program's parts says more than its form.
    """
    parts = (Part.NAME, Part.CALL, Part.MODULE, Part.CODE, Part.VERSION)
    if sum(_shared(query, document, part, part)[1] for part in parts) >= _SECOND:
        return True
    said = {
        word
        for one in (query, document)
        for part in (Part.SAID, Part.TYPE)
        for word in one.parts.get(part, {})
    }
    ours, theirs = query.parts.get(Part.WORD, {}), document.parts.get(Part.WORD, {})
    return sum(ours[word] for word in ours.keys() & theirs.keys() - said) >= _SECOND


def _has_message(one: Side) -> bool:
    return bool(one.parts.get(Part.SAID))


def _message(query: Side, document: Side) -> float | None:
    """Find one's message in the other's text, in either direction: both may be cut or quoted."""
    found = [_told(query, document), _told(document, query)]
    known = [value for value in found if value is not None]
    if not known:
        return None
    best, worst = max(known), min(known)
    best *= 1 - _BOTH_WAYS + _BOTH_WAYS * worst
    return best * _disagreement(query, document)


def _told(one: Side, other: Side) -> float | None:
    """Measure how much of one's message stands in the other's text: words, order, names."""
    if not _has_message(one):
        return None
    share, mass = _shared(one, other, Part.SAID, Part.WORD)
    if one.parts.get(Part.PAIR):
        share *= 1 - _PAIRS + _PAIRS * _shared(one, other, Part.PAIR, Part.ANY_PAIR)[0]
    if one.parts.get(Part.NAME):
        share *= 1 - _NAMES + _NAMES * _shared(one, other, Part.NAME, Part.WORD)[0]
    return share * _certain(3 * mass)


def _disagreement(query: Side, document: Side) -> float:
    """Lower a match where both tell a class, versions or values, and tell others."""
    factor = 1.0
    for part, otherwise in ((Part.OWNER, _OTHER_OWNER), (Part.VERSION, _OTHER_VERSION)):
        ours, theirs = query.parts.get(part), document.parts.get(part)
        if ours and theirs and not ours.keys() & theirs.keys():
            factor *= otherwise
    if query.parts.get(Part.VALUE) and document.parts.get(Part.VALUE):
        there = _shared(query, document, Part.VALUE, Part.VALUE)[0]
        back = _shared(document, query, Part.VALUE, Part.VALUE)[0]
        factor *= 1 - _VALUES + _VALUES * max(there, back)
    return factor


def _frames(query: Side, document: Side) -> float:
    if not (query.parts.get(Part.CALL) and document.parts.get(Part.CALL)):
        return 0.0
    there, mass = _shared(query, document, Part.CALL, Part.CALL)
    back, _ = _shared(document, query, Part.CALL, Part.CALL)
    return max(there, back) * _certain(mass)


def _types(query: Side, document: Side) -> float | None:
    ours, theirs = query.parts.get(Part.TYPE), document.parts.get(Part.TYPE)
    if not ours or not theirs:
        return None
    return _cosine_of(ours, theirs)


def _shared(one: Side, other: Side, part: str, where: str) -> tuple[float, float]:
    """Tell the share of one's part that stands in the other's, and how much that is."""
    ours, theirs = one.parts.get(part, {}), other.parts.get(where, {})
    total = sum(ours.values())
    found = sum(value for text, value in ours.items() if text in theirs)
    return (found / total if total else 0.0), found


def _cosine(one: Side, other: Side, part: str) -> float:
    ours, theirs = one.parts.get(part, {}), other.parts.get(part, {})
    if not one.words_norm or not other.words_norm:
        return 0.0
    shared = sum(value * theirs[text] for text, value in ours.items() if text in theirs)
    return shared / (one.words_norm * other.words_norm)


def _cosine_of(ours: Weights, theirs: Weights) -> float:
    norm = math.sqrt(sum(v * v for v in ours.values()) * sum(v * v for v in theirs.values()))
    shared = sum(value * theirs[text] for text, value in ours.items() if text in theirs)
    return shared / norm if norm else 0.0


def _certain(mass: float) -> float:
    """Turn an amount of rare things in common into a certainty."""
    return 1 - math.exp(-mass)
