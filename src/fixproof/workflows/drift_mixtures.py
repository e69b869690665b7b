"""Mixtures of two locks: some packages as the bad one has them, all else as the good one has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fixproof.model.environments import Environment, Pin
from fixproof.model.errors import PreparationError
from fixproof.model.repairs import Change
from fixproof.model.runs import Unusable
from fixproof.model.searches import Ask, Seen
from fixproof.strategy.subset import Guilty, changes_of
from fixproof.workflows.drift_locks import Locks, changed
from fixproof.workflows.drift_needs import Needs, Side, side_of
from fixproof.workflows.drift_report import Declared, admitting
from fixproof.workflows.drift_requires import required
from fixproof.workflows.drift_trials import Trials
from fixproof.workflows.drift_wish import name_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """How a package came into a lock: the project asks for it, or a distribution does."""

    roots: tuple[str, ...]
    declared: Declared

    @property
    def direct(self) -> frozenset[str]:
        """The packages that the project asks for itself."""
        return frozenset(filter(None, map(name_in, self.roots)))

    def of(self, environment: Environment, package: str) -> str:
        """Name the requirement that lets a package in; "" where none is known."""
        own = next((line for line in self.roots if name_in(line) == package), "")
        now = required(environment, self.declared(environment), self.roots)
        return own or admitting(environment, now, package)


class Mixtures:
    """Environments between two locks: the good one with some differences taken from the bad."""

    def __init__(self, trials: Trials, good: str, bad: str, admission: Admission) -> None:
        self.trials = trials
        self.locks: Locks = trials.locks
        self.good, self.bad = good, bad
        self.admission = admission
        before, after = map(self._side, (good, bad))
        self.needs = Needs(before, after, roots=admission.direct)
        moved = changed(self.locks.versions(good), self.locks.versions(bad))
        self.moved = {n: m for n, m in moved.items() if n not in self.needs.following} or moved
        self.names = list(self.moved)

    def _side(self, lock: str) -> Side:
        admission = self.admission
        return side_of(environment_of(self.locks, lock), admission.declared, admission.roots)

    def lock(self, numbers: Sequence[int]) -> str:
        """Mix: the good lock with these differences and what they need, nothing resolved anew."""
        taken = {self.names[n] for n in numbers}
        if not taken:
            return self.good
        if len(taken) == len(self.names):
            return self.bad
        before, after = environment_of(self.locks, self.good), environment_of(self.locks, self.bad)
        mix = self.needs.mixed(frozenset(taken))
        mixed = replace(
            before,
            pins=tuple(mix[name] for name in sorted(mix)),
            build_pins=_built_with(before.build_pins, after.build_pins),
        )
        return self.locks.add(mixed)

    def following(self, lock: str, guilty: Guilty) -> tuple[Change, ...]:
        """List what came into a lock, or left it, with the guilty changes."""
        moved = changed(self.locks.versions(self.good), self.locks.versions(lock))
        led = {self.names[n] for n in guilty.changes}
        return tuple(
            Change(package=n, from_=a, to=b) for n, (a, b) in moved.items() if n not in led
        )

    def answer(self, ask: Ask) -> Mapping[str, Seen]:
        """Answer a search over differences."""
        wanted = {key: self.lock(changes_of(key)) for key in ask.keys}
        seen = self.trials.answer(replace(ask, keys=tuple(dict.fromkeys(wanted.values()))))
        return {key: seen[lock] for key, lock in wanted.items()}


def environment_of(locks: Locks, lock: str) -> Environment:
    """Look up a lock that can be laid out.

    Raises PreparationError where it cannot.
    """
    found = locks.get(lock)
    if isinstance(found, Unusable):
        raise PreparationError(f"the lock cannot be laid out: {found.reason}")
    return found


def _built_with(one: Sequence[Pin], other: Sequence[Pin]) -> tuple[Pin, ...]:
    """Build with what the bad lock builds with, where both name a tool."""
    tools = {pin.name: pin for pin in (*one, *other)}
    return tuple(tools[name] for name in sorted(tools))
