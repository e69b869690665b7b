"""`fix` over a local index, with real environments and a real sandbox."""

from dataclasses import replace

import pytest

from fixproof.model.errors import NotReproducedError
from fixproof.model.outcomes import Verdict
from tests.support_drift import Shop

USES = "import app\nassert app.works, 'app is broken'\nprint('ok')\n"
WORKS, BROKEN = "works = True", "works = False"
BY_LIB = "import lib\nworks = lib.works"


def lines(shop: Shop) -> None:
    """A pinned app whose releases 1.0 to 1.2 need what lib 2.0 took away."""
    shop.release("lib", "1.0", "2023-01-01", WORKS)
    for number in range(3):
        shop.release("app", f"1.{number}", f"2023-01-0{number + 1}", BY_LIB, requires=["lib"])
    shop.release("lib", "2.0", "2023-03-01", BROKEN)


def test_the_nearest_upgrade_of_a_pinned_package_is_found_and_proven(shop: Shop) -> None:
    lines(shop)
    for number in range(3, 8):
        shop.release("app", f"1.{number}", f"2023-03-0{number}", WORKS, requires=["lib"])
    found = shop.fix(shop.wish(USES, "app==1.0"), "2023-05-01")

    assert found.requirement_lines == ("app==1.3",)
    assert [(c.package, c.from_, c.to) for c in found.changes] == [("app", "1.0", "1.3")]
    assert found.verified
    assert [way.requirement_lines for way in found.alternatives] == [("lib<2",)]
    assert all(way.verified for way in found.alternatives)
    assert found.failure is not None
    assert "app is broken" in found.failure.says


def test_what_was_mended_in_the_present_line_too_needs_no_larger_step(shop: Shop) -> None:
    lines(shop)
    shop.release("app", "1.2.1", "2023-03-20", WORKS, requires=["lib"])
    for number in range(1, 6):
        source = WORKS if number > 3 else BY_LIB
        shop.release("app", f"2.{number}", f"2023-03-0{number}", source, requires=["lib"])
    found = shop.fix(shop.wish(USES, "app==1.2"), "2023-05-01")

    assert found.requirement_lines == ("app==1.2.1",)


def test_without_an_upgrade_the_culprit_is_held_back(shop: Shop) -> None:
    lines(shop)
    found = shop.fix(shop.wish(USES, "app"), "2023-05-01")

    assert found.requirement_lines == ("lib<2",)
    assert [(c.package, c.from_, c.to) for c in found.changes] == [("lib", "2.0", "1.0")]
    assert found.verified


def test_a_dependency_that_was_dropped_is_asked_for_by_name(shop: Shop) -> None:
    shop.release("app", "1.0", "2023-01-01", requires=["helper", "other"])
    shop.release("helper", "1.0", "2023-01-01")
    shop.release("other", "1.0", "2023-01-01")
    shop.release("app", "2.0", "2023-03-01")
    found = shop.fix(shop.wish("import app, helper\n", "app"), "2023-05-01")

    assert found.requirement_lines == ("helper",)
    assert [(c.package, c.from_, c.to) for c in found.changes] == [("helper", None, "1.0")]
    assert found.also_changed == ()
    assert found.verified
    assert [(way.kind, way.requirement_lines) for way in found.alternatives] == [
        ("hold", ("app<2",))
    ]


def test_a_module_that_nothing_ever_brought_is_not_called_another_kind_of_trouble(
    shop: Shop,
) -> None:
    shop.release("app", "1.0", "2023-01-01", "import helper")
    shop.release("app", "1.1", "2023-02-01", "import helper")
    found = shop.fix(shop.wish("import app\n", "app==1.0"), "2023-05-01")

    assert found.requirement_lines == ()
    assert not any("not a dependency" in note for note in found.notes)
    assert any("nothing here requires it" in note for note in found.notes)


def test_a_pin_that_is_hardly_older_than_the_break_can_still_be_walked_back(shop: Shop) -> None:
    lines(shop)
    shop.release("app", "1.5", "2023-02-27", BY_LIB, requires=["lib"])
    found = shop.fix(shop.wish(USES, "app==1.5"), "2023-05-01")

    assert found.requirement_lines == ("lib<2",)


def test_a_locked_package_on_the_failing_stack_is_upgraded_and_nothing_else(shop: Shop) -> None:
    shop.release("app", "1.0", "2023-01-01", "import lib\nworks = lib.works()", requires=["lib"])
    shop.release("lib", "1.0", "2023-01-01", "def works():\n    raise TypeError('lib is broken')")
    shop.release("lib", "1.1", "2023-02-01", "def works():\n    return True")
    shop.release("other", "1.0", "2023-01-01")
    shop.release("other", "2.0", "2023-02-01")
    wish = shop.wish(USES + "import other", "app", "other")
    locked = replace(wish, present=(("app", "1.0"), ("lib", "1.0"), ("other", "1.0")))
    found = shop.fix(locked, "2023-05-01", quick=True)

    assert found.requirement_lines == ("lib>=1.1",)
    assert [(c.package, c.from_, c.to) for c in found.changes] == [("lib", "1.0", "1.1")]
    assert found.also_changed == ()


