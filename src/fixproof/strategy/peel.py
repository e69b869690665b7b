"""Breakers that stack: find one, hold it back, look again, until the command works."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Ask, Search, Seen
from fixproof.strategy.drift import REPLICATES, Break, find_break, runs_to_trust

MOST_LAYERS = 24


class Scene(Protocol):
    """The uploads between the two ends as the resolver sees them under some holds."""

    @property
    def weights(self) -> Sequence[float]:
        """How likely each upload is the one, in order of time."""
        ...

    def lock_at(self, position: int) -> str:
        """Name what is chosen after the first `position` uploads."""
        ...

    def hold(self, found: Break) -> str | None:
        """Write the line that keeps the upload out; None when there is none that helps."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One breaker: where it was found, what was held back already, and its own line."""

    held: tuple[str, ...]
    found: Break
    hold: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peeled:
    """All breakers in the order in which they broke the command; `works` once all are held."""

    layers: tuple[Layer, ...]
    remedy: tuple[str, ...]
    works: bool
    open: tuple[str, ...] = ()


def peel(stage: Callable[[tuple[str, ...]], Scene]) -> Search[Peeled]:
    """Find every breaker between the ends, given that the good end passes."""
    layers: list[Layer] = []
    held: tuple[str, ...] = ()
    low, runs, replicates = 0, 1, REPLICATES
    while len(layers) < MOST_LAYERS:
        scene = stage(held)
        end = scene.lock_at(len(scene.weights))
        reply: Mapping[str, Seen] = yield Ask(
            keys=(end,), runs=max(runs, replicates), why="the bad end"
        )
        verdict = reply[end].verdict
        runs = max(runs, runs_to_trust(reply[end]))
        if verdict is not Verdict.FAILS:
            again = yield from _once_more(end, max(runs, REPLICATES))
            if again.verdict is Verdict.FAILS:
                runs, replicates = runs_to_trust(again), REPLICATES
                continue  # it had passed by luck
            remedy = yield from _needed(stage, held, runs)
            return _outcome(layers, remedy, verdict)
        low = yield from _lowest(scene, low, runs)
        found = yield from find_break(
            scene.weights, scene.lock_at, low=low, runs=runs, replicates=replicates
        )
        hold = scene.hold(found)
        layers.append(Layer(held=held, found=found, hold=hold))
        if hold is None or hold in held:
            return _stuck(layers, held, "the upload that breaks it cannot be held back")
        held, low, runs = (*held, hold), found.last_good, found.runs
        # A command that never varied so far gets one run a lock from here on.
        replicates = 1 if runs == 1 and not found.doubt else REPLICATES
    return _stuck(layers, held, f"more than {MOST_LAYERS} breakers")


def _once_more(lock: str, runs: int) -> Search[Seen]:
    reply: Mapping[str, Seen] = yield Ask(keys=(lock,), runs=runs, why="the remedy again")
    return reply[lock]


def _lowest(scene: Scene, low: int, runs: int) -> Search[int]:
    """Check that the good side is still good under the holds; else begin at the good end."""
    if low == 0:
        return 0
    lock = scene.lock_at(low)
    reply: Mapping[str, Seen] = yield Ask(keys=(lock,), runs=runs, why="the good side, held")
    return low if reply[lock].verdict is Verdict.PASSES else 0


def _needed(
    stage: Callable[[tuple[str, ...]], Scene], held: tuple[str, ...], runs: int
) -> Search[tuple[str, ...]]:
    """Drop every line without which the command works all the same."""
    if len(held) < 2:
        return held
    kept = held
    for line in held[:-1]:  # the last one was seen to be needed
        rest = tuple(other for other in kept if other != line)
        scene = stage(rest)
        lock = scene.lock_at(len(scene.weights))
        reply: Mapping[str, Seen] = yield Ask(keys=(lock,), runs=runs, why=f"without {line}")
        if reply[lock].verdict is Verdict.PASSES:
            kept = rest
    return kept


def _outcome(layers: Sequence[Layer], remedy: tuple[str, ...], verdict: Verdict) -> Peeled:
    if verdict is Verdict.PASSES:
        return Peeled(layers=tuple(layers), remedy=remedy, works=True)
    return _stuck(layers, remedy, "with the culprits held back the outcome is neither good nor bad")


def _stuck(layers: Sequence[Layer], held: tuple[str, ...], why: str) -> Peeled:
    return Peeled(layers=tuple(layers), remedy=held, works=False, open=(why,))
