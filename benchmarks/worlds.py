"""Searches in made-up worlds, beside plain bisection: `python -m benchmarks.worlds [--worlds N]`.

Without noise: exact answers and probes over whole release trees, and probes on one line against
2 ends + ceil(log2(N-1)). With noise: runs against log2(N-1) / C, C the capacity of one run; and
worlds in which every release fails alike, where nothing may be accused. `git_bayesect` runs in
the same worlds where it is installed (with numpy and scipy).
"""

import argparse
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, log2
from random import Random

from fixproof.model.searches import Ask, Search, Seen
from fixproof.strategy.bisect import find_boundaries
from fixproof.strategy.ledger import Ledger
from fixproof.strategy.noise import Noise, capacity
from fixproof.strategy.sampling import Change, Sampler
from tests.support_histories import Flaky, drive, random_history, settled, tree

COUNT = 100  # releases of a noisy row
CHANNELS = ((1.0, 0.05), (1.0, 0.2), (1.0, 0.3), (0.5, 0.0), (0.1, 0.0), (0.8, 0.2))
ALIKE = (0.05, 0.3, 0.5, 0.9)
TRUSTED = 0.95  # the confidence at which git_bayesect stops by itself
MOST = 2000  # runs after which it is stopped


@dataclass
class Tally:
    """What one method did over many worlds."""

    right: int = 0
    silent: int = 0  # no release was named
    spent: list[int] = field(default_factory=list)

    def add(self, found: int | None, truth: int | None, spent: int) -> None:
        """Count one world."""
        self.right += found == truth
        self.silent += found is None
        self.spent.append(spent)

    @property
    def mean(self) -> float:
        """Runs or probes a world."""
        return sum(self.spent) / len(self.spent)

    def share(self, count: int) -> str:
        """Write a count as a share of the worlds."""
        return f"{100 * count / len(self.spent):6.2f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200, help="worlds of each kind")
    worlds = parser.parse_args().worlds
    print(f"{worlds} worlds of each kind")
    lines(worlds)
    for holes in (0.0, 0.15):
        trees(worlds, holes)
    rivals = dict(_rivals())
    if "git_bayesect" not in rivals:
        print("git_bayesect: skipped, not installed (it needs numpy and scipy)")
    for shows, slips in CHANNELS:
        noisy(worlds, shows, slips, rivals)
    for rate in ALIKE:
        alike(worlds, rate, rivals)


def lines(worlds: int) -> None:
    over = []
    for seed in range(worlds):
        random = Random(seed)
        count = random.randint(2, 400)
        fixed = random.randint(1, count - 1)
        versions = [f"1.{n}.0" for n in range(count)]
        world = {v: "F" if n < fixed else "P" for n, v in enumerate(versions)}
        search = find_boundaries(tree(*versions), versions[0], newest=versions[-1])
        told = drive(search, settled(world))
        assert told.finding.first_fixed == versions[fixed]
        over.append(len(told.asked) - 2 - ceil(log2(max(2, count - 1))))
    mean = sum(over) / len(over)
    print(
        f"one boundary on a line, no noise: all right, probes over the bound {mean:+.2f} mean,"
        f" {max(over):+d} at most"
    )


def trees(worlds: int, holes: float) -> None:
    ours, plain = Tally(), Tally()
    for seed in range(worlds):
        history = random_history(Random(seed), holes=holes)
        newest = history.tree.versions[-1]
        every = find_boundaries(history.tree, history.bad, newest=newest, exhaustive=True)
        truth = drive(every, settled(history.world)).finding
        told = drive(
            find_boundaries(history.tree, history.bad, newest=newest), settled(history.world)
        )
        found = told.finding
        same = (found.introduced, found.last_bad, found.first_fixed, found.also_fixed) == (
            truth.introduced,
            truth.last_bad,
            truth.first_fixed,
            truth.also_fixed,
        )
        ours.add(0 if same else 1, 0, len(told.asked))
        begin, fix, spent = by_number(history.tree.versions, history.bad, history.world)
        plain.add(0 if (begin, fix) == (truth.introduced, truth.first_fixed) else 1, 0, spent)
    print(
        f"release trees, {100 * holes:.0f} % untestable: fixproof right"
        f" {ours.share(ours.right)} in {ours.mean:.1f} probes; plain bisection by number right"
        f" {plain.share(plain.right)} (back-ports not asked of it) in {plain.mean:.1f}"
    )


def by_number(
    versions: tuple[str, ...], bad: str, world: Mapping[str, str]
) -> tuple[str | None, str | None, int]:
    """Bisect as by hand: by number, between the bad release and either end; holes are bad."""
    asked = {bad}

    def fails(place: int) -> bool:
        asked.add(versions[place])
        return world[versions[place]] != "P"

    at, last = versions.index(bad), len(versions) - 1
    begin = 0 if fails(0) else _edge(0, at, lambda place: not fails(place))
    fix = None if fails(last) else _edge(at, last, fails)
    return versions[begin], None if fix is None else versions[fix], len(asked)


