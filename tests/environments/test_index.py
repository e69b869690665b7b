"""The index client over a local index: what it reads, keeps, and does when the index errs."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from fixproof.environments.disk import read_checked, write_checked
from fixproof.environments.index import SimpleIndex
from fixproof.environments.settings import Endpoint, IndexSettings
from fixproof.environments.web import Web
from fixproof.model.errors import FixproofError, InputError, PreparationError
from tests.support_index import HASTY, Fault, LocalIndex


def test_releases_come_lowest_first_with_all_their_files(index: LocalIndex, cache: Path) -> None:
    """Versions are ordered as versions; files of one release stand together."""
    index.add("demo", "1.10", uploaded="2022-01-01", requires_python=">=3.8")
    index.add("demo", "1.9", uploaded="2021-01-01", yanked="wrong")
    index.add("demo", "2.0b1")
    index.add_source("demo", "1.9", uploaded="2021-01-02", files={"setup.py": ""})

    found = index.index(cache).timeline("Demo")

    assert [release.version for release in found.releases] == ["1.9", "1.10", "2.0b1"]
    assert found.package == "demo"
    first, second, third = found.releases
    assert [file.is_wheel for file in first.files] == [True, False]
    assert first.uploaded == datetime(2021, 1, 1, tzinfo=UTC)
    assert [file.yanked_reason for file in first.files] == ["wrong", None]
    assert second.files[0].requires_python == ">=3.8"
    assert third.is_prerelease


def test_a_page_is_read_once_and_kept(index: LocalIndex, cache: Path) -> None:
    """A second process reads it from disk, word for word, until told to look again."""
    index.add("demo", "1.0", uploaded="2021-01-01T02:03:04.567890")
    fresh = index.index(cache).timeline("demo")

    again = index.index(cache)
    assert again.timeline("demo") == fresh
    assert len(index.asked) == 1

    index.add("demo", "1.1")
    assert len(again.timeline("demo").releases) == 1
    assert len(again.timeline("demo", refresh=True).releases) == 2
    assert len(again.timeline("demo", max_age=0).releases) == 2
    assert len(index.asked) == 3


def test_a_page_from_the_future_is_read_again(index: LocalIndex, cache: Path) -> None:
    """The clock was wrong when it was read: it would seem to know uploads yet to come."""
    index.add("demo", "1.0", uploaded="2021-01-01")
    index.index(cache).timeline("demo")
    (page,) = cache.rglob("demo.json")
    content = msgspec.json.decode(read_checked(page) or b"")
    content[0] += 10 * 365 * 86400
    write_checked(page, msgspec.json.encode(content))
    index.add("demo", "1.1", uploaded="2022-01-01")

    found = index.index(cache).covering("demo", datetime(2023, 1, 1, tzinfo=UTC))

    assert len(found.timeline.releases) == 2
    assert found.fetched <= datetime.now(UTC).timestamp()


def test_a_damaged_page_is_set_aside_and_read_again(index: LocalIndex, cache: Path) -> None:
    """A flipped byte in the cache is noticed, kept for inspection, and repaired."""
    index.add("demo", "1.0")
    fresh = index.index(cache).timeline("demo")
    (page,) = cache.rglob("demo.json")
    page.write_bytes(page.read_bytes().replace(b"1.0", b"6.6"))

    assert index.index(cache).timeline("demo") == fresh
    assert len(list(cache.rglob("demo.json.damaged-*"))) == 1


def test_an_unknown_package_is_the_callers_mistake(index: LocalIndex, cache: Path) -> None:
    with pytest.raises(InputError, match="no such package: absent") as caught:
        index.index(cache).timeline("absent")
    assert caught.value.exit_code == 2


def test_a_slip_in_a_name_is_told_from_what_was_read_before(index: LocalIndex, cache: Path) -> None:
    """Known names come from our own cache; the index is never asked for a list of names."""
    index.add("requests", "1.0")
    index.index(cache).timeline("requests")
    index.asked.clear()

    with pytest.raises(InputError) as caught:
        index.index(cache).timeline("reqeusts")
    assert caught.value.hint == "did you mean: requests"
    with pytest.raises(InputError) as caught:
        index.index(cache).timeline("entirely-different")
    assert caught.value.hint == "check its spelling"
    assert index.asked == ["/simple/reqeusts/", "/simple/entirely-different/"]


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.DOWN, Fault.STALLS, Fault.TRUNCATES])
def test_a_passing_fault_is_waited_out(fault: Fault, index: LocalIndex, cache: Path) -> None:
    index.add("demo", "1.0")
    index.fail("/simple/demo", fault)

    assert len(index.index(cache).timeline("demo").releases) == 1
    assert len(index.asked) == 2


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.DOWN, Fault.STALLS, Fault.TRUNCATES])
def test_a_lasting_fault_is_an_error_and_nothing_is_kept(
    fault: Fault, index: LocalIndex, cache: Path
) -> None:
    """It says that the index cannot be read, without its address, and the next call asks anew."""
    index.add("demo", "1.0")
    index.fail("/simple/demo", *[fault] * 3)
    client = index.index(cache)

    with pytest.raises(PreparationError, match="cannot read from the package index") as caught:
        client.timeline("demo")

    assert "127.0.0.1" not in f"{caught.value}{caught.value.hint}"
    assert not list(cache.rglob("*.json"))
    assert len(client.timeline("demo").releases) == 1


def test_nobody_listening_is_an_error(cache: Path) -> None:
    with LocalIndex() as index:
        settings = index.settings
    client = SimpleIndex(cache, settings=settings, patience=HASTY)

    with pytest.raises(PreparationError, match="no connection"):
        client.timeline("demo")


def test_nonsense_for_a_page_is_an_error(index: LocalIndex, cache: Path) -> None:
    """A proxy's login page with status 200 must not become an empty timeline of a package."""
    index.add("demo", "1.0")
    index.fail("/simple/demo", Fault.LIES)

    with pytest.raises(PreparationError, match="cannot be read: demo"):
        index.index(cache).timeline("demo")


