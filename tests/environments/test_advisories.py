"""Vulnerabilities as the package index tells them, and silence where it does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixproof.environments.advisories import Advisories
from fixproof.environments.settings import Endpoint, IndexSettings
from fixproof.environments.web import Web
from tests.support_index import HASTY, Fault, LocalIndex


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with LocalIndex() as served:
        yield served


def advisories(index: LocalIndex, cache: Path, *, offline: bool = False) -> Advisories:
    return Advisories(cache, Web(index.settings, offline=offline, patience=HASTY))


def test_a_release_is_told_with_its_advisories(index: LocalIndex, tmp_path: Path) -> None:
    index.advise("lib", "1.0", "TEST-2", "TEST-1", withdrawn=["TEST-3"])
    index.advise("lib", "1.1")
    asked = advisories(index, tmp_path)

    assert asked.of("Lib", "1.0") == ("TEST-1", "TEST-2")
    assert asked.of("lib", "1.1") == ()


def test_an_index_without_such_pages_is_asked_a_few_times_only(
    index: LocalIndex, tmp_path: Path
) -> None:
    asked = advisories(index, tmp_path)

    assert [asked.of("lib", f"1.{n}") for n in range(20)] == [None] * 20
    assert len(index.asked) == 3


def test_one_missing_page_says_nothing_of_the_others(index: LocalIndex, tmp_path: Path) -> None:
    index.advise("lib", "1.0", "TEST-1")
    asked = advisories(index, tmp_path)

    assert asked.of("lib", "1.0") == ("TEST-1",)
    assert [asked.of("lib", f"2.{n}") for n in range(6)] == [None] * 6
    index.advise("lib", "3.0")
    assert asked.of("lib", "3.0") == ()


def test_an_answer_is_kept_and_does_without_the_network(index: LocalIndex, tmp_path: Path) -> None:
    index.advise("lib", "1.0", "TEST-1")
    advisories(index, tmp_path).of("lib", "1.0")
    offline = advisories(index, tmp_path, offline=True)

    assert offline.of("lib", "1.0") == ("TEST-1",)
    assert offline.of("lib", "1.1") is None


def test_a_page_that_cannot_be_had_or_read_is_no_all_clear(
    index: LocalIndex, tmp_path: Path
) -> None:
    index.advise("lib", "1.0")
    index.fail("lib/1.0", *[Fault.DOWN] * 9)

    assert advisories(index, tmp_path).of("lib", "1.0") is None


def test_an_address_of_another_shape_is_not_guessed_at(index: LocalIndex, tmp_path: Path) -> None:
    index.advise("lib", "1.0")
    settings = IndexSettings(default=Endpoint(url=f"http://127.0.0.1:{index.port}/files"))
    asked = Advisories(tmp_path, Web(settings, patience=HASTY))

    assert asked.of("lib", "1.0") is None
    assert index.asked == []
