"""The version map at a glance: neighbouring releases that behave alike, as one stretch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from fixproof.model.findings import Shown
from fixproof.model.outcomes import Verdict
from fixproof.pages.provenance import Said, ran

WORDS = {
    Verdict.FAILS: "broken",
    Verdict.PASSES: "good",
    Verdict.DIFFERS: "different",
    Verdict.UNTESTABLE: "not testable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Neighbouring releases that behave alike; `others` counts those among them that do not."""

    verdict: Verdict
    first: str
    last: str
    count: int
    others: tuple[tuple[Verdict, int], ...] = ()
    opens: Said | None = None  # the boundary that `first` is
    closes: Said | None = None  # the boundary that `last` is

    @property
    def word(self) -> str:
        """The verdict in a word."""
        return WORDS[self.verdict]

    @property
    def counted(self) -> str:
        """How many releases, and how many of them are of another kind."""
        others = "".join(f", {n} {WORDS[verdict]}" for verdict, n in self.others)
        return f"{self.count} release{'' if self.count == 1 else 's'}{others}"

    @property
    def weight(self) -> int:
        """How wide it is drawn, 1 to 5: its share would make two releases of 200 invisible."""
        return 1 + sum(self.count > limit for limit in (2, 8, 25, 60))


def stretches(shown: Sequence[Shown], roles: dict[str, tuple[str, ...]]) -> Iterable[Stretch]:
    """Join neighbours that behave alike, and the untestable few between two of a kind."""
    for group in _absorbed(_grouped(shown)):
        verdict = _verdict(group)
        yield Stretch(
            verdict=verdict,
            first=group[0].version,
            last=group[-1].version,
            count=len(group),
            others=tuple(
                (other, n)
                for other in Verdict
                if other is not verdict and (n := sum(s.verdict is other for s in group))
            ),
            opens=_role(roles, group[0], ("introduced", "first fixed", "also fixed")),
            closes=_role(roles, group[-1], ("last bad", "last good")),
        )


def _grouped(shown: Sequence[Shown]) -> list[list[Shown]]:
    """Group neighbours of one verdict; what tells nothing either way is one kind."""
    return [list(group) for _, group in groupby(shown, key=lambda s: _telling(s.verdict))]


def _telling(verdict: Verdict) -> Verdict | None:
    return verdict if verdict in {Verdict.FAILS, Verdict.PASSES} else None


def _verdict(group: list[Shown]) -> Verdict:
    """Name a stretch by what it tells, else by what most of it is."""
    telling = next((s.verdict for s in group if _telling(s.verdict)), None)
    differing = sum(s.verdict is Verdict.DIFFERS for s in group)
    most = Verdict.DIFFERS if 2 * differing > len(group) else Verdict.UNTESTABLE
    return telling or most


def _absorbed(groups: list[list[Shown]]) -> list[list[Shown]]:
    joined: list[list[Shown]] = []
    for group in groups:
        before = joined[-2:]
        between_equals = (
            len(before) == 2
            and all(s.verdict is Verdict.UNTESTABLE for s in before[1])
            and before[0][0].verdict is group[0].verdict
        )
        if between_equals:
            joined[-2:] = [[*before[0], *before[1], *group]]
        else:
            joined.append(group)
    return joined


def _role(roles: dict[str, tuple[str, ...]], shown: Shown, wanted: tuple[str, ...]) -> Said | None:
    role = next((r for r in roles.get(shown.version, ()) if r in wanted), "")
    return ran(f"{shown.version} {role}", *shown.records) if role else None
