"""Explain: read what was said, find the known failures it is, say whether this version has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from fixproof.model.failures import Failure, FailureKind, Raised, Signature
from fixproof.signature.features import Features, Part, features_of
from fixproof.signature.identity import package_frames, root_of, sign
from fixproof.signature.known import Hit, Known
from fixproof.signature.rank import THRESHOLD
from fixproof.signature.reading import parse

MOST = 10


class KnownFailures(Protocol):
    """The index of known failures."""

    def __len__(self) -> int:
        """Count them."""
        ...

    def search(self, features: Features, limit: int = MOST) -> tuple[Hit, ...]:
        """Find the likeliest, best first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One exception of the failure, for people: frames are those inside packages."""

    type: str
    message: str
    frames: tuple[str, ...] = ()
    distribution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The failure as it was read."""

    kind: FailureKind
    type: str | None
    message: str | None
    crash: str | None
    surfaced: Told | None
    root: Told | None
    search: str
    signature: Signature
    others: int
    unread: str
    tree: Raised | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One known failure that this may be; `affected` is None where nobody can tell."""

    case: str
    title: str
    package: str
    status: str
    score: float
    affected: bool | None
    installed: str | None
    fix: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is known about a failure. `weaker` are candidates below the threshold."""

    failure: Shown
    matches: tuple[Found, ...]
    weaker: tuple[Found, ...]
    threshold: float
    compared: int


def explain(
    failure: Failure, known: KnownFailures, installed: Mapping[str, str], limit: int = MOST
) -> Explanation:
    """Rank the known failures and part them at the threshold."""
    hits = known.search(features_of(failure), limit)
    found = [_found(hit, installed) for hit in hits]
    return Explanation(
        failure=shown(failure),
        matches=tuple(one for one in found if one.score >= THRESHOLD),
        weaker=tuple(one for one in found if one.score < THRESHOLD)[:3],
        threshold=THRESHOLD,
        compared=len(known),
    )


def read_failure(text: str) -> Failure:
    """Read what a person pasted."""
    return parse(text)


def shown(failure: Failure) -> Shown:
    """Tell a failure as people read it."""
    signature = sign(failure)
    surfaced = failure.raised
    return Shown(
        kind=failure.kind,
        type=surfaced.type if surfaced else None,
        message=surfaced.message if surfaced else None,
        crash=failure.crash,
        surfaced=_exception(surfaced) if surfaced else None,
        root=_exception(root_of(surfaced)) if surfaced else None,
        search=signature.search,
        signature=signature,
        others=len(failure.others),
        unread=failure.unread,
        tree=surfaced,
    )


def _exception(raised: Raised) -> Told:
    frames = package_frames(raised)
    return Told(
        type=raised.type,
        message=raised.message,
        frames=tuple(f"{frame.module}:{frame.function}" for frame in frames),
        distribution=frames[-1].distribution if frames else None,
    )


def _found(hit: Hit, installed: Mapping[str, str]) -> Found:
    version = installed.get(hit.known.package)
    return Found(
        case=hit.known.key,
        title=hit.known.title,
        package=hit.known.package,
        status=hit.known.status,
        score=round(hit.match.score, 4),
        affected=_is_affected(hit.known, version) if version else None,
        installed=version,
        fix=hit.known.fix,
        url=hit.known.url,
        reason=_reason(hit),
    )


def _is_affected(known: Known, version: str) -> bool | None:
    from fixproof.workflows.affected import is_affected  # slow to import, and seldom needed

    return is_affected(known, version)


_PARTS = (
    (Part.TYPE, "type"),
    (Part.SAID, "message"),
    (Part.CALL, "frames"),
    (Part.CODE, "source lines"),
    (Part.VERSION, "versions"),
)


def _reason(hit: Hit) -> str:
    """Say which type, which words of the message and which frames both have."""
    parts = []
    for part, name in _PARTS:
        shared = [f[2:] for f in hit.shared if f[0] == part]
        if shared:
            parts.append(f"{name}: {', '.join(shared[:4])}")
    if not parts:
        shared = [f[2:] for f in hit.shared if f[0] == Part.WORD]
        parts.append(f"words: {', '.join(shared[:6])}")
    return "; ".join(parts)