def test_the_lines_of_the_upgrade_that_mend_the_pinned_release_are_a_last_resort(
    shop: Shop,
) -> None:
    filling = "\n".join(f"a{n} = {{0}}" for n in range(9))
    for version, works in (("1.0", "False"), ("1.1", "True")):
        new = version == "1.1"
        source = f"name = {new}\n{filling}\ndef use():\n    return {works}\n{filling}\nlast = {new}"
        shop.release("app", version, "2023-01-01", source.format(0))
    wish = shop.wish("import app\nassert app.use(), 'app is broken'\n", "app==1.0")
    found = shop.fix(wish, "2023-05-01", backport=True)

    assert found.requirement_lines == ("app==1.1",)
    (way,) = found.alternatives
    assert (way.kind, way.patched, way.verified) == ("backport", "app==1.0", True)
    (hunk,) = way.hunks
    assert (hunk.file, hunk.function) == ("app.py", "use")
    assert "+    return True" in hunk.diff


def test_quick_stops_at_the_first_way(shop: Shop) -> None:
    lines(shop)
    shop.release("app", "1.3", "2023-03-03", WORKS, requires=["lib"])
    found = shop.fix(shop.wish(USES, "app==1.0"), "2023-05-01", quick=True)

    assert found.requirement_lines == ("app==1.3",)
    assert found.alternatives == ()


def test_two_pinned_packages_that_must_move_together(shop: Shop) -> None:
    lines(shop)
    shop.release("app", "2.0", "2023-03-03", WORKS)
    shop.release("other", "1.0", "2023-01-01", BROKEN)
    shop.release("other", "1.1", "2023-01-01", WORKS)
    program = USES + "import other\nassert other.works, 'other is broken'\n"
    found = shop.fix(shop.wish(program, "app==1.2", "other==1.0"), "2023-05-01")

    assert set(found.requirement_lines) == {"app==2.0", "other==1.1"}
    assert found.verified


def test_a_range_is_raised_and_not_pinned(shop: Shop) -> None:
    lines(shop)
    shop.release("app", "2.0", "2023-03-03", WORKS)
    found = shop.fix(shop.wish(USES, "app<2"), "2023-05-01", quick=True)

    assert found.requirement_lines == ("app>=2.0",)


def test_a_bound_under_which_the_newest_breaks_again_becomes_a_pin(shop: Shop) -> None:
    lines(shop)
    shop.release("app", "2.0", "2023-03-03", WORKS)
    shop.release("app", "2.1", "2023-03-04", WORKS)
    shop.release("app", "3.0", "2023-03-05", BROKEN)
    found = shop.fix(shop.wish(USES, "app<2"), "2023-05-01", quick=True)

    assert found.requirement_lines == ("app==2.0",)


def test_neither_withdrawn_nor_unfinished_releases_are_proposed(shop: Shop) -> None:
    lines(shop)
    working = {"app.py": WORKS}
    shop.index.add("app", "1.3", uploaded="2023-03-03", files=working, yanked="oops")
    shop.index.add("app", "1.4rc1", uploaded="2023-03-04", files=working)
    found = shop.fix(shop.wish(USES, "app==1.2"), "2023-05-01")

    assert found.requirement_lines == ("lib<2",)


def test_uploads_after_the_day_do_not_exist_yet(shop: Shop) -> None:
    lines(shop)
    shop.release("app", "1.3", "2023-06-01", WORKS)
    found = shop.fix(shop.wish(USES, "app==1.2"), "2023-05-01")

    assert found.requirement_lines == ("lib<2",)


def test_an_upgrade_that_drags_others_back_yields_to_one_that_does_not(shop: Shop) -> None:
    lines(shop)
    shop.release("app", "1.3", "2023-03-03", BY_LIB, requires=["lib<2"])
    shop.release("app", "1.4", "2023-03-04", WORKS, requires=["lib"])
    found = shop.fix(shop.wish(USES, "app==1.2"), "2023-05-01", quick=True)

    assert found.requirement_lines == ("app==1.4",)
    assert found.also_changed == ()


def test_nothing_helps_is_said_with_what_was_tried(shop: Shop) -> None:
    lines(shop)
    shop.release("app", "2.0", "2023-03-03", WORKS)
    found = shop.fix(shop.wish("raise SystemExit('never worked')", "app==1.2"), "2023-05-01")

    assert not found.verified
    assert found.requirement_lines == ()
    assert found.tried
    ran = [a for a in found.attempts if a.stage == "run"]
    assert all(a.same and a.verdict is Verdict.FAILS for a in ran)
    assert any(a.as_of for a in ran)
    moved = [[(c.package, c.to) for c in a.changes] for a in ran if not a.as_of]
    assert [("app", "2.0"), ("lib", None)] in moved
    assert any("also occurs with app 2.0" in note for note in found.notes)
    assert any("not a dependency" in note for note in found.notes)


def test_a_command_that_works_in_a_clean_copy_is_no_case(shop: Shop) -> None:
    lines(shop)
    with pytest.raises(NotReproducedError, match="works in a clean copy"):
        shop.fix(shop.wish("print('ok')", "app"), "2023-05-01")
