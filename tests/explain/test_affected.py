"""Whether a release shows a known failure."""

import pytest

from fixproof.signature.known import Known
from fixproof.workflows.affected import is_affected


def _known(**versions: object) -> Known:
    return Known(key="a/b", title="", package="a", **versions)  # type: ignore[arg-type]  # by name


FULL = _known(introduced="1.2", last_bad="2.0.1", first_fixed="2.1", also_fixed=("1.9.3",))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.1", False),
        ("1.2", True),
        ("1.9.2", True),
        ("1.9.3", False),
        ("1.9.9", False),
        ("2.0", True),
        ("2.0.1", True),
        ("2.1", False),
        ("3.0", False),
        ("2.1rc1", True),
        ("not a version", None),
    ],
)
def test_with_everything_established(version: str, expected: bool | None) -> None:  # noqa: FBT001 - a table
    assert is_affected(FULL, version) is expected


@pytest.mark.parametrize(
    ("known", "version", "expected"),
    [
        (_known(), "1.0", None),
        (_known(bad="1.5"), "1.5", True),
        (_known(bad="1.5"), "1.4", None),
        (_known(bad="1.5"), "1.6", None),
        (_known(bad="1.5", first_fixed="1.7"), "1.6", True),
        (_known(bad="1.5", first_fixed="1.7"), "1.4", None),
        (_known(first_fixed="1.7"), "1.7", False),
        (_known(introduced="1.0", last_bad="1.5"), "1.3", True),
        (_known(introduced="1.0", last_bad="1.5"), "1.6", None),
    ],
)
def test_with_less(known: Known, version: str, expected: bool | None) -> None:  # noqa: FBT001 - a table
    assert is_affected(known, version) is expected
