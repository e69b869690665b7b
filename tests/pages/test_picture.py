"""The behaviour map as a picture: well-formed, complete, and safe whatever packages print."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from fixproof.model.findings import Behaviour, Bisection
from fixproof.model.outcomes import Verdict
from fixproof.pages.picture import WIDEST, picture

SVG = "{http://www.w3.org/2000/svg}"


def _found(*groups: tuple[Verdict, str, tuple[str, ...]]) -> Bisection:
    named = [
        Behaviour(name=name, verdict=verdict, says=says, versions=versions)
        for name, (verdict, says, versions) in zip("ABCD", groups, strict=False)
    ]
    return Bisection(package="thing", behaviours=tuple(named))


def _labels(found: Bisection) -> list[str]:
    titles = ET.fromstring(picture(found)).iterfind(f".//{SVG}g/{SVG}title")
    return [title.text or "" for title in titles]


def test_every_release_is_a_tile_named_by_version_verdict_and_outcome() -> None:
    found = _found(
        (Verdict.FAILS, "ValueError: broken", ("1.0", "1.1")), (Verdict.PASSES, "fine", ("1.2",))
    )

    assert _labels(found) == [
        "1.0: broken, ValueError: broken",
        "1.1: broken, ValueError: broken",
        "1.2: good, fine",
    ]


def test_versions_stand_in_the_order_of_their_numbers_and_long_lines_go_on_below() -> None:
    versions = tuple(f"1.0.{n}" for n in range(2 * WIDEST + 1))
    found = _found((Verdict.PASSES, "fine", versions[::-1]))

    drawn = ET.fromstring(picture(found))
    tiles = [float(c.get("cx", "0")) for c in drawn.iter(f"{SVG}circle")]
    assert [label.partition(":")[0] for label in _labels(found)] == list(versions)
    assert len(tiles) == len(versions)
    assert max(tiles) < float(drawn.get("width", "0"))


@given(st.text())
def test_what_a_package_prints_is_only_text(said: str) -> None:
    drawn = ET.fromstring(picture(_found((Verdict.FAILS, said, ("1.0",)))))

    assert not list(drawn.iter(f"{SVG}script"))
    assert len(list(drawn.iter(f"{SVG}g"))) == 1
