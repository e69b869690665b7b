"""Which interpreter runs a release: the question's own, or another one that stands in for it.

No single interpreter covers every range: old releases have no files for young ones. Where nobody
named an interpreter, another may run what the own one cannot, if the failure looks the same under
both at a release that both can run.
"""

from collections.abc import Callable
from itertools import islice

from fixproof.model.environments import Interpreter
from fixproof.model.releases import Release, Timeline
from fixproof.strategy.pythons import admits, fits, order

LINKS = 3  # releases at which another interpreter is compared with the own one


class StandIns:
    """Chooses the interpreter of each release; compares another one once, when it is needed.

    `alike` runs one release under the own interpreter and another one, and tells whether both
    show the target.
    """

    def __init__(
        self,
        timeline: Timeline,
        own: Interpreter,
        others: tuple[Interpreter, ...],
        alike: Callable[[str, Interpreter], bool],
    ) -> None:
        self._timeline = timeline
        self._own = own
        self._others = sorted(others, key=self._distance)
        self._alike = alike
        self._stands: dict[str, bool] = {}

    def interpreter_of(self, version: str, near: str | None) -> Interpreter:
        """Choose the interpreter for a release; `near` is one that fails under the own."""
        release = self._timeline.release(version)
        if near is None or release is None or fits(self._timeline, release, self._own):
            return self._own
        usable = (i for i in self._others if fits(self._timeline, release, i))
        return next((i for i in usable if self._may_stand_in(i, near)), self._own)

    def _may_stand_in(self, other: Interpreter, near: str) -> bool:
        if other.version not in self._stands:
            self._stands[other.version] = False  # while it is found out
            links = islice(self._links(other, near), LINKS)
            self._stands[other.version] = any(self._alike(link, other) for link in links)
        return self._stands[other.version]

    def _links(self, other: Interpreter, near: str) -> list[str]:
        """List releases that both interpreters can run, the nearest to `near` first."""
        listed = [r for r in self._timeline.releases if r.files and not r.is_yanked]
        at = next((n for n, r in enumerate(listed) if r.version == near), 0)
        both = [(abs(n - at), r.version) for n, r in enumerate(listed) if self._run_both(r, other)]
        return [version for _, version in sorted(both)]

    def _run_both(self, release: Release, other: Interpreter) -> bool:
        return all(fits(self._timeline, release, i) for i in (self._own, other))

    def _distance(self, other: Interpreter) -> tuple[int, ...]:
        steps = zip(order(other), order(self._own), strict=False)
        return tuple(abs(one - own) for one, own in steps)


def usable(
    at_hand: tuple[Interpreter, ...], own: Interpreter, requires: str | None
) -> tuple[Interpreter, ...]:
    """List the other interpreters at hand that the reproduction admits."""
    return tuple(i for i in at_hand if i.version != own.version and admits(requires, i))
