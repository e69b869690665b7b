"""What a run did wrong, from how it ended."""

import pytest

from fixproof.model.failures import Failure, FailureKind
from fixproof.model.runs import Captured, Ending, Limit
from fixproof.signature import failure_of, sign
from tests.support_samples import sample

TRACEBACK = sample("attribute-3.9").text


def _ended(
    code: int | None, stderr: str = "", stdout: str = "", *, signal: int | None = None
) -> Failure | None:
    return failure_of(
        Ending(
            exit_code=code,
            signal=signal,
            stdout=Captured(text=stdout),
            stderr=Captured(text=stderr),
        )
    )


def test_a_good_exit_is_no_failure_whatever_it_printed() -> None:
    assert _ended(0, TRACEBACK, TRACEBACK) is None


@pytest.mark.parametrize(
    ("limit", "kind"),
    [(Limit.WALL, FailureKind.TIMEOUT), (Limit.MEMORY, FailureKind.LIMIT)],
)
def test_a_limit_comes_before_what_was_printed(limit: Limit, kind: FailureKind) -> None:
    failure = failure_of(Ending(signal=9, limit=limit, stderr=Captured(text=TRACEBACK)))

    assert failure is not None
    assert (failure.kind, failure.crash, failure.raised) == (kind, limit.value, None)


def test_time_outs_of_one_kind_agree_however_far_they_came() -> None:
    texts = ("step 1\n", "step 1\nstep 2\n")
    failures = [
        failure_of(Ending(signal=9, limit=Limit.WALL, stderr=Captured(text=text))) for text in texts
    ]

    assert len({sign(failure).same for failure in failures if failure}) == 1


@pytest.mark.parametrize(
    ("code", "signal", "stderr", "crash"),
    [
        (None, 11, "", "SIGSEGV"),
        (None, 6, "", "SIGABRT"),
        (None, 6, sample("abort-3.9").text, "Fatal Python error: Aborted"),
        (None, 6, "free(): invalid pointer\n", "free(): invalid pointer"),
        (139, None, "", "SIGSEGV"),
        (134, None, sample("abort-3.12").text, "Fatal Python error: Aborted"),
        (None, 64, "", "signal 64"),
    ],
)
def test_crashes(code: int | None, signal: int | None, stderr: str, crash: str) -> None:
    failure = _ended(code, stderr, signal=signal)

    assert failure is not None
    assert (failure.kind, failure.crash) == (FailureKind.CRASH, crash)


def test_what_was_printed_before_a_crash_is_kept_beside_it() -> None:
    failure = _ended(None, TRACEBACK, signal=11)

    assert failure is not None
    assert failure.raised is None
    assert [other.type for other in failure.others] == ["AttributeError"]


@pytest.mark.parametrize(
    ("stderr", "stdout", "kind"),
    [
        (TRACEBACK, "", "AttributeError"),
        ("", sample("pytest_auto").text, "AttributeError"),
        ("warning: old\n", sample("pytest_assert").text, "AssertionError"),
        (TRACEBACK, sample("json-3.9").text, "AttributeError"),
        ("pkg.Broken: no\n", "", "pkg.Broken"),
        ("ValueError: x\n", "", "ValueError"),
    ],
)
def test_exceptions_in_either_stream(stderr: str, stdout: str, kind: str) -> None:
    failure = _ended(1, stderr, stdout)

    if kind == "pkg.Broken":  # no traceback, and by its name no exception: only words
        assert failure is not None
        assert failure.kind is FailureKind.EXIT
        return
    assert failure is not None
    assert failure.raised is not None
    assert (failure.kind, failure.raised.type) == (FailureKind.EXCEPTION, kind)


def test_a_status_that_nothing_explains_is_told_with_the_last_words() -> None:
    failure, other = _ended(3, "usage: x\nno such thing: 17\n"), _ended(4, "usage: x\nno such\n")

    assert failure is not None
    assert other is not None
    assert (failure.kind, failure.crash) == (FailureKind.EXIT, "exit status 3")
    assert failure.unread.endswith("no such thing: 17")
    assert sign(failure).same != sign(other).same


def test_a_message_goes_on_after_a_blank_line_where_nobody_wrote_below_it() -> None:
    first, second = (
        _ended(1, f'Traceback (most recent call last):\n  File "x", line 1, in f\nE: a\n\n{word}\n')
        for word in ("this", "that")
    )

    assert first is not None
    assert second is not None
    assert sign(first).same != sign(second).same
