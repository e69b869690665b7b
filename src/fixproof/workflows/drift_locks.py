"""What the resolver chooses, looked up once: moments and holds to named locks."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from fixproof.model.environments import Environment, Request
from fixproof.model.errors import PreparationError
from fixproof.model.runs import Stage, Unusable
from fixproof.workflows.ask import Edges
from fixproof.workflows.drift_wish import Wish, request_at

NOT_ITS_FAULT = {Stage.INTERPRETER, Stage.FETCH}


class Locks:
    """Locks by name. Equal names are equal environments, or fail to resolve alike."""

    def __init__(self, edges: Edges, wish: Wish) -> None:
        self.edges = edges
        self.wish = wish
        self.fresh = False
        self.asked: dict[Request, str] = {}
        self._known: dict[str, Environment | Unusable] = {}

    def at(self, when: datetime | None, held: tuple[str, ...] = ()) -> str:
        """Name what is chosen at a moment under some holds."""
        return self.of(request_at(self.wish, when, held, fresh=self.fresh))

    def of(self, request: Request) -> str:
        """Name what a request resolves to.

        Raises PreparationError where the index or the interpreter failed: nothing was learned.
        """
        if request not in self.asked:
            found = self.edges.environments.resolve(request)
            if isinstance(found, Unusable) and found.stage in NOT_ITS_FAULT:
                raise PreparationError(f"{found.stage}: {found.reason}", hint=found.detail or None)
            self.asked[request] = self.add(found)
        return self.asked[request]

    def add(self, found: Environment | Unusable) -> str:
        """Name an environment that was made otherwise, for example mixed of two locks."""
        name = _name(found)
        self._known.setdefault(name, found)
        return name

    def get(self, lock: str) -> Environment | Unusable:
        """Look a lock up by its name."""
        return self._known[lock]

    def versions(self, lock: str) -> Mapping[str, str]:
        """List a lock's packages and versions; empty where nothing was resolved."""
        found = self._known[lock]
        if isinstance(found, Unusable):
            return {}
        return {pin.name: pin.version for pin in found.pins}

    def builders(self, lock: str) -> Mapping[str, str]:
        """List what builds a lock's source distributions."""
        found = self._known[lock]
        if isinstance(found, Unusable):
            return {}
        return {pin.name: pin.version for pin in found.build_pins}

    @property
    def names(self) -> frozenset[str]:
        """Every package that takes part in any lock seen so far."""
        return frozenset(
            name for lock in self._known for name in (*self.versions(lock), *self.builders(lock))
        )

    @property
    def distinct(self) -> int:
        """How many different locks were seen."""
        return len(self._known)

    def builds(self, lock: str) -> bool:
        """Tell whether anything in a lock is built from source."""
        found = self._known[lock]
        return isinstance(found, Environment) and any(
            not pin.file.endswith(".whl") for pin in found.pins
        )


def changed(
    before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, tuple[str | None, str | None]]:
    """Compare two locks by name and version."""
    return {
        name: (before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }


def _name(found: Environment | Unusable) -> str:
    if isinstance(found, Environment):
        return found.digest
    return f"{found.stage}:{sha256(found.reason.encode()).hexdigest()}"
