"""Which of the releases between two differing ones to ask next: by information gained.

A gap is a row of releases, outward from one that fails. Each hypothesis says where the change
is: at one of them, or beyond them all.
"""

from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil, log2

NEAR = 0.5  # share of failures that begin or end right beside the release they show in
FADE = 2.5  # how fast that share falls with the distance
EVEN = 0.25  # share spread evenly: nothing is ever ruled out by the prior


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Releases not asked yet. `weights` has one hypothesis more than there are keys.

    `hopes` are the chances that each can be tested, and the last one that of what lies beyond:
    a change at a release that cannot be tested is never seen there. `depth` is the number of
    probes after which the change must be found if all can.
    """

    keys: tuple[str, ...]
    weights: tuple[float, ...]
    hopes: tuple[float, ...]
    depth: int
    why: str

    def pick(self, count: int) -> tuple[str, ...]:
        """Choose up to `count` keys that together tell most."""
        masses = (w * hope for w, hope in zip(self.weights, self.hopes, strict=True))
        sums = list(accumulate(masses, initial=0.0))
        fitting = self._within_depth()
        chosen: list[int] = []
        for _ in range(min(count, len(self.keys))):
            left = [i for i in fitting if i not in chosen]
            left = left or [i for i in range(len(self.keys)) if i not in chosen]
            before = _entropy(sums, chosen)
            gains = {i: _entropy(sums, [*chosen, i]) - before + 1e-9 for i in left}
            chosen.append(max(left, key=lambda i: gains[i] * self.hopes[i]))
        return tuple(self.keys[i] for i in chosen)

    def _within_depth(self) -> list[int]:
        """List the keys after which, either way, the rest still fits the probes that are left."""
        half = 2 ** min(self.depth - 1, 62)
        total = sum(self.hopes)
        near = accumulate(self.hopes)
        return [
            i
            for i, behind in zip(range(len(self.keys)), near, strict=False)
            if behind <= half and total - behind <= half
        ]


def _entropy(sums: list[float], cuts: list[int]) -> float:
    """Bits that asking these keys tells; `sums` are the running sums of all masses."""
    edges = [0, *(cut + 1 for cut in sorted(cuts)), len(sums) - 1]
    shares = [(sums[end] - sums[start]) / sums[-1] for start, end in pairwise(edges)]
    return -sum(share * log2(share) for share in shares if share > 0)


def weigh(distances: list[int], span: int) -> list[float]:
    """Give the prior weight of a change at each distance from where the failure was reported."""
    return [NEAR / d**FADE + EVEN / max(span, 1) for d in distances]


def depth_for(hypotheses: float, span: int, used: int) -> int:
    """Bound the probes of a gap: one more than halving the whole span, less what was used."""
    return max(ceil(log2(max(hypotheses, 2))), ceil(log2(max(span, 2))) + 1 - used)
