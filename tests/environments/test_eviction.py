"""The cache says what it holds and shrinks to a budget; what was removed is made again."""

from pathlib import Path

from fixproof.environments.eviction import evict, usage
from fixproof.environments.prepare import Environments
from fixproof.model.environments import Environment, Interpreter, Place, Request
from tests.support_index import LocalIndex


def prepared(environments: Environments, interpreter: Interpreter, name: str) -> Place:
    environment = environments.resolve(Request(requirements=(name,), interpreter=interpreter))
    assert isinstance(environment, Environment)
    place = environments.materialise(environment)
    assert isinstance(place, Place)
    return place


def test_shared_files_count_once(index: LocalIndex, cache: Path, interpreter: Interpreter) -> None:
    """An environment weighs only what is its own; its linked modules are the store's."""
    big = {"demo.py": f"x = {'1' * 200_000!r}\n"}
    index.add("demo", "1.0", files=big)
    prepared(index.environments(cache), interpreter, "demo")

    held = usage(cache)

    assert held["wheels"] > 200_000
    assert held["environments"] < 100_000
    assert held["pages"] == held["builds"] == 0
    assert held["answers"] > 0


def test_a_budget_is_kept_and_what_is_gone_is_made_again(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    for name in ("first", "second"):
        index.add(name, "1.0", files={f"{name}.py": f"x = {name * 30_000!r}\n"})
        prepared(index.environments(cache), interpreter, name)
    before = sum(usage(cache).values())

    assert evict(cache, before) == before
    remaining = evict(cache, 0)

    assert remaining == sum(usage(cache).values()) < before
    assert not list(cache.glob("envs/*"))
    assert usage(cache)["answers"] > 0
    assert prepared(index.environments(cache), interpreter, "first").root.is_dir()


def test_what_was_used_last_goes_last(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Preparing an environment again counts as use."""
    index.add("first", "1.0")
    index.add("second", "1.0")
    environments = index.environments(cache)
    first = prepared(environments, interpreter, "first").root
    second = prepared(environments, interpreter, "second").root
    prepared(environments, interpreter, "first")

    evict(cache, sum(usage(cache).values()) - 1)

    assert first.is_dir()
    assert not second.exists()
