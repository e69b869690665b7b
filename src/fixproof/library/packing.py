"""An entry on disk: what is known and its features, each word told once, compressed."""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields

from fixproof.signature.features import Part
from fixproof.signature.known import Known

_PART, _GROUP, _ITEM = "\x1d", "\x1e", "\x1f"
_PAIRS = frozenset({Part.PAIR, Part.ANY_PAIR})
_SINGLE = frozenset({Part.TYPE, Part.SAID, Part.NAME, Part.OWNER, Part.VALUE})
_DEFAULTS = {field.name: field.default for field in fields(Known) if field.name != "key"}
_RAW = -15  # deflate without a header

# What entries have in common, the commonest last: the interpreters' own words.
_WORDS = (
    "instance abstract closed loop expected received given path directory permission denied"
    " timeouterror connectionerror connection refused reset certificate_verify_failed ssl socket"
    " recursionerror maximum recursion depth exceeded notimplementederror stopiteration zip"
    " zerodivisionerror division indexerror list index range tuple string str int float bytes"
    " unicodedecodeerror unicodeencodeerror codec decode encode byte character position invalid"
    " start utf nameerror defined unboundlocalerror local variable referenced before assignment"
    " filenotfounderror permissionerror oserror errno no such unable open syntaxerror syntax"
    " assertionerror assert keyerror valueerror runtimeerror exception failed found version numpy"
    " callable iterable subscriptable unsupported operand type takes positional arguments missing"
    " required got unexpected keyword argument typeerror __init__ __call__ self return raise def"
    " class await async import named modulenotfounderror cannot name importerror object attribute"
    " nonetype attributeerror none true false init main run call get set"
)
_MARKS = (
    '{"status": "proven", "fix": "", "url": "https://github.com//issues/", "package": "",'
    ' "title": ""}|m100!c100!x100!f100/:<module>!u100!v100!o100!t100/s70!s100!q100!b100!e100'
    "!w100/w50/w49/w40/w60/w70/"
)
_COMMON = (
    _WORDS.replace(" ", _ITEM) + _MARKS.replace("|", _PART).replace("!", _GROUP).replace("/", _ITEM)
).encode()


def packed(known: Known, weights: Mapping[str, float]) -> bytes:
    """Write an entry without its key; see `packable`."""
    said = {name: getattr(known, name) for name in _DEFAULTS}
    told = {name: value for name, value in said.items() if value != _DEFAULTS[name]}
    text = json.dumps(told, ensure_ascii=False) + _PART + _written(weights)
    deflate = zlib.compressobj(9, zlib.DEFLATED, _RAW, 9, zlib.Z_DEFAULT_STRATEGY, _COMMON)
    return deflate.compress(text.encode("utf-8", "replace")) + deflate.flush()


def packable(weights: Mapping[str, float]) -> dict[str, float]:
    """Leave out features with a character that parts them on disk: nobody says those."""
    marks = (_PART, _GROUP, _ITEM)
    return {f: w for f, w in weights.items() if not any(mark in f for mark in marks)}


def unpacked(data: bytes) -> tuple[str, dict[str, float]]:
    """Read what is known, as text for `known_of`, and the features."""
    inflate = zlib.decompressobj(_RAW, _COMMON)
    told, _, written = inflate.decompress(data).decode("utf-8").partition(_PART)
    return told, _weights(written)


def known_of(key: str, told: str) -> Known:
    """Make the value of an entry."""
    said = json.loads(told)
    return Known(key=key, **(said | {"also_fixed": tuple(said.get("also_fixed", ()))}))


def _written(weights: Mapping[str, float]) -> str:
    groups: dict[tuple[str, int], list[str]] = {}
    for feature, weight in weights.items():
        if feature[0] == Part.ANY_PAIR and weights.get(Part.PAIR + feature[1:]) == weight:
            continue  # told by the message's pair
        groups.setdefault((feature[0], round(weight * 100)), []).append(feature[2:])
    ordered = sorted(groups.items(), key=lambda group: group[0][0] != Part.WORD)
    words = [word for (part, _), texts in ordered if part == Part.WORD for word in texts]
    places = {word: str(place) for place, word in enumerate(words)}
    return _GROUP.join(
        _ITEM.join([f"{part}{weight}", *(_short(part, text, places) for text in texts)])
        for (part, weight), texts in ordered
    )


def _short(part: str, text: str, places: Mapping[str, str]) -> str:
    """Refer to words by their place; no word begins with a digit."""
    if part in _PAIRS:
        first, _, second = text.partition(" ")
        return f"{places.get(first, first)} {places.get(second, second)}"
    return places.get(text, text) if part in _SINGLE else text


def _weights(written: str) -> dict[str, float]:
    words, weights = list[str](), dict[str, float]()
    for group in written.split(_GROUP) if written else ():
        head, *texts = group.split(_ITEM)
        part, weight = head[0], int(head[1:]) / 100
        if part == Part.WORD:
            words += texts
        elif part in _PAIRS:
            texts = [" ".join(_long(text.partition(" ")[::2], words)) for text in texts]
        elif part in _SINGLE:
            texts = _long(texts, words)
        weights.update(dict.fromkeys([f"{part}:{text}" for text in texts], weight))
        if part == Part.PAIR:
            weights.update(dict.fromkeys([f"{Part.ANY_PAIR}:{text}" for text in texts], weight))
    return weights


def _long(texts: Iterable[str], words: list[str]) -> list[str]:
    return [words[int(text)] if "0" <= text[:1] <= "9" else text for text in texts]
