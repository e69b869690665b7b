"""The door to this room: one job run once, contained at the level that was asked for."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from fixproof.model.environments import Place
from fixproof.model.errors import PreparationError
from fixproof.model.runs import Ending, Isolation, Job
from fixproof.probe.containing import Spot, contain
from fixproof.probe.detect import Offer, offer, strongest
from fixproof.probe.layout import Extra
from fixproof.probe.users import own_user


class Sandbox:
    """Runs jobs; fits `workflows.ports.Runner`.

    Without a level it takes the strongest that this machine proves to enforce; a level that
    was asked for and is not there is an error, never replaced by a weaker one. `secrets` are
    withheld from whatever a run says, and so are its variables that are called like secrets.
    """

    def __init__(
        self, scratch: Path, level: Isolation | None = None, *, secrets: tuple[str, ...] = ()
    ) -> None:
        self._secrets = secrets
        self._scratch = scratch.absolute()
        self._level = level

    @cached_property
    def _offer(self) -> Offer:
        if self._level is None:
            return strongest(self._scratch)
        return _checked(offer(self._level, self._scratch))

    @property
    def isolation(self) -> Isolation:
        """The level that a job with `isolation=None` gets."""
        return self._offer.level

    @property
    def version(self) -> str:
        """Name and version of what contains a run; part of a probe's identity."""
        return self._offer.version

    def run(
        self,
        job: Job,
        place: Place,
        *,
        door: Path | None = None,
        writable: Mapping[str, Path] | None = None,
        readable: Mapping[str, Path] | None = None,
    ) -> Ending:
        """Run once, contained and limited; nothing it started outlives the call.

        `door` is a unix socket of the host shown at its own path; `writable` and `readable`
        show host directories at inside paths.
        """
        level = self.isolation
        if job.isolation is not None and job.isolation is not level:
            level = _checked(offer(job.isolation, self._scratch)).level
        extra = Extra(door=door, writable=writable or {}, readable=readable or {})
        with own_user() as user:
            spot = Spot(level=level, scratch=self._scratch, user=user, secrets=self._secrets)
            return contain(job, place, extra, spot)


def _checked(found: Offer) -> Offer:
    if not found.available:
        raise PreparationError(
            f"isolation level not available here: {found.level.name.lower()}",
            at=found.why or None,
            hint=found.hint or None,
        )
    return found
