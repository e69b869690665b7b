"""Made-up package indexes with a resolver and a command: the truth is known, so answers can be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from hypothesis import strategies as st

from fixproof.model.searches import Ask, Seen
from fixproof.strategy.drift import Break


@dataclass(frozen=True)
class Event:
    """One upload: version `version` of package `package`, both small numbers."""

    package: int
    version: int
    yanked: bool = False


@dataclass(frozen=True)
class Breaker:
    """The command fails while every listed package is at least this far (and not yet healed)."""

    needs: tuple[tuple[int, int], ...]
    heals: int | None = None  # version of the first package at which it works again

    def hits(self, lock: Sequence[int]) -> bool:
        if self.heals is not None and lock[self.needs[0][0]] >= self.heals:
            return False
        return all(lock[package] >= version for package, version in self.needs)


@dataclass(frozen=True)
class Gate:
    """A package stays below a version until another one has reached its own."""

    package: int
    below: int
    keeper: int
    opens: int


@dataclass
class World:
    packages: int
    events: tuple[Event, ...]
    breakers: tuple[Breaker, ...]
    gates: tuple[Gate, ...] = ()
    holes: frozenset[tuple[int, ...]] = frozenset()
    shows: float = 1.0
    seed: int = 0
    probes: set[str] = field(default_factory=set)
    counts: dict[str, list[bool]] = field(default_factory=dict)

    def resolve(self, position: int, held: tuple[str, ...] = ()) -> tuple[int, ...]:
        """Take the highest version of each package that holds and gates let in."""
        caps = dict(_hold(line) for line in held)
        best = [0] * self.packages
        for _ in range(self.packages + 1):
            best = [self._best(p, position, caps, best) for p in range(self.packages)]
        return tuple(best)

    def _best(
        self, package: int, position: int, caps: Mapping[int, int], now: Sequence[int]
    ) -> int:
        cap = caps.get(package, 10**6)
        for gate in self.gates:
            if gate.package == package and now[gate.keeper] < gate.opens:
                cap = min(cap, gate.below)
        versions = [
            e.version
            for e in self.events[:position]
            if e.package == package and e.version < cap and not e.yanked
        ]
        return max(versions, default=0)

    def fails(self, lock: Sequence[int]) -> bool:
        return any(breaker.hits(lock) for breaker in self.breakers)

    def answer(self, ask: Ask) -> dict[str, Seen]:
        return {key: self.answer_of(key, ask.runs) for key in ask.keys}

    def answer_of(self, key: str, runs: int) -> Seen:
        self.probes.add(key)
        lock = lock_of(key)
        if lock in self.holes:
            return Seen(reason="cannot be built")
        if not self.fails(lock):
            return Seen(passes=runs)
        shown = self.counts.setdefault(key, [])
        random = Random(f"{self.seed} {key} {len(shown)}")
        while len(shown) < runs:
            shown.append(random.random() < self.shows)
        return Seen(fails=sum(shown), passes=len(shown) - sum(shown))


class WorldStage:
    """A layer of a made-up world; fits `strategy.peel.Scene`."""

    def __init__(self, world: World, held: tuple[str, ...], weights: Sequence[float] = ()) -> None:
        self.world = world
        self.held = held
        self._weights = weights or [1.0] * len(world.events)

    @property
    def weights(self) -> Sequence[float]:
        return self._weights

    def lock_at(self, position: int) -> str:
        return key_of(self.world.resolve(position, self.held))

    def hold(self, found: Break) -> str | None:
        event = self.world.events[found.first_bad - 1]
        return f"{event.package}<{event.version}"


def key_of(lock: Sequence[int]) -> str:
    return ".".join(map(str, lock))


def lock_of(key: str) -> tuple[int, ...]:
    return tuple(map(int, key.split(".")))


def _hold(line: str) -> tuple[int, int]:
    package, _, version = line.partition("<")
    return int(package), int(version)


@st.composite
def worlds(
    draw: st.DrawFn,
    *,
    stacking: bool = True,
    gating: bool = True,
    healing: bool = False,
    holes: bool = False,
    pairs: bool = False,
) -> World:
    """Draw a world whose good end works and whose bad end fails."""
    packages = draw(st.integers(1, 6))
    order = draw(st.lists(st.integers(0, packages - 1), min_size=1, max_size=40))
    reached = [0] * packages
    events = []
    for package in order:
        reached[package] += 1
        yanked = draw(st.integers(0, 9)) == 0
        events.append(Event(package, reached[package], yanked=yanked))
    world = World(packages=packages, events=tuple(events), breakers=())
    world.gates = draw(_gates(world)) if gating else ()
    end = world.resolve(len(events))
    moved = [p for p in range(packages) if end[p]]
    if not moved:
        return _unbroken(world)
    count = draw(st.integers(1, 3)) if stacking else 1
    world.breakers = tuple(
        draw(_breakers(end, moved, healing=healing and n > 0, pairs=pairs)) for n in range(count)
    )
    if holes:
        spots = draw(st.lists(st.integers(1, len(events)), max_size=6))
        ends = {world.resolve(0), end}
        world.holes = frozenset(world.resolve(p) for p in spots) - ends
    return world


def _unbroken(world: World) -> World:
    """Give a world without any move one plain upload that breaks it."""
    world.events = (*world.events, Event(0, 99))
    world.gates = ()
    world.breakers = (Breaker(((0, 99),)),)
    return world


@st.composite
def _gates(draw: st.DrawFn, world: World) -> tuple[Gate, ...]:
    if world.packages < 2:
        return ()
    found = []
    for _ in range(draw(st.integers(0, 2))):
        package = draw(st.integers(1, world.packages - 1))
        keeper = draw(st.integers(0, package - 1))  # no circles: keepers have lower numbers
        found.append(Gate(package, draw(st.integers(1, 5)), keeper, draw(st.integers(1, 5))))
    return tuple(found)


@st.composite
def _breakers(
    draw: st.DrawFn, end: Sequence[int], moved: Sequence[int], *, healing: bool, pairs: bool
) -> Breaker:
    package = draw(st.sampled_from(list(moved)))
    needs = [(package, draw(st.integers(1, end[package])))]
    others = [p for p in moved if p != package]
    if pairs and others and draw(st.booleans()):
        other = draw(st.sampled_from(others))
        needs.append((other, draw(st.integers(1, end[other]))))
    heals = draw(st.integers(needs[0][1] + 1, end[package] + 1)) if healing else None
    return Breaker(tuple(needs), heals)