def test_offline_reads_the_cache_only(index: LocalIndex, cache: Path) -> None:
    """However old the cached page is, it does; what is not there is an error with a hint."""
    index.add("demo", "1.0")
    fresh = index.index(cache).timeline("demo")
    index.asked.clear()
    offline = index.index(cache, offline=True)

    assert offline.timeline("demo", max_age=0) == fresh
    with pytest.raises(PreparationError, match="offline") as caught:
        offline.timeline("other")
    assert caught.value.hint
    assert index.asked == []


def test_a_page_larger_than_allowed_is_not_read(index: LocalIndex) -> None:
    index.add("demo", "1.0")
    web = Web(index.settings, patience=HASTY)

    with pytest.raises(PreparationError, match="larger than 20 bytes"):
        web.read(f"{index.url}/demo/", accept="*/*", limit=20)


def test_credentials_reach_the_index_and_no_message(index: LocalIndex, cache: Path) -> None:
    """They are sent as a header to their own host, and are in no error, repr or cached file."""
    index.add("demo", "1.0")
    endpoint = Endpoint(url=index.url, user="someone", password="hunter2")
    settings = IndexSettings(default=endpoint)
    client = SimpleIndex(cache, settings=settings, patience=HASTY)

    client.timeline("demo")
    index.fail("absent", *[Fault.DOWN] * 3)
    with pytest.raises(FixproofError) as caught:
        client.timeline("absent")

    assert index.headers[0]["Authorization"].startswith("Basic ")
    kept = b"".join(path.read_bytes() for path in cache.rglob("*") if path.is_file())
    assert b"hunter2" not in kept
    assert "hunter2" not in f"{caught.value!r}{caught.value}{settings!r}{endpoint!r}"


def test_credentials_of_netrc_are_used(
    index: LocalIndex, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    index.add("demo", "1.0")

    index.index(cache).timeline("demo")

    assert index.headers[0]["Authorization"].startswith("Basic ")


def test_the_first_index_that_knows_a_package_answers(cache: Path, index: LocalIndex) -> None:
    """Extra indexes come before the default one, as with uv."""
    with LocalIndex() as extra:
        index.add("demo", "1.0")
        index.add("other", "1.0")
        extra.add("demo", "2.0")
        settings = IndexSettings(default=index.settings.default, extra=(extra.settings.default,))
        client = SimpleIndex(cache, settings=settings, patience=HASTY)

        assert client.timeline("demo").release("2.0")
        assert client.timeline("other").release("1.0")
