"""Small decisions with large consequences: dates, locks, sources passed over, last words."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.environments.build_words import build_refusal, last_words
from fixproof.environments.lock import UnlockableError, read_lock, too_young
from fixproof.environments.passed_over import fits, passed_over
from fixproof.environments.resolve import latest, refusal
from fixproof.environments.resolver import just_after
from fixproof.model.environments import Interpreter, Pin, Request
from fixproof.model.errors import PreparationError
from fixproof.model.releases import File, Release, Timeline
from fixproof.model.runs import Stage

DAY = datetime(2023, 6, 1, tzinfo=UTC)
PYTHON = Interpreter(version="3.11.7", path=Path("python"), prefix=Path("/"))
MOMENTS = st.datetimes(datetime(2005, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone


def request(*lines: str, **more: object) -> Request:
    return Request(requirements=lines, interpreter=PYTHON, as_of=DAY, **more)  # type: ignore[arg-type]  # tests name fields freely


def pin(name: str, version: str = "1.0", uploaded: datetime | None = DAY) -> Pin:
    return Pin(name=name, version=version, file=f"{name}.whl", sha256="0", uploaded=uploaded)


@given(MOMENTS)
def test_a_limit_lies_after_its_moment_and_less_than_two_milliseconds(moment: datetime) -> None:
    """uv counts whole milliseconds and leaves out the limit itself."""
    limit = datetime.fromisoformat(just_after(moment))

    assert timedelta() < limit - moment <= timedelta(milliseconds=1)
    assert limit.microsecond % 1000 == 0


@given(MOMENTS, st.one_of(st.none(), MOMENTS))
def test_the_audit_lets_nothing_younger_pass(moment: datetime, uploaded: datetime | None) -> None:
    asked = Request(requirements=("demo",), interpreter=PYTHON, as_of=moment)

    late = list(too_young((pin("demo", uploaded=uploaded),), asked))

    assert bool(late) == (uploaded is None or uploaded > moment)


def test_the_audit_knows_who_is_exempt() -> None:
    pins = (pin("free", uploaded=None), pin("later", uploaded=DAY + timedelta(days=2)))
    exempt = (("free", None), ("later", DAY + timedelta(days=1)))

    late = list(too_young(pins, request("free", "later", exempt=exempt)))

    assert [each.name for each in late] == ["later"]


def test_what_is_asked_of_the_future_has_no_settled_answer() -> None:
    """An exempt package pinned to one version does not make a past question open again."""
    assert latest(request("demo==1.0", exempt=(("demo", None),))) == DAY
    assert latest(request("demo>=1.0", exempt=(("demo", None),))).year == 9999
    assert latest(request("demo==1.*", exempt=(("demo", None),))).year == 9999
    assert latest(Request(requirements=("demo==1.0",), interpreter=PYTHON)).year == 9999


_LOCKED = """
[[packages]]
name = "Zed"
version = "1"
sdist = { url = "https://a.test/zed-1.tar.gz", hashes = { sha256 = "aa" } }
[[packages]]
name = "demo"
version = "2"
sdist = { url = "https://a.test/demo-2.tar.gz", hashes = { sha256 = "cc" } }
wheels = [{ url = "https://a.test/demo-2-py3-none-any.whl", upload-time = 2021-01-01T00:00:00Z, size = 7, hashes = { sha256 = "bb" } }]
"""  # noqa: E501 -- as the resolver writes it


def test_a_lock_names_wheels_where_there_are_any() -> None:
    lock = read_lock(_LOCKED)

    assert [p.file for p in lock.pins] == ["demo-2-py3-none-any.whl", "zed-1.tar.gz"]
    assert lock.pins[0].uploaded == datetime(2021, 1, 1, tzinfo=UTC)
    assert lock.addresses["bb"].startswith("https://a.test/")


@pytest.mark.parametrize(
    "text",
    [
        '[[packages]]\nname = "a"\nversion = "1"\ndirectory = { path = "." }\n',
        '[[packages]]\nname = "a"\nversion = "1"\nwheels = [{ url = "https://a.test/a.whl" }]\n',
    ],
)
def test_what_has_no_digest_or_no_file_is_not_taken(text: str) -> None:
    with pytest.raises(UnlockableError):
        read_lock(text)


def test_nonsense_is_no_lock() -> None:
    with pytest.raises(PreparationError):
        read_lock("= nonsense")


def timeline(*releases: tuple[str, tuple[File, ...]]) -> Timeline:
    made = tuple(Release(version=version, files=files) for version, files in releases)
    return Timeline(package="demo", releases=made)


def uploaded(name: str, **more: object) -> File:
    return File(**({"name": name, "uploaded": DAY} | more))  # type: ignore[arg-type]  # tests name fields freely


OLD = ("1.0", (uploaded("demo-1.0-py3-none-any.whl"),))


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ((uploaded("demo-2.0.tar.gz"),), "2.0"),
        ((uploaded("demo-2.0.tar.gz"), uploaded("demo-2.0-py3-none-any.whl")), None),
        ((uploaded("demo-2.0.tar.gz"), uploaded("demo-2.0-cp39-cp39-win32.whl")), "2.0"),
        ((uploaded("demo-2.0-cp39-cp39-win32.whl"),), None),
        ((uploaded("demo-2.0.tar.gz", yanked=True),), None),
        ((uploaded("demo-2.0.tar.gz", uploaded=DAY + timedelta(days=1)),), None),
        ((uploaded("demo-2.0.tar.gz", uploaded=None),), None),
        ((uploaded("demo-2.0.tar.gz", requires_python=">=3.12"),), None),
        ((uploaded("demo-2.0.tar.gz", requires_python="nonsense"),), "2.0"),
    ],
)
def test_a_source_counts_as_passed_over_if_a_resolver_could_take_it(
    files: tuple[File, ...], found: str | None
) -> None:
    assert passed_over(pin("demo"), timeline(OLD, ("2.0", files)), request("demo")) == found


def test_what_was_asked_for_bounds_what_was_passed_over() -> None:
    """Requirements, constraints, pre-releases and exemptions are heard."""
    newer = timeline(OLD, ("2.0", (uploaded("demo-2.0.tar.gz"),)))
    early = timeline(OLD, ("2.0b1", (uploaded("demo-2.0b1.tar.gz"),)))
    later = ("2.0", (uploaded("demo-2.0.tar.gz", uploaded=DAY + timedelta(days=1)),))

    assert passed_over(pin("demo"), newer, request("Demo<2")) is None
    assert passed_over(pin("demo"), newer, request("other", constraints=("demo<2",))) is None
    assert passed_over(pin("demo", "2.0"), newer, request("demo")) is None
    assert passed_over(pin("demo"), early, request("demo")) is None
    assert passed_over(pin("demo"), early, request("demo", prereleases=("demo",))) == "2.0b1"
    exempt = request("demo", exempt=(("demo", None),))
    assert passed_over(pin("demo"), timeline(OLD, later), exempt) == "2.0"


def test_wheels_fit_by_their_tags() -> None:
    def fitting(tag: str) -> bool:
        return fits(f"demo-1.0-{tag}.whl", PYTHON)

    assert all(fitting(tag) for tag in ("py3-none-any", "py2.py3-none-any", "cp311-none-any"))
    assert not any(fitting(tag) for tag in ("cp310-cp310-win32", "cp312-abi3-any", "py2-none-any"))
    assert not fits("nonsense.whl", PYTHON)


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        (
            (
                "error: Failed to build `demo==1`\n  cause: The build backend returned an error\n"
                "[stderr]\nTraceback (most recent call last):\n  File x\n"
                "pkg.errors.InvalidThing: bad key\n\nhint: do this: error: or that"
            ),
            "pkg.errors.InvalidThing: bad key",
        ),
        (
            "x.c: warning\nfatal error: Python.h: absent\nerror: Failed to build `x`\n  cause: y",
            "fatal error: Python.h: absent",
        ),
        (
            (
                "error: Failed to resolve requirements\n  cause: No solution found\n"
                "  cause: Because only a is there"
            ),
            "cause: Because only a is there",
        ),
        ("Killed\nerror: Failed to build `x`", "Killed"),
        ("", "the build gave no reason"),
    ],
)
def test_the_last_words_of_a_build_are_its_own(errors: str, reason: str) -> None:
    assert last_words(errors) == reason


def test_a_failed_build_and_an_impossible_choice_are_told_apart() -> None:
    failed = build_refusal("error: Failed to build `x`\n[stderr]\nOSError: no")
    impossible = build_refusal("error: No solution found\n  cause: Because there is no x")

    assert (failed.stage, failed.reason) == (Stage.BUILD, "OSError: no")
    assert (impossible.stage, impossible.reason) == (Stage.RESOLVE, "Because there is no x")


@pytest.mark.parametrize(
    "errors",
    [
        "error: Request failed after 3 retries\n  cause: Failed to fetch: <address>",
        "error: error sending request for url (<address>)\n  cause: dns error",
        "error: HTTP status server error (503 Service Unavailable)",
    ],
)
def test_trouble_on_the_way_to_the_index_is_nobodys_answer(errors: str) -> None:
    with pytest.raises(PreparationError):
        refusal(errors)
