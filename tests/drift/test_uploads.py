"""Uploads in order of time, and how suspect each is."""

from datetime import UTC, datetime, timedelta

from fixproof.model.releases import File, Release, Timeline
from fixproof.model.repairs import Upload
from fixproof.strategy.uploads import IRRELEVANT, Ground, mentioned, uploads_between, weigh

DAY = datetime(2024, 1, 1, tzinfo=UTC)


def timeline(package: str, *releases: tuple[str, list[float]], yanked: bool = False) -> Timeline:
    return Timeline(
        package=package,
        releases=tuple(
            Release(
                version=version,
                files=tuple(
                    File(
                        name=f"{package}-{version}-{number}.whl",
                        uploaded=DAY + timedelta(hours=hour),
                        yanked=yanked,
                    )
                    for number, hour in enumerate(hours)
                ),
            )
            for version, hours in releases
        ),
    )


def between(*timelines: Timeline) -> list[tuple[str, str, int]]:
    found = uploads_between(timelines, DAY, DAY + timedelta(days=9))
    return [(u.package, u.version, len(u.files)) for u in found]


def test_files_of_one_release_are_one_upload_until_another_comes_between() -> None:
    alone = timeline("a", ("1", [1, 2, 3]))
    torn = timeline("b", ("1", [2.5]))

    assert between(alone) == [("a", "1", 3)]
    assert between(alone, torn) == [("a", "1", 2), ("b", "1", 1), ("a", "1", 1)]


def test_each_file_keeps_its_own_time() -> None:
    (upload,) = uploads_between([timeline("a", ("1", [1, 2]))], DAY, DAY + timedelta(days=1))

    assert upload.times == (DAY + timedelta(hours=1), DAY + timedelta(hours=2))
    assert upload.when == upload.times[-1]


def test_the_good_end_is_outside_and_the_bad_end_inside() -> None:
    line = timeline("a", ("1", [0]), ("2", [5]), ("3", [6]))
    found = uploads_between([line], DAY, DAY + timedelta(hours=5))

    assert [u.version for u in found] == ["2"]


def test_withdrawn_files_are_not_seen() -> None:
    assert between(timeline("a", ("1", [1]), yanked=True)) == []


def upload(package: str, version: str) -> Upload:
    return Upload(package=package, version=version, when=DAY)


def test_suspicion_follows_steps_directness_and_what_was_said() -> None:
    ground = Ground(
        before={"a": "1.0", "b": "1.0", "c": "1.0", "d": "1.0"},
        after={"a": "1.0.1", "b": "2.1", "c": "1.1", "d": "1.1"},
        direct=frozenset({"c"}),
        said="  File site-packages/d/core.py\nTypeError: no",
    )
    names = [("a", "1.0.1"), ("b", "2.0"), ("b", "2.1"), ("c", "1.1"), ("d", "1.1"), ("d", "1.2")]
    small, major, minor_after, direct, named, beyond = weigh(
        [upload(*name) for name in names], ground
    )

    assert small < minor_after < major
    assert direct > minor_after
    assert named > direct
    assert beyond == IRRELEVANT


def test_what_the_end_of_a_text_speaks_of_counts_more() -> None:
    said = "lib_a " + "x " * 600 + "lib.b says no to lib-c"

    assert mentioned(["lib-a", "lib-b", "lib-c", "lib"], said) == {"lib-a": 1, "lib-c": 2, "lib": 2}
