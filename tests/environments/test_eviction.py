"""The cache shrinks to a budget; what was used last goes last, and what is gone is made again."""

import os
from pathlib import Path

import pytest

from fixproof.environments.prepare import Environments
from fixproof.library.disk_use import evict, parts_of
from fixproof.model.environments import Environment, Interpreter, Place, Request
from fixproof.probe.sandbox import Sandbox
from tests.support_builds import source
from tests.support_index import LocalIndex

LONG_AGO = 1_000_000_000.0


def prepared(environments: Environments, interpreter: Interpreter, *names: str) -> Place:
    environment = environments.resolve(Request(requirements=names, interpreter=interpreter))
    assert isinstance(environment, Environment), environment
    place = environments.materialise(environment)
    assert isinstance(place, Place), place
    return place


def total(cache: Path) -> int:
    return sum(part.bytes for part in parts_of(cache))


def age(cache: Path) -> None:
    """Let everything have been used long ago."""
    for pattern in ("envs/*", "store/*/*/*", "store/bytecode/*/*/*"):
        for path in cache.glob(pattern):
            os.utime(path, (LONG_AGO, LONG_AGO))


def test_what_is_gone_is_made_again(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    for name in ("first", "second"):
        index.add(name, "1.0", files={f"{name}.py": f"x = {name * 30_000!r}\n"})
        prepared(index.environments(cache), interpreter, name)
    before = total(cache)

    assert evict(cache, before + 100_000).evicted == 0
    evict(cache, 0)

    assert total(cache) < before - 200_000
    assert not list(cache.glob("envs/*"))
    assert not list(cache.glob("store/wheels/*/*"))
    assert prepared(index.environments(cache), interpreter, "first").root.is_dir()


def test_preparing_an_environment_again_counts_as_use(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    index.add("first", "1.0")
    index.add("second", "1.0")
    first = prepared(index.environments(cache), interpreter, "first").root
    second = prepared(index.environments(cache), interpreter, "second").root
    age(cache)
    prepared(index.environments(cache), interpreter, "first")

    while second.exists():
        evict(cache, total(cache) - 1)

    assert first.is_dir()


def test_a_wheel_linked_into_another_environment_counts_as_used(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    for name in ("first", "second", "third"):
        index.add(name, "1.0")
    prepared(index.environments(cache), interpreter, "first")
    prepared(index.environments(cache), interpreter, "second")
    age(cache)
    prepared(index.environments(cache), interpreter, "first", "third")
    wheels = {path.stat().st_mtime > LONG_AGO for path in cache.glob("store/wheels/*/*")}
    used = [path for path in cache.glob("store/wheels/*/*") if path.stat().st_mtime > LONG_AGO]

    assert wheels == {True, False}
    assert len(used) == 2


@pytest.mark.parametrize("part", ["store/wheels", "built"])
def test_a_built_wheel_survives_every_budget(
    part: str, index: LocalIndex, cache: Path, interpreter: Interpreter, tmp_path: Path
) -> None:
    """It took a build to make; its source can be fetched again."""
    index.add_source("demo", "1.0", files=source("demo", "1.0"))
    environments = index.environments(cache, sandbox=Sandbox(tmp_path / "sandbox"))
    place = prepared(environments, interpreter, "demo")
    kept = {path for path in (cache / part).rglob("*") if path.is_file()}

    evict(cache, 0)

    assert kept
    assert all(path.exists() for path in kept)
    assert not place.root.exists()
    assert not list(cache.glob("store/files/*/*"))
