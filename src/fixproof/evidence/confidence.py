"""How sure a boundary is, computed from its replicates and from nothing else.

The rule. A run of the release known bad fails with an unknown probability q. Before any run
every q is as likely as any other (Laplace's rule of succession: a uniform prior); after s of n
runs failed, q follows Beta(1 + s, 1 + n - s). A release that is said to be good gave m clean
runs. Were the failure still there and as frequent, so many clean runs in a row would have the
probability

    miss = E[(1 - q)^m] = product over i < m of (1 + n - s + i) / (2 + n + i)

Whether it is still there or not is an even bet before the runs, so that after them the release
is good with probability 1 / (1 + miss). Every good side of the proof must hold, so theirs are
multiplied. Without a good side the failure itself is all that is claimed: (s + 1) / (n + 2).

How many clean runs a failure needs that shows with frequency q, to be missed with probability p
at most: ⌈log p / log (1 - q)⌉ (the chance of m clean runs in a row is (1 - q)^m).
"""

from dataclasses import dataclass
from math import ceil, floor, inf, log

PLACES = 4  # more digits would pretend a precision that no handful of runs has


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The replicates of one release at a boundary."""

    version: str
    runs: int
    telling: int  # runs that showed what is claimed: the failure, or its absence


def confidence(bad: Side, good: tuple[Side, ...] = ()) -> tuple[float, str]:
    """Compute how sure a proof is, and say why in one sentence."""
    sure = 1.0 if good else (bad.telling + 1) / (bad.runs + 2)
    for side in good:
        sure /= 1 + missed(bad, side.telling)
    holds = bad.telling and all(side.telling == side.runs for side in good)
    return _rounded(sure) if holds else 0.0, _sentence(bad, good)


def missed(bad: Side, clean: int) -> float:
    """Compute how likely so many clean runs in a row are while the failure is still there."""
    chance = 1.0
    for i in range(clean):
        chance *= (1 + bad.runs - bad.telling + i) / (2 + bad.runs + i)
    return chance


def runs_needed(rate: float, miss: float = 0.01) -> float:
    """Compute how many clean runs say that a failure which shows at `rate` is gone."""
    if rate >= 1:
        return 1
    return max(1, ceil(log(miss) / log(1 - rate))) if rate > 0 else inf


def _rounded(sure: float) -> float:
    """Round down: no number of runs makes it certain."""
    steps = int(10**PLACES)
    return min(floor(sure * steps), steps - 1) / steps


def _sentence(bad: Side, good: tuple[Side, ...]) -> str:
    shown = f"{_of(bad)} of {bad.version} showed the failure"
    if not good:
        return f"{shown}; no release without it could be run beside it"
    clean = " and ".join(f"{_of(side)} of {side.version}" for side in good)
    worst = max(missed(bad, side.telling) for side in good)
    return (
        f"{shown}, {clean} did not; were it still there and as frequent,"
        f" so many runs without it would come about by chance in {_percent(worst)} of cases,"
        " for each release said to be good"
    )


def _of(side: Side) -> str:
    noun = "run" if side.runs == 1 else "runs"
    return f"{side.telling} of {side.runs} {noun}"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share >= 0.0001 else "under 0.01 %"
