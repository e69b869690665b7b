"""What the tests of sandboxes share: this machine's levels, an empty place, a way to run."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from fixproof.model.environments import Place
from fixproof.model.runs import Ending, Isolation, Job, Limits
from fixproof.probe.attacks.bench import Bench, bench
from fixproof.probe.detect import offer, own_place
from fixproof.probe.sandbox import Sandbox

Run: TypeAlias = Callable[..., Ending]
CONTAINING = [level for level in Isolation if level is not Isolation.NONE]


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    top = tmp_path_factory.mktemp("places")
    top.chmod(0o755)
    return own_place(top / "empty")


@pytest.fixture(scope="session", params=CONTAINING, ids=lambda level: level.name.lower())
def level(request: pytest.FixtureRequest, scratch: Path) -> Isolation:
    """Each level that contains anything, where the machine offers it."""
    wanted: Isolation = request.param
    offered = offer(wanted, scratch)
    if not offered.available:
        pytest.skip(f"not offered here: {offered.why}")
    return wanted


@pytest.fixture
def run(level: Isolation, scratch: Path, place: Place) -> Run:
    """Run Python code, or a whole command, at a level."""
    sandbox = Sandbox(scratch, level)

    def go(code: str | tuple[str, ...], *, extra: Any = None, **fields: Any) -> Ending:
        argv = ("python", "-c", code) if isinstance(code, str) else code
        fields.setdefault("limits", Limits(wall=30.0))
        return sandbox.run(Job(argv=argv, **fields), place, **(extra or {}))

    return go


@pytest.fixture(scope="session")
def target(level: Isolation, scratch: Path) -> Iterator[Bench]:
    """The bench at which attacks are tried."""
    with bench(level, scratch) as made:
        yield made
