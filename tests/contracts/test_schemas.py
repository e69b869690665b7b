"""Every document that a verb prints is what its published schema says."""

import json
import os
import subprocess
import sys
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from jsonschema import Draft202012Validator, ValidationError

from fixproof.evidence.documents import builtins, document
from fixproof.library.published import published, schema
from fixproof.model.errors import InputError
from fixproof.model.findings import Bisection, Proof
from fixproof.model.repairs import Drift, Repair
from fixproof.workflows.explain import Explanation
from tests.support_proof import statement
from tests.support_schemas import published as made

ROOT = Path(__file__).parents[2]
DEEP = 6  # types may hold themselves

# What the design promises to callers of each verb.
PROMISED = {
    "bisect": "package introduced last_bad first_fixed recommended also_fixed trigger culprit "
    "monotonic outcomes target reference isolation probes seconds",
    "prove": "package introduced last_bad first_fixed recommended also_fixed trigger culprit "
    "monotonic outcomes target reference isolation probes seconds case status confidence "
    "evidence page",
    "drift": "culprits remedy verified probes seconds",
    "fix": "failure known changes requirement_lines verified alternatives probes seconds",
    "explain": "failure matches",
    "import": "case status package python as_of requirements target warnings",
    "doctor": "interpreters isolation index cache",
    "scan": "checked skipped findings",
}
PROMISED_WITHIN = {
    ("bisect", "Shown"): "version uploaded verdict exit signature runs confidence",
    ("bisect", "Trigger"): "axis name from to",
    ("bisect", "Culprit"): "package from to",
    ("bisect", "Isolation"): "hunks_total hunks_needed hunks",
    ("bisect", "Hunk"): "file function diff",
    ("drift", "Broke"): "package from to uploaded admitted_by also_changed failure",
    ("fix", "Change"): "package from to",
    ("explain", "Found"): "case title status score affected fix url",
    ("doctor", "Attack"): "id name level contained observed",
    ("scan", "ScanFinding"): "package version case title first_fixed confidence source line",
}


def closed(value: Any) -> Any:
    """The same schema, with no room for fields that it does not name."""
    if isinstance(value, list):
        return [closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: closed(item) for key, item in value.items()}
    return {**inner, "additionalProperties": False} if "properties" in value else inner


def validate(verb: str, spelled: bytes | str) -> None:
    Draft202012Validator(closed(json.loads(schema(verb)))).validate(json.loads(spelled))


SAMPLES: dict[Any, Any] = {
    str: "text", int: 7, float: 0.5, bool: True, datetime: datetime(2024, 2, 29, tzinfo=UTC),
}  # fmt: skip


def example(kind: Any, *, full: bool, depth: int = 0) -> Any:
    """A value of a type: with everything there may be in it, or with nothing but what must be."""
    if kind in SAMPLES:
        return SAMPLES[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)[-1 if full else 0]
    if is_dataclass(kind):
        return filled(kind, full=full, depth=depth)
    arguments = get_args(kind)
    deep = not full or depth > DEEP
    if get_origin(kind) is tuple and arguments[-1] is ...:
        return () if deep else (example(arguments[0], full=full, depth=depth),)
    if get_origin(kind) is tuple:
        return tuple(example(a, full=full, depth=depth) for a in arguments)
    return (
        None if deep and type(None) in arguments else example(arguments[0], full=full, depth=depth)
    )


def filled(kind: Any, *, full: bool, depth: int) -> Any:
    hints = get_type_hints(kind)
    wanted = [f.name for f in fields(kind) if full or f.default is f.default_factory]
    return kind(**{name: example(hints[name], full=full, depth=depth + 1) for name in wanted})


def run(*words: str, cache: Path, said: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FIXPROOF_CACHE": str(cache), "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-m", "fixproof", *words],
        capture_output=True,
        text=True,
        input=said,
        check=False,
        cwd=cache,
        env=environment,
    )


def test_the_published_schemas_are_those_of_the_types() -> None:
    """When this fails: `python -m tests.support_schemas`, and think of those who rely on them."""
    stale = [path.name for path, content in made() if path.read_bytes() != content]

    assert stale == []
    assert {path.name.partition(".")[0] for path, _ in made()} == set(published())


