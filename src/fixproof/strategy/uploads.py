"""What may have changed a resolution: uploads in order of time, and how suspect each one is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from packaging.version import InvalidVersion, Version

from fixproof.model.releases import Timeline, canonical
from fixproof.model.repairs import Upload

IRRELEVANT = 0.02  # uploads that do not seem to enter the lock keep a little weight
WORD = re.compile(r"[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?")
LAST_WORDS = 600  # characters at the end of what was said that tell most


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is known before the search: both locks (name to version), wishes, and what was said.

    `after` is empty where nothing could be resolved at the bad end.
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    direct: frozenset[str]
    said: str = ""


def uploads_between(
    timelines: Iterable[Timeline], after: datetime, until: datetime
) -> tuple[Upload, ...]:
    """List the uploads later than `after` and not later than `until`, in order of time.

    Files of one release with no other upload between them are one: the break cannot fall
    apart from the release. Withdrawn files are left out: a resolver does not see them.
    """
    events = sorted(
        (file.uploaded, timeline.package, release.version, file.name)
        for timeline in timelines
        for release in timeline.releases
        for file in release.files
        if file.uploaded and after < file.uploaded <= until and not file.yanked
    )
    bursts: list[Upload] = []
    for when, package, version, name in events:
        last = bursts[-1] if bursts else None
        if last and (last.package, last.version) == (package, version):
            files, times = (*last.files, name), (*last.times, when)
            bursts[-1] = replace(last, when=when, files=files, times=times)
        else:
            bursts.append(
                Upload(package=package, version=version, when=when, files=(name,), times=(when,))
            )
    return tuple(bursts)


def weigh(uploads: Sequence[Upload], ground: Ground) -> tuple[float, ...]:
    """Say how likely each upload is the one that broke it; only ratios matter."""
    named = mentioned({u.package for u in uploads}, ground.said)
    reached = dict(ground.before)  # each step is measured from the release before it
    weights = []
    for upload in uploads:
        weights.append(_weight(upload, ground, reached, named.get(upload.package, 0)))
        if weights[-1] > IRRELEVANT:
            reached[upload.package] = upload.version
    return tuple(weights)


def suspects(changed: Mapping[str, tuple[str | None, str | None]], ground: Ground) -> list[float]:
    """Say how suspect each changed package is, in the order given."""
    named = mentioned(changed, ground.said)
    weights = []
    for package, (old, new) in changed.items():
        weight = _bump(old, new) * (2.0 if package in ground.direct else 1.0)
        weights.append(weight * (1.0 + 4.0 * named.get(package, 0)))
    return weights


def mentioned(packages: Iterable[str], said: str) -> dict[str, int]:
    """Find packages that a text speaks of: 1 for anywhere, 2 for near its end."""
    everywhere, last = _words(said), _words(said[-LAST_WORDS:])
    return {package: 2 if package in last else 1 for package in packages if package in everywhere}


def _words(text: str) -> set[str]:
    return {canonical(word) for word in WORD.findall(text)}


def _weight(upload: Upload, ground: Ground, reached: Mapping[str, str], named: int) -> float:
    old, new = ground.before.get(upload.package), ground.after.get(upload.package)
    if not _enters(upload, old, new, resolved=bool(ground.after)):
        return IRRELEVANT
    weight = _bump(reached.get(upload.package), upload.version) * (1.0 + 4.0 * named)
    return weight * (2.0 if upload.package in ground.direct else 1.0)


def _enters(upload: Upload, old: str | None, new: str | None, *, resolved: bool) -> bool:
    """Whether the upload lies between the two locks' versions of its package."""
    version = _version(upload.version)
    if version is None or version.is_prerelease:
        return False
    above = old is None or version > Version(old)
    if not resolved:
        return above
    return above and new is not None and new != old and version <= Version(new)


def _bump(old: str | None, new: str | None) -> float:
    """Weigh a step: major ones break more often than minor ones, minor ones than patches."""
    before, after = _version(old), _version(new)
    if before is None or after is None:
        return 2.0
    if before.major != after.major:
        return 4.0
    if before.minor != after.minor:
        return 3.0 if before.major == 0 else 2.0
    return 1.0 if before < after else 0.5


def _version(text: str | None) -> Version | None:
    try:
        return Version(text) if text is not None else None
    except InvalidVersion:
        return None