def _edge(low: int, high: int, like_low: Callable[[int], bool]) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if like_low(middle) else (low, middle)
    return high


def calibrated(sampler: Sampler) -> Search[Change]:
    yield from sampler.calibrate("0", str(COUNT - 1))
    row = [str(n) for n in range(1, COUNT)]
    return (yield from sampler.locate(row, [0.9 / len(row)] * len(row) + [0.1]))


def fixproof(world: Flaky) -> tuple[int | None, dict[str, int]]:
    told = drive(calibrated(Sampler(Ledger(), Noise())), world)
    spent = {"how": 0, "tells": 0, "verifying": 0}
    had: dict[str, int] = {}
    for ask in told.asks:
        for key in ask.keys:
            spent[ask.why.split()[0]] += ask.runs - had.get(key, 0)
            had[key] = ask.runs
    place = told.finding.place
    return None if place is None else place + 1, spent


def plain_bisection(world: Flaky) -> int | None:
    if not _once(world, 0) or _once(world, COUNT - 1):
        return None
    return _edge(0, COUNT - 1, lambda place: _once(world, place))


def bayesect(world: Flaky) -> int | None:
    """Drive git_bayesect's own engine as its `run` does: until it is 95 % sure."""
    from git_bayesect import Bisector  # type: ignore[import-not-found]  # optional, see module

    bisector = Bisector([1.0] * COUNT)
    for place in (0, COUNT - 1):
        bisector.record(place, _once(world, place))
    while bisector.distribution.max() < TRUSTED and world.runs < MOST:
        place = bisector.select()
        bisector.record(place, _once(world, place))
    last = int(bisector.distribution.argmax())
    return last + 1 if last + 1 < COUNT else None


def _rivals() -> Iterator[tuple[str, Callable[[Flaky], int | None]]]:
    yield "plain bisection", plain_bisection
    if importlib.util.find_spec("git_bayesect") and importlib.util.find_spec("scipy"):
        yield "git_bayesect", bayesect


def _once(world: Flaky, place: int) -> bool:
    key = str(place)
    had = world.seen.get(key, Seen())
    return world(Ask(keys=(key,), runs=had.runs + 1))[key].fails > had.fails


Rivals = dict[str, Callable[[Flaky], int | None]]


def noisy(worlds: int, shows: float, slips: float, rivals: Rivals) -> None:
    bound = log2(COUNT - 1) / capacity(shows, slips)
    print(f"shows {shows}, slips {slips}, {COUNT} releases: bound {bound:.1f} runs")
    ours, parts = Tally(), {"how": 0, "tells": 0, "verifying": 0}
    for seed in range(worlds):
        first, world = _world(seed, shows, slips)
        found, spent = fixproof(world)
        ours.add(found, first, spent["tells"])
        parts = {name: parts[name] + spent[name] for name in parts}
    print(
        f"  fixproof         right {ours.share(ours.right)}  search {ours.mean:7.1f} runs"
        f" ({ours.mean / bound:.2f} x bound), calibration {parts['how'] / worlds:.1f},"
        f" verification {parts['verifying'] / worlds:.1f}, in all"
        f" {sum(parts.values()) / worlds:.1f}, nothing named {ours.silent}"
    )
    for name, method in rivals.items():
        tally = Tally()
        for seed in range(worlds):
            first, world = _world(seed, shows, slips)
            tally.add(method(world), first, 0)
            tally.spent[-1] = world.runs
        print(
            f"  {name:16s} right {tally.share(tally.right)}  in all {tally.mean:7.1f} runs"
            f" ({tally.mean / bound:.2f} x bound), nothing named {tally.silent}"
        )


def _world(seed: int, shows: float, slips: float) -> tuple[int, Flaky]:
    random = Random(seed)
    first = random.randrange(1, COUNT)
    return first, Flaky(random, lambda key: shows if int(key) < first else slips)


def alike(worlds: int, rate: float, rivals: Rivals) -> None:
    methods: Rivals = {"fixproof": lambda world: fixproof(world)[0], **rivals}
    print(f"every release fails in {rate} of its runs: no release may be named")
    for name, method in methods.items():
        tally = Tally()
        for seed in range(worlds):
            world = Flaky(Random(seed), lambda _: rate)
            tally.add(method(world), None, 0)
            tally.spent[-1] = world.runs
        print(f"  {name:16s} names none {tally.share(tally.silent)}  in all {tally.mean:7.1f} runs")


if __name__ == "__main__":
    main()
