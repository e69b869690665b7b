"""The second version of control groups, as far as a machine has it: members die together."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixproof.model.runs import Limits
from fixproof.probe import cgroups
from fixproof.probe.cgroups import Bases, Group

TOPS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))


@pytest.fixture
def unified() -> Path:
    """The top of the second version, also where it only stands beside the first."""
    for top in TOPS:
        if (top / "cgroup.controllers").exists() and os.access(top, os.W_OK):
            return top
    pytest.skip("no writable control groups of the second version")


@pytest.fixture
def group(unified: Path) -> Iterator[Group]:
    made = Group(Limits())
    folder = unified / f"fixproof-{os.getpid()}-test"
    folder.mkdir()
    made._made["unified"] = folder
    yield made
    made.kill()
    made.remove()
    assert not folder.exists()


def test_all_members_die_at_once_daemons_included(group: Group) -> None:
    """What was started inside is inside; the processor time of all is counted."""
    (folder,) = group._made.values()
    program = f"echo $$ > {folder}/cgroup.procs; setsid sleep 600 & setsid sleep 600 & echo; wait"
    started = subprocess.Popen(["sh", "-c", program], stdout=subprocess.PIPE)
    assert started.stdout is not None
    started.stdout.readline()
    members = [int(pid) for pid in (folder / "cgroup.procs").read_text().split()]
    handles = [os.pidfd_open(pid) for pid in members]

    group.kill()
    started.communicate()

    assert len(members) == 3
    assert started.returncode == -9
    assert group._cpu_seconds() > 0
    for handle in handles:
        os.close(handle)


def test_a_group_that_cannot_be_limited_is_not_made(
    unified: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A controller that was not delegated: nothing stays behind, limits are kept otherwise."""
    own = unified / f"fixproof-{os.getpid()}-bare"
    own.mkdir()  # nothing is delegated to its children
    monkeypatch.setattr(cgroups, "bases", lambda: Bases(unified=own))
    try:
        made = Group.make(Limits())
        assert not made.bounds_memory
        assert not made.bounds_processes
        assert [path for path in own.iterdir() if path.is_dir()] == []
    finally:
        own.rmdir()
