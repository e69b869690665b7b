"""Outputs of two releases are compared by what they computed."""

import pytest

from fixproof.signature import normalise_output


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 passed in 0.03s", "1 passed in 1.20s"),
        ("took 12 ms", "took 9 ms"),
        ("<A object at 0x7f0011223344>", "<A object at 0x7f0099887766>"),
        ("wrote /tmp/tmpab12cd34/out.txt", "wrote /tmp/tmpzz99yy88/out.txt"),
        ("/home/a/venv/lib/python3.9/site-packages/p/q.py:12: UserWarning: x",
         "/opt/v/lib/python3.12/site-packages/p/q.py:99: UserWarning: x"),
        ("2024-01-01 10:11:12,123 INFO ready", "2025-02-03 04:05:06,789 INFO ready"),
        ("now 2024-01-01T10:11:12.123456", "now 2025-01-01T10:11:12.654321"),
        ("pid 1234 started", "pid 77 started"),
        ("listening on 127.0.0.1:40001", "listening on 127.0.0.1:55555"),
        ("id 0b0c8a3e-5f3c-4b7e-9d2a-2f2b1c3d4e5f", "id 1b0c8a3e-5f3c-4b7e-9d2a-2f2b1c3d4e5f"),
        ('File "x.py", line 3, in f\n  g()\n  ^^^\n', 'File "x.py", line 9, in f\n  g()\n'),
    ],
)  # fmt: skip
def test_what_moves_does_not_count(one: str, other: str) -> None:
    assert normalise_output(one) == normalise_output(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("17", "18"),
        ("[1, 2, 3]", "[1, 2]"),
        ("0.1", "0.2"),
        ("2021-03-28", "2021-03-29"),
        ("2021-03-28 02:00:00", "2021-03-28 03:00:00"),
        ("12:30:00", "13:30:00"),
        ("/api/users", "/api/groups"),
        ("name: 'ann'", "name: 'bob'"),
        ("1 passed", "1 failed"),
        ("a.b == 1.2.3", "a.b == 1.2.4"),
        ("<A object>", "<B object>"),
        ("/tmp/x/out.txt", "/tmp/x/err.txt"),
        ("0x1f", "0x2f"),
    ],
)
def test_what_was_computed_counts(one: str, other: str) -> None:
    assert normalise_output(one) != normalise_output(other)


def test_a_package_may_name_its_own_version() -> None:
    told = [normalise_output(f"demo {v} on 3.11.70", package_version=v) for v in ("1.0", "3.11.7")]

    assert told == ["demo <version> on 3.11.70"] * 2
