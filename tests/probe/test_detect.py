"""Levels are tried before they are believed, and never replaced by weaker ones."""

import json
import os
from pathlib import Path

import pytest

from fixproof.model.environments import Place
from fixproof.model.errors import PreparationError
from fixproof.model.runs import Isolation, Job
from fixproof.probe import detect
from fixproof.probe.detect import offer, strongest
from fixproof.probe.sandbox import Sandbox


def test_a_missing_program_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: Place
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PreparationError) as raised:
        Sandbox(tmp_path, Isolation.BUBBLEWRAP).run(Job(argv=("python", "-V")), place)

    assert "bubblewrap" in str(raised.value)
    assert raised.value.hint == "install the package bubblewrap"


def test_the_next_level_is_taken_only_when_none_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert strongest(tmp_path).level < Isolation.BUBBLEWRAP
    assert Sandbox(tmp_path).isolation is strongest(tmp_path).level


def test_a_job_that_asks_for_more_than_there_is_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: Place
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    job = Job(argv=("python", "-V"), isolation=Isolation.BUBBLEWRAP)

    with pytest.raises(PreparationError):
        Sandbox(tmp_path, Isolation.NONE).run(job, place)


def test_an_old_program_is_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho bubblewrap 0.4.1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    detect._bubblewrap_version.cache_clear()
    try:
        found = offer(Isolation.BUBBLEWRAP, tmp_path)
    finally:
        detect._bubblewrap_version.cache_clear()

    assert not found.available
    assert "too old" in found.why
    assert "0.8.0" in found.hint


def test_a_sandbox_that_contains_nothing_is_seen_through(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The witness runs uncontained here and must not be taken for contained."""
    with detect._host() as host:
        why, refused = detect._testimony(Isolation.NONE, tmp_path, host)

    assert why.startswith("not enforced: ")
    assert {"read_host", "reach_host", "reach_name", "signal_host"} <= set(why.split())
    assert not set(refused) & set(why.split())


def test_success_is_remembered_and_a_changed_machine_asked_again(
    level: Isolation, tmp_path: Path
) -> None:
    found = offer(level, tmp_path)
    memory = tmp_path / f"isolation-{level.name.lower()}-{os.geteuid()}.json"
    remembered = json.loads(memory.read_text())

    assert remembered["offer"]["version"] == found.version
    remembered["offer"]["version"] = "as remembered"
    memory.write_text(json.dumps(remembered))
    assert offer(level, tmp_path).version == "as remembered"
    remembered["key"] = "another boot"
    memory.write_text(json.dumps(remembered))
    assert offer(level, tmp_path).version == found.version
    memory.write_text("torn {")
    assert offer(level, tmp_path).available


def test_versions_name_level_and_kind(level: Isolation, tmp_path: Path) -> None:
    version = Sandbox(tmp_path, level).version

    assert level.name.lower() in version
    assert version.endswith("root" if os.geteuid() == 0 else "user")
