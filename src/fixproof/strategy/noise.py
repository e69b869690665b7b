"""What runs that do not always show the truth say together: rates, positions, information.

A release that fails shows the failure in a share of its runs (`shows`); one that does not may
still fail now and then (`slips`). Neither rate is known: a grid of both is weighed by all runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import exp, log, log2

from fixproof.model.searches import Seen

SHOWS = (0.998, 0.97, 0.93, 0.87, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.22, 0.15, 0.1, 0.07, 0.05, 0.03)
SLIPS = (0.002, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.36)
ALWAYS = 0.3  # share of failures that show every time
NEVER_SLIPS = 0.6  # share of reproductions that never fail where they should not
CLOSEST = 0.5  # more slips beside shows than this, and no number of runs tells them apart
LEAST = 1e-3  # rates this much less likely than the likeliest are dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What a search that allows for noise is to reach.

    `error` is the chance of a wrong side of a boundary that verification allows; `limit` is
    the number of runs after which one release is given up as undecided.
    """

    error: float = 0.002
    limit: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """A pair of rates and how likely it is (logarithm)."""

    shows: float
    slips: float
    weight: float

    def failing(self, seen: Seen) -> float:
        """Weigh runs as those of a release that fails (log-likelihood)."""
        return seen.fails * log(self.shows) + seen.passes * log(1 - self.shows)

    def working(self, seen: Seen) -> float:
        """Weigh runs as those of a release that works (log-likelihood)."""
        return seen.fails * log(self.slips) + seen.passes * log(1 - self.slips)


def rates(bad: Iterable[Seen] = (), good: Iterable[Seen] = ()) -> tuple[Rates, ...]:
    """Weigh all pairs of rates by the runs of releases known to fail, and known to work."""
    failing, working = total(bad), total(good)
    pairs = []
    for shows in SHOWS:
        for slips in (s for s in SLIPS if s <= CLOSEST * shows):
            pair = Rates(shows=shows, slips=slips, weight=_prior(shows, slips))
            weight = pair.weight + pair.failing(failing) + pair.working(working)
            pairs.append(Rates(shows=shows, slips=slips, weight=weight))
    best = max(pair.weight for pair in pairs)
    return tuple(p for p in pairs if p.weight > best + log(LEAST))


def _prior(shows: float, slips: float) -> float:
    always = ALWAYS if shows == SHOWS[0] else (1 - ALWAYS) / (len(SHOWS) - 1)
    never = NEVER_SLIPS if slips == SLIPS[0] else (1 - NEVER_SLIPS) / (len(SLIPS) - 1)
    return log(always) + log(never)


def total(seen: Iterable[Seen]) -> Seen:
    """Add up runs."""
    kept = tuple(seen)
    return Seen(fails=sum(s.fails for s in kept), passes=sum(s.passes for s in kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """Where the change is on a row of releases that begins next to a failing one.

    Hypothesis *n* says that the first *n* fail and the rest works; the last one that all fail.
    """

    weights: tuple[float, ...]
    shows: float
    slips: float

    @classmethod
    def of(
        cls, prior: Sequence[float], seen: Mapping[int, Seen], pairs: Sequence[Rates]
    ) -> "Belief":
        """Weigh every hypothesis by all runs, over all pairs of rates."""
        places = sorted(seen)
        ways = [_log_weights(pair, [seen[place] for place in places]) for pair in pairs]
        best = max(max(way) for way in ways)
        likely = [[exp(weight - best) for weight in way] for way in ways]
        step = [sum(way[k] for way in likely) for k in range(len(places) + 1)]
        below = [0] * len(prior)  # how many tried releases come before the change
        for place in places:
            below[place + 1] += 1
        masses = [p * step[k] for p, k in zip(prior, accumulate(below), strict=True)]
        whole = sum(masses)
        shares = _segments(prior, places)
        pair_masses = [
            sum(share * value for share, value in zip(shares, way, strict=True)) for way in likely
        ]
        return cls(
            weights=tuple(mass / whole for mass in masses),
            shows=_mean([pair.shows for pair in pairs], pair_masses),
            slips=_mean([pair.slips for pair in pairs], pair_masses),
        )

    @property
    def likeliest(self) -> int:
        """The hypothesis with most weight."""
        return max(range(len(self.weights)), key=self.weights.__getitem__)

    def gains(self) -> list[float]:
        """Bits that one more run of each release is expected to tell."""
        after = list(accumulate(reversed(self.weights[1:])))[::-1]
        return [self._gain(min(1.0, failing)) for failing in after]

    def _gain(self, failing: float) -> float:
        mixed = failing * self.shows + (1 - failing) * self.slips
        return (
            _entropy(mixed) - failing * _entropy(self.shows) - (1 - failing) * _entropy(self.slips)
        )


def _log_weights(pair: Rates, seen: Sequence[Seen]) -> list[float]:
    """Weigh "the first n tried ones fail", for every n."""
    start = pair.weight + sum(pair.working(s) for s in seen)
    return list(accumulate((pair.failing(s) - pair.working(s) for s in seen), initial=start))


def _segments(prior: Sequence[float], places: Sequence[int]) -> list[float]:
    cuts = [0, *(place + 1 for place in places), len(prior)]
    return [sum(prior[a:b]) for a, b in pairwise(cuts)]


def _mean(values: Sequence[float], masses: Sequence[float]) -> float:
    return sum(v * m for v, m in zip(values, masses, strict=True)) / sum(masses)


def _entropy(share: float) -> float:
    if share <= 0 or share >= 1:
        return 0.0
    return -share * log2(share) - (1 - share) * log2(1 - share)


def capacity(shows: float, slips: float) -> float:
    """Bits that one run can tell at most (the capacity of the binary channel)."""
    belief = Belief(weights=(1.0,), shows=shows, slips=slips)
    return max(belief._gain(step / 1000) for step in range(1001))  # noqa: SLF001 - same module


def lean(seen: Seen, pairs: Sequence[Rates]) -> float:
    """Log-odds of the runs: above 0 for a release that fails, below for one that works."""
    best = max(pair.weight for pair in pairs)
    failing = sum(exp(p.weight - best + p.failing(seen)) for p in pairs)
    working = sum(exp(p.weight - best + p.working(seen)) for p in pairs)
    return log(max(failing, 1e-300)) - log(max(working, 1e-300))
