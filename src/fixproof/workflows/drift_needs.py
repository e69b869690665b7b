"""What two locks require, so that no mixture lacks a dependency of what it holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fixproof.model.environments import Environment, Pin
from fixproof.model.releases import canonical
from fixproof.workflows.drift_report import Declared
from fixproof.workflows.drift_requires import required


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One lock: its pins by name, and the packages that each of them requires."""

    pins: Mapping[str, Pin]
    needs: Mapping[str, frozenset[str]]

    @property
    def wanted(self) -> frozenset[str]:
        """Every package that another one of the lock requires."""
        return frozenset(need for name in self.pins for need in self.needs.get(name, ()))


class Needs:
    """Both locks. A package that came or went with those that require it is no change of its own.

    `roots`: what the project asks for itself, which comes and goes by itself.
    """

    def __init__(self, before: Side, after: Side, roots: frozenset[str] = frozenset()) -> None:
        self.before, self.after = before, after
        came = (after.pins.keys() & after.wanted) - before.pins.keys() - before.wanted
        went = (before.pins.keys() & before.wanted) - after.pins.keys() - after.wanted
        self.following = frozenset(came | went) - roots
        # Those that only require each other have nobody to follow.
        led = self.mixed(frozenset()).keys() | self.mixed(frozenset(after.pins)).keys()
        self.following &= led

    def mixed(self, taken: frozenset[str]) -> dict[str, Pin]:
        """Take some packages as the second lock has them, all else as the first has it."""
        sides = {n: self.after if n in taken else self.before for n in self._own()}
        queue = [name for name, side in sides.items() if name in side.pins]
        mix = {name: sides[name].pins[name] for name in queue}
        while queue:
            name = queue.pop()
            for need in (sides[name].needs.get(name, frozenset()) & self.following) - mix.keys():
                sides[need] = self.after if need in self.after.pins else self.before
                mix[need] = sides[need].pins[need]
                queue.append(need)
        return mix

    def _own(self) -> frozenset[str]:
        return frozenset({*self.before.pins, *self.after.pins}) - self.following


def side_of(environment: Environment, declared: Declared, asked: Iterable[str] = ()) -> Side:
    """Read one lock."""
    needs = {
        name: frozenset(canonical(one.name) for one in some)
        for name, some in required(environment, declared(environment), asked).items()
    }
    return Side(pins={pin.name: pin for pin in environment.pins}, needs=needs)
