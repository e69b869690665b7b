"""Failures really raised, on many interpreters and shown by many tools, are read right."""

import pytest

from fixproof.model.failures import Failure, Raised
from fixproof.signature import parse
from fixproof.signature.identity import package_frames, root_of
from tests.support_samples import Sample, samples


def _bare(kind: str) -> str:
    return kind.rsplit(".", 1)[-1]


def _read(sample: Sample) -> tuple[Failure, Raised]:
    failure = parse(sample.text)
    assert failure.raised is not None
    return failure, failure.raised


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_type_and_message(sample: Sample) -> None:
    failure, raised = _read(sample)
    truth = sample.truth

    assert _bare(raised.type) in truth.get("types", [truth.get("type")])
    if "message" in truth:
        assert raised.message == truth["message"]
    assert raised.message.startswith(truth.get("begins", ""))
    assert raised.message.endswith(truth.get("ends", ""))
    assert truth.get("search", "") in raised.message
    assert failure.crash == truth.get("crash")
    assert failure.kind.value == truth.get("kind", "exception")


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_root_cause_and_members(sample: Sample) -> None:
    _, raised = _read(sample)
    root, truth = root_of(raised), sample.truth

    if "root" in truth:
        assert (_bare(root.type), root.message) == (truth["root"], truth["root_message"])
    else:
        assert root == raised
    told = [f"{_bare(member.type)}: {member.message}" for member in raised.members]
    assert told == truth.get("members", [])


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_frames_inside_packages(sample: Sample) -> None:
    _, raised = _read(sample)
    frames = [f for f in package_frames(root_of(raised)) if f.distribution == "orchard"]

    if "modules" in sample.truth:
        assert [frame.module for frame in frames] == sample.truth["modules"]
    else:
        assert [f"{frame.module}:{frame.function}" for frame in frames] == sample.truth["frames"]