@pytest.mark.parametrize("verb", published())
def test_a_schema_is_one(verb: str) -> None:
    Draft202012Validator.check_schema(json.loads(schema(verb)))


def test_there_is_none_for_what_prints_nothing() -> None:
    with pytest.raises(InputError, match="no schema: dance"):
        schema("dance")


@pytest.mark.parametrize("verb", sorted(PROMISED))
def test_every_promised_field_is_always_there(verb: str) -> None:
    required = json.loads(schema(verb))["required"]

    assert set(PROMISED[verb].split()) <= set(required)


@pytest.mark.parametrize(("verb", "inner"), sorted(PROMISED_WITHIN))
def test_every_promised_field_within_is_always_there(verb: str, inner: str) -> None:
    required = json.loads(schema(verb))["$defs"][inner]["required"]

    assert set(PROMISED_WITHIN[verb, inner].split()) <= set(required)


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize(
    ("verb", "kind"),
    [("bisect", Bisection), ("drift", Drift), ("fix", Repair), ("explain", Explanation)],
)
def test_documents_fit_with_every_field_filled_and_with_none(
    verb: str, kind: type[Any], *, full: bool
) -> None:
    validate(verb, document(example(kind, full=full)))


def test_a_document_of_another_kind_does_not_fit() -> None:
    found = builtins(statement().proof.bisection)
    changes: list[dict[str, Any]] = [{"monotonic": "yes"}, {"outcomes": [{}]}, {"new": 1}]
    for change in changes:
        with pytest.raises(ValidationError):
            validate("bisect", json.dumps({**found, **change}))


def test_what_prove_prints_fits() -> None:
    proof = builtins(statement().proof)
    assert set(proof) == set(Proof.__slots__)

    printed = {**proof.pop("bisection"), **proof, "evidence": ["evidence/x.json"], "page": None}
    validate("prove", json.dumps(printed))


def test_words_of_python_are_not_in_documents() -> None:
    isolation = builtins(statement().proof)["bisection"]["isolation"]

    assert isolation["from"] == "1.3"
    assert "from_" not in json.dumps(builtins(statement().proof))


def test_doctor_prints_what_it_promises(tmp_path: Path) -> None:
    ended = run("doctor", "--json", cache=tmp_path)

    assert ended.returncode == 0, ended.stderr
    validate("doctor", ended.stdout)


def test_doctor_tries_the_chosen_level_anew_each_time(tmp_path: Path) -> None:
    """What is remembered since the machine started is no proof of today."""
    (tmp_path / "scratch").mkdir()
    for _ in range(2):
        document = json.loads(run("doctor", "--json", cache=tmp_path).stdout)
        (chosen,) = [level for level in document["isolation"] if level["chosen"]]
        assert {"write_root", "read_host", "reach_host", "signal_host"} <= set(chosen["refused"])
        memory = tmp_path / "scratch" / f"isolation-{chosen['level']}-{os.geteuid()}.json"
        assert json.loads(memory.read_bytes())["offer"]["refused"] == chosen["refused"]
        memory.unlink()


def test_explain_prints_what_it_promises(tmp_path: Path) -> None:
    said = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nKeyError: 1\n'
    ended = run("explain", "--json", cache=tmp_path, said=said)

    assert ended.returncode == 0, ended.stderr
    validate("explain", ended.stdout)


def test_cache_prints_what_it_promises(tmp_path: Path) -> None:
    (tmp_path / "envs" / "x").mkdir(parents=True)
    ended = run("cache", "--json", "--check", cache=tmp_path)

    assert ended.returncode == 0, ended.stderr
    validate("cache", ended.stdout)


@pytest.mark.index
@pytest.mark.slow
def test_bisect_prints_what_it_promises(tmp_path: Path) -> None:
    script = ROOT / "cases" / "pypi" / "starlette" / "1255" / "repro.py"
    ended = run(
        "bisect", str(script), "-p", "starlette", "--bad", "0.16.0", "--json", cache=tmp_path
    )

    assert ended.returncode == 0, ended.stderr
    validate("bisect", ended.stdout)
    assert json.loads(ended.stdout)["first_fixed"] == "0.17.0"
