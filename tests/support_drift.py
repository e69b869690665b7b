"""A shop: a local index, real environments, a real sandbox, and a command to drift and fix."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fixproof.cli.drift_options import declares
from fixproof.cli.progress import Silent
from fixproof.cli.wiring import SystemClock, this_machine
from fixproof.library.store import RecordStore
from fixproof.model.environments import Interpreter
from fixproof.model.repairs import Drift, Repair
from fixproof.model.runs import Job
from fixproof.probe.pool import LocalPool
from fixproof.probe.sandbox import Sandbox
from fixproof.workflows.ask import Edges
from fixproof.workflows.drift import Between, find_drift
from fixproof.workflows.drift_between import Pinned, find_between
from fixproof.workflows.drift_wish import Wish
from fixproof.workflows.fix import Aim, find_fix
from fixproof.workflows.fix_advice import Advice
from tests.support_index import LocalIndex, moment


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Everything a search needs of the world, all of it real and all of it here."""

    index: LocalIndex
    edges: Edges
    interpreter: Interpreter

    def release(
        self, name: str, version: str, day: str, source: str = "", *, requires: Sequence[str] = ()
    ) -> None:
        """Upload one module that says its version and holds more source."""
        body = f"__version__ = {version!r}\n{source}\n"
        self.index.add(name, version, uploaded=day, files={f"{name}.py": body}, requires=requires)

    def wish(self, program: str, *requirements: str, expect: str | None = None) -> Wish:
        return Wish(
            requirements=requirements,
            interpreter=self.interpreter,
            job=Job(argv=("python", "prog.py"), files=(("prog.py", program.encode()),)),
            expect=expect,
        )

    def drift(self, wish: Wish, good: str | None, bad: str, until: str | None = None) -> Drift:
        between = Between(good=moment(good), bad=_day(bad), until=moment(until))
        return find_drift(self.edges, wish, between, declares(self.edges))

    def between(self, wish: Wish, good: Mapping[str, str], bad: Mapping[str, str]) -> Drift:
        sides = {"good": good, "bad": bad}
        ends = [
            Pinned(label=label, pins=tuple(f"{name}=={v}" for name, v in sorted(side.items())))
            for label, side in sides.items()
        ]
        return find_between(self.edges, wish, ends[0], ends[1], declares(self.edges))

    def fix(
        self,
        wish: Wish,
        day: str,
        *,
        quick: bool = False,
        backport: bool = False,
        advice: Advice | None = None,
    ) -> Repair:
        aim = Aim(as_of=_day(day), quick=quick, backport=backport)
        return find_fix(self.edges, wish, aim, declares(self.edges), advice=advice)


def _day(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


@contextmanager
def opened(cache: Path, interpreter: Interpreter) -> Iterator[Shop]:
    """Open a shop with empty shelves."""
    with LocalIndex() as index:
        sandbox = Sandbox(cache / "scratch")
        environments = index.environments(cache, sandbox=sandbox)
        pool = LocalPool()
        edges = Edges(
            index=environments.index,
            environments=environments,
            runner=sandbox,
            records=RecordStore(cache / "records"),
            clock=SystemClock(),
            workers=pool,
            progress=Silent(),
            machine=this_machine(),
        )
        try:
            yield Shop(index=index, edges=edges, interpreter=interpreter)
        finally:
            pool.close()


def this_python() -> Interpreter:
    """Find the Python that runs the tests: always at hand."""
    import sys

    from fixproof.environments.interpreters import choose, find_interpreters

    wanted = ".".join(str(part) for part in sys.version_info[:3])
    return choose(find_interpreters(environ={"HOME": "/nonexistent", "PATH": ""}), wanted)
