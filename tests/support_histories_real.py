"""Histories of small real packages on a local index, bisected in a real sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fixproof.cli.progress import Silent
from fixproof.cli.wiring import SystemClock, this_machine
from fixproof.library.store import RecordStore
from fixproof.model.findings import Bisection
from fixproof.model.runs import Limits
from fixproof.probe.pool import LocalPool
from fixproof.probe.sandbox import Sandbox
from fixproof.workflows.ask import Edges
from fixproof.workflows.bisect import bisect
from fixproof.workflows.question import Question
from tests.support_index import LocalIndex

FIRST = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class History:
    """Uploads of small packages; `bisected` asks about them."""

    index: LocalIndex
    cache: Path
    uploads: int = field(default=0)

    def release(
        self,
        version: str,
        body: str,
        *,
        name: str = "thing",
        requires: Sequence[str] = (),
        yanked: bool = False,
        files: Mapping[str, str] | None = None,
        requires_python: str | None = None,
    ) -> datetime:
        """Upload one release of a module, a day after the one before."""
        self.uploads += 1
        uploaded = FIRST + timedelta(days=self.uploads)
        self.index.add(
            name,
            version,
            uploaded=uploaded,
            files={f"{name}.py": body, **(files or {})},
            requires=requires,
            yanked=yanked,
            requires_python=requires_python,
        )
        return uploaded

    def edges(self) -> Edges:
        """Build the real edges around the local index."""
        sandbox = Sandbox(self.cache / "scratch")
        return Edges(
            index=self.index.index(self.cache),
            environments=self.index.environments(self.cache, sandbox=sandbox),
            runner=sandbox,
            records=RecordStore(self.cache / "records"),
            clock=SystemClock(),
            workers=LocalPool(2),
            progress=Silent(),
            machine=this_machine(),
        )

    def bisected(
        self,
        script: str,
        *,
        bad: str | None = None,
        python: str | None = None,
        wall: float = 20.0,
        package: str = "thing",
        requirements: tuple[str, ...] = (),
        as_of: datetime | None = None,
        expect: str | None = None,
        exhaustive: bool = False,
        isolate: bool = False,
    ) -> Bisection:
        """Bisect a script over the releases of a package."""
        return bisect(
            self.edges(),
            Question(
                package=package,
                bad=bad,
                python=python,
                script="repro.py",
                content=script.encode(),
                requirements=requirements,
                limits=Limits(wall=wall),
                as_of=as_of,
                expect=expect,
                exhaustive=exhaustive,
                isolate=isolate,
            ),
        )
