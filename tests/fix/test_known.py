"""What others already learned: known fixes come first, releases known to be bad come last."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fixproof.workflows.fix_advice import KnownFix
from tests.support_drift import Shop

USES = "import app\nassert app.works, 'app is broken'\n"
WORKS, BROKEN = "works = True", "works = False"


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """Advice that stands in tables."""

    fixes: tuple[KnownFix, ...] = ()
    failures: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    advisories: Mapping[tuple[str, str], tuple[str, ...]] | None = None

    def recognise(self, said: str, present: Mapping[str, str]) -> tuple[KnownFix, ...]:
        return self.fixes if "app is broken" in said else ()

    def failing(self, package: str, version: str) -> tuple[str, ...]:
        return self.failures.get((package, version), ())

    def vulnerable(self, package: str, version: str) -> tuple[str, ...] | None:
        return None if self.advisories is None else self.advisories.get((package, version), ())


def stock(shop: Shop, **releases: str) -> None:
    for number, (version, source) in enumerate(releases.items(), 1):
        shop.release("app", version.strip("v").replace("_", "."), f"2023-01-{number:02}", source)


def test_the_known_fix_is_tried_before_anything_else(shop: Shop) -> None:
    stock(shop, v1_0=BROKEN, **{f"v1_{n}": WORKS if n > 8 else BROKEN for n in range(1, 12)})
    fixed = KnownFix(case="app/7", requirement="app>=1.9")
    known = {("app", f"1.{n}"): ("app/7",) for n in range(9)}
    advice = Remembered(fixes=(fixed,), failures=known)
    found = shop.fix(shop.wish(USES, "app==1.0"), "2023-05-01", quick=True, advice=advice)

    assert found.requirement_lines == ("app==1.9",)
    assert found.known == "app/7"
    assert found.verified
    assert found.probes == 2  # the failure and the fix: the record spares the rest


def test_a_nearer_release_than_the_record_names_is_found(shop: Shop) -> None:
    stock(shop, v1_0=BROKEN, v1_1=BROKEN, v1_2=WORKS, v2_0=BROKEN, v2_1=WORKS)
    fixed = KnownFix(case="app/7", requirement="app>=2.1")
    advice = Remembered(fixes=(fixed,))
    found = shop.fix(shop.wish(USES, "app==1.0"), "2023-05-01", quick=True, advice=advice)

    assert found.requirement_lines == ("app==1.2",)


def test_a_known_fix_that_does_not_help_gives_way_to_the_search(shop: Shop) -> None:
    stock(shop, v1_0=BROKEN, v1_1=BROKEN, v2_0=WORKS)
    fixes = (
        KnownFix(case="app/7", requirement="app==1.1"),
        KnownFix(case="other/1", requirement="other>=3"),
        KnownFix(case="app/8", requirement="restart the server"),
    )
    advice = Remembered(fixes=fixes)
    found = shop.fix(shop.wish(USES, "app==1.0"), "2023-05-01", quick=True, advice=advice)

    assert found.requirement_lines == ("app==2.0",)
    assert found.known == "app/7"


def test_a_known_pin_back_of_a_transitive_package_is_tried_as_it_stands(shop: Shop) -> None:
    shop.release("lib", "1.0", "2023-01-01", WORKS)
    shop.release("app", "1.0", "2023-01-01", "import lib\nworks = lib.works", requires=["lib"])
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    advice = Remembered(fixes=(KnownFix(case="lib/1", requirement="lib<2"),))
    found = shop.fix(shop.wish(USES, "app"), "2023-05-01", quick=True, advice=advice)

    assert found.requirement_lines == ("lib<2",)
    assert [(c.package, c.from_, c.to) for c in found.changes] == [("lib", "2.0", "1.0")]
    assert found.probes == 2


def test_a_known_fix_below_is_shown_beside_the_direct_dependency_that_helps_too(shop: Shop) -> None:
    shop.release("lib", "1.0", "2023-01-01", BROKEN)
    shop.release("app", "1.0", "2023-01-01", "import lib\nworks = lib.works", requires=["lib"])
    shop.release("lib", "1.1", "2023-01-02", WORKS)
    shop.release("app", "2.0", "2023-01-02", WORKS)
    advice = Remembered(fixes=(KnownFix(case="lib/1", requirement="lib>=1.1"),))
    locked = replace(shop.wish(USES, "app==1.0"), present=(("app", "1.0"), ("lib", "1.0")))
    found = shop.fix(locked, "2023-05-01", advice=advice)

    assert found.requirement_lines == ("lib>=1.1",)
    assert [way.requirement_lines for way in found.alternatives] == [("app==2.0",)]
    assert all(way.verified for way in found.alternatives)


def test_a_release_on_record_as_failing_is_passed_over(shop: Shop) -> None:
    stock(shop, v1_0=BROKEN, v1_1=WORKS, v1_2=WORKS)
    advice = Remembered(failures={("app", "1.1"): ("app/9",)})
    found = shop.fix(shop.wish(USES, "app==1.0"), "2023-05-01", quick=True, advice=advice)

    assert found.requirement_lines == ("app==1.2",)
    assert found.blemishes == ()


def test_a_release_on_record_is_taken_where_no_other_helps_and_that_is_said(shop: Shop) -> None:
    stock(shop, v1_0=BROKEN, v1_1=WORKS, v1_2=BROKEN)
    advice = Remembered(failures={("app", "1.1"): ("app/9",)})
    found = shop.fix(shop.wish(USES, "app==1.0"), "2023-05-01", quick=True, advice=advice)

    assert found.requirement_lines == ("app==1.1",)
    assert [(b.kind, b.ids, b.added) for b in found.blemishes] == [("failure", ("app/9",), True)]
    assert any("app 1.1 shows known failures: app/9" in note for note in found.notes)


def test_a_vulnerable_release_gives_way_to_the_next_sound_one(shop: Shop) -> None:
    stock(shop, v1_0=BROKEN, v1_1=WORKS, v1_2=WORKS, v2_0=WORKS, v2_1=WORKS)
    bad = {("app", version): ("TEST-1",) for version in ("1.0", "1.1", "1.2")}
    wish = shop.wish(USES, "app==1.0")
    found = shop.fix(wish, "2023-05-01", quick=True, advice=Remembered(advisories=bad))

    assert found.requirement_lines == ("app==2.0",)
    assert found.vulnerabilities == "checked"
    assert found.blemishes == ()


def test_holding_back_onto_a_vulnerable_release_is_the_second_choice(shop: Shop) -> None:
    shop.release("lib", "1.0", "2023-01-01", WORKS)
    shop.release("app", "1.0", "2023-01-01", "import lib\nworks = lib.works", requires=["lib"])
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    bad = Remembered(advisories={("lib", "1.0"): ("TEST-1",)})
    found = shop.fix(shop.wish(USES, "app"), "2023-05-01", advice=bad)

    assert found.requirement_lines == ("lib<2",)
    assert any("lib 1.0 has known vulnerabilities: TEST-1" in note for note in found.notes)


def test_an_upgrade_is_preferred_to_a_vulnerable_release_below(shop: Shop) -> None:
    shop.release("lib", "1.0", "2023-01-01", WORKS)
    shop.release("app", "1.0", "2023-01-01", "import lib\nworks = lib.works", requires=["lib"])
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    shop.release("app", "2.0", "2023-03-01", WORKS)
    fixes = (KnownFix(case="lib/1", requirement="lib<2"),)
    bad = Remembered(fixes=fixes, advisories={("lib", "1.0"): ("TEST-1",)})
    found = shop.fix(shop.wish(USES, "app==1.0"), "2023-05-01", advice=bad)

    assert found.requirement_lines == ("app==2.0",)
    (held,) = found.alternatives
    assert (held.case, held.verified, [b.ids for b in held.blemishes]) == (
        "lib/1",
        True,
        [("TEST-1",)],
    )


def test_what_was_not_looked_up_is_said(shop: Shop) -> None:
    stock(shop, v1_0=BROKEN, v1_1=WORKS)
    found = shop.fix(shop.wish(USES, "app==1.0"), "2023-05-01", quick=True)

    assert found.vulnerabilities == "not checked"
    assert any("vulnerabilities not checked" in note for note in found.notes)
