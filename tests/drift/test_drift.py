"""`drift` over a local index, with real environments and a real sandbox."""

import pytest

from fixproof.model.errors import NotReproducedError
from tests.support_drift import Shop

USES = "import app, lib\nassert lib.works, 'lib is broken'\nprint(app.__version__)\n"
WORKS, BROKEN = "works = True", "works = False"


def stock(shop: Shop) -> None:
    shop.release("app", "1.0", "2023-01-01", requires=["lib>=1"])
    shop.release("lib", "1.0", "2023-01-01", WORKS)
    shop.release("other", "1.0", "2023-01-01")


def test_the_upload_is_named_with_its_time_its_way_in_and_its_line(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "1.1", "2023-02-01", WORKS)
    shop.release("lib", "2.0", "2023-03-01T12:34:56.789", BROKEN)
    shop.release("lib", "2.1", "2023-04-01", BROKEN)
    found = shop.drift(shop.wish(USES, "app"), "2023-01-10", "2023-05-01")

    (culprit,) = found.culprits
    assert (culprit.package, culprit.from_, culprit.to) == ("lib", "1.1", "2.0")
    assert culprit.uploaded is not None
    assert culprit.uploaded.isoformat() == "2023-03-01T12:34:56.789000+00:00"
    assert culprit.admitted_by == "app 1.0 declares lib>=1"
    assert culprit.failure is not None
    assert "lib is broken" in culprit.failure.says
    assert culprit.seen_today
    assert found.remedy == ("lib<2",)
    assert found.verified


def test_uploads_that_change_no_lock_cost_no_probe(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    for number in range(1, 20):
        shop.release("lib", f"0.{number}", f"2023-03-{number + 1:02}", WORKS)
    found = shop.drift(shop.wish(USES, "app"), "2023-01-10", "2023-05-01")

    assert found.culprits[0].to == "2.0"
    assert found.probes == 2


def test_stacked_breakers_are_peeled_in_the_order_in_which_they_came(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    shop.release("other", "1.5", "2023-03-15")
    shop.release("other", "2.0", "2023-04-01", "raise ImportError('other is broken')")
    program = "import other\n" + USES
    found = shop.drift(shop.wish(program, "app", "other"), "2023-01-10", "2023-05-01")

    assert [(c.package, c.to) for c in found.culprits] == [("lib", "2.0"), ("other", "2.0")]
    assert [c.seen_today for c in found.culprits] == [False, True]
    assert found.remedy == ("lib<2", "other<2")
    assert found.verified


def test_what_first_had_to_permit_the_culprit_is_its_gate(shop: Shop) -> None:
    shop.release("app", "1.0", "2023-01-01", requires=["lib<2"])
    shop.release("lib", "1.0", "2023-01-01", WORKS)
    shop.release("app", "1.1", "2023-02-01", requires=["lib<3"])
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    found = shop.drift(shop.wish(USES, "app"), "2023-01-10", "2023-05-01")

    (culprit,) = found.culprits
    assert (culprit.package, culprit.to) == ("lib", "2.0")
    assert [(g.package, g.from_, g.to) for g in culprit.gates] == [("app", "1.0", "1.1")]


def test_an_upload_that_moves_others_is_blamed_and_they_are_listed(shop: Shop) -> None:
    shop.release("app", "1.0", "2023-01-01", requires=["lib", "dropped"])
    shop.release("lib", "1.0", "2023-01-01", WORKS)
    shop.release("dropped", "1.0", "2023-01-01")
    shop.release("app", "1.1", "2023-02-01", requires=["lib"])
    found = shop.drift(shop.wish("import dropped\n" + USES, "app"), "2023-01-10", "2023-05-01")

    (culprit,) = found.culprits
    assert (culprit.package, culprit.to) == ("app", "1.1")
    assert culprit.admitted_by == "app"
    assert [(c.package, c.from_, c.to) for c in culprit.also_changed] == [("dropped", "1.0", None)]


def test_a_withdrawn_release_before_the_culprit_is_tried_and_held_back_too(shop: Shop) -> None:
    stock(shop)
    broken = {"lib.py": f"__version__ = '2.0'\n{BROKEN}\n"}
    shop.index.add("lib", "2.0", uploaded="2023-02-20", files=broken, yanked="broken")
    shop.release("lib", "2.1", "2023-03-01", BROKEN)
    found = shop.drift(shop.wish(USES, "app"), "2023-01-10", "2023-05-01")

    (culprit,) = found.culprits
    assert culprit.to == "2.1"
    assert culprit.yanked == ("2.0",)
    assert found.remedy == ("lib<2",)
    assert "withdrawn" in found.notes[0]


def test_without_a_good_end_it_walks_back_until_it_works(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "1.1", "2023-01-20", WORKS)
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    found = shop.drift(shop.wish(USES, "app"), None, "2023-05-01")

    assert found.culprits[0].to == "2.0"
    assert found.culprits[0].from_ == "1.1"


def test_silent_change_of_output_is_found_without_anybody_naming_an_error(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "1.1", "2023-02-01", "works = True\nsaid = 'one'")
    shop.release("lib", "1.2", "2023-03-01", "works = True\nsaid = 'two'")
    program = "import lib\nprint(getattr(lib, 'said', 'one'))"
    found = shop.drift(shop.wish(program, "app", "lib"), "2023-01-10", "2023-05-01")

    assert found.culprits[0].to == "1.2"


def test_an_expectation_decides_what_working_means(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "1.1", "2023-02-01", "works = True\nsaid = 'fine, two'")
    shop.release("lib", "1.2", "2023-03-01", "works = True\nsaid = 'poor'")
    program = "import lib\nprint(getattr(lib, 'said', 'fine, one'))"
    wish = shop.wish(program, "app", "lib", expect="^fine")
    found = shop.drift(wish, "2023-01-10", "2023-05-01")

    assert found.culprits[0].to == "1.2"


def test_a_release_that_nobody_can_install_is_not_blamed(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "1.5", "2023-02-15", WORKS, requires=["nowhere"])
    shop.release("lib", "1.6", "2023-02-16", WORKS)
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    found = shop.drift(shop.wish(USES, "app"), "2023-01-10", "2023-05-01")

    assert found.culprits[0].to == "2.0"


def test_the_upload_that_mends_it_is_named_too(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    shop.release("lib", "2.1", "2023-06-01", BROKEN)
    for number in range(8):
        shop.release("other", f"1.{number}", f"2023-05-0{number + 1}")
    shop.release("lib", "2.2", "2023-07-01T10:11:12", WORKS)
    shop.release("lib", "3.0", "2023-08-01", WORKS)
    wish = shop.wish(USES, "app", "other")
    found = shop.drift(wish, "2023-01-10", "2023-05-01", "2023-12-01")

    assert [c.to for c in found.culprits] == ["2.0"]
    assert found.heals is not None
    assert (found.heals.package, found.heals.from_, found.heals.to) == ("lib", "2.1", "2.2")
    assert found.heals.uploaded is not None
    assert found.heals.uploaded.isoformat() == "2023-07-01T10:11:12+00:00"
    assert found.heals.verified
    assert found.notes[-1].startswith("heals with lib 2.2, uploaded 2023-07-01 10:11:12 UTC")


def test_a_break_that_another_package_mends(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    shop.release("app", "1.1", "2023-06-01", requires=["lib<2"])
    found = shop.drift(shop.wish(USES, "app"), "2023-01-10", "2023-05-01", "2023-12-01")

    assert found.heals is not None
    assert (found.heals.package, found.heals.from_, found.heals.to) == ("app", "1.0", "1.1")
    assert [(c.package, c.to) for c in found.heals.also_changed] == [("lib", "1.0")]


def test_a_break_that_does_not_heal_is_said_not_to(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    shop.release("lib", "2.1", "2023-06-01", "works = False\n")
    found = shop.drift(shop.wish(USES, "app"), "2023-01-10", "2023-05-01", "2023-12-01")

    assert found.heals is None
    assert found.since.startswith("2023-12-01")
    assert "does not heal by 2023-12-01: AssertionError: lib is broken" in found.notes[-1]


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("2023-01-10", "2023-02-01", "both ends show the same: the command works"),
        ("2023-04-01", "2023-05-01", "both ends show the same: AssertionError: lib is broken"),
        ("2022-01-10", "2023-05-01", "nothing can be run at the good end"),
    ],
)
def test_ends_that_do_not_disagree_are_refused(
    shop: Shop, good: str, bad: str, problem: str
) -> None:
    stock(shop)
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    with pytest.raises(NotReproducedError, match=problem):
        shop.drift(shop.wish(USES, "app"), good, bad)


def test_another_failure_at_the_good_end_is_no_work_either(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    wish = shop.wish(USES + "raise KeyError('always')\n", "app")
    with pytest.raises(NotReproducedError, match="does not work at the good end either"):
        shop.drift(wish, "2023-01-10", "2023-05-01")


def test_two_locks_give_every_independent_culprit(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    shop.release("app", "1.1", "2023-03-01", requires=["lib<3"])
    shop.release("other", "2.0", "2023-04-01", "raise ImportError('other is broken')")
    for number in range(6):
        shop.release(f"filler{number}", "1.0", "2023-01-01")
        shop.release(f"filler{number}", "2.0", "2023-02-01")
    fillers = [f"filler{number}" for number in range(6)]
    good = dict.fromkeys(["app", "lib", "other", *fillers], "1.0")
    bad = {**dict.fromkeys(good, "2.0"), "app": "1.1"}
    found = shop.between(shop.wish("import other\n" + USES), good, bad)

    assert {(c.package, c.from_, c.to) for c in found.culprits} == {
        ("lib", "1.0", "2.0"),
        ("other", "1.0", "2.0"),
    }
    assert set(found.remedy) == {"lib==1.0", "other==1.0"}
    assert found.verified
    admitted = {c.package: c.admitted_by for c in found.culprits}
    assert admitted == {"lib": "app 1.1 declares lib<3", "other": ""}  # nothing asks for other


def test_two_locks_of_which_only_the_pair_fails(shop: Shop) -> None:
    stock(shop)
    shop.release("lib", "2.0", "2023-03-01", "works = True\nnew = True")
    shop.release("other", "2.0", "2023-04-01", "needs = 'new'")
    for number in range(5):
        shop.release(f"filler{number}", "1.0", "2023-01-01")
        shop.release(f"filler{number}", "2.0", "2023-02-01")
    program = (
        "import lib, other\n"
        "assert not (hasattr(lib, 'new') and hasattr(other, 'needs')), 'both moved'\n"
    )
    names = ["lib", "other", *(f"filler{number}" for number in range(5))]
    found = shop.between(
        shop.wish(program), dict.fromkeys(names, "1.0"), dict.fromkeys(names, "2.0")
    )

    assert {c.package for c in found.culprits} == {"lib", "other"}
    assert {g.package for c in found.culprits for g in c.gates} == {"lib", "other"}
    assert found.verified


def test_mixtures_that_fail_in_their_own_way_hide_no_culprit(shop: Shop) -> None:
    stock(shop)
    parts = ("core", "shell", "kernel")
    for number in (1, 2):
        for place, name in enumerate(parts):
            fits = "import {0}\nif {0}.__version__ != '{1}.0': raise ImportError('{0}')\n"
            source = "".join(fits.format(other, number) for other in parts[:place])
            shop.release(name, f"{number}.0", f"2023-0{number}-01", source)
    shop.release("other", "2.0", "2023-04-01", "works = False")
    for number in range(8):
        shop.release(f"filler{number}", "1.0", "2023-01-01")
        shop.release(f"filler{number}", "2.0", "2023-02-01")
    program = "import kernel, other\nassert getattr(other, 'works', True), 'other is broken'\n"
    names = [*parts, "other", *(f"filler{number}" for number in range(8))]
    found = shop.between(
        shop.wish(program), dict.fromkeys(names, "1.0"), dict.fromkeys(names, "2.0")
    )

    assert [(c.package, c.to) for c in found.culprits] == [("other", "2.0")]
    assert found.verified


def test_a_set_that_must_move_together_is_told_whole(shop: Shop) -> None:
    for name in ("left", "right"):
        shop.release(name, "1.0", "2023-01-01")
        shop.release(name, "2.0", "2023-02-01")
    program = """
import left, right
if left.__version__ != right.__version__:
    raise ImportError('the halves do not fit')
assert left.__version__ == '1.0', 'broken together'
"""
    names = ["left", "right"]
    found = shop.between(
        shop.wish(program), dict.fromkeys(names, "1.0"), dict.fromkeys(names, "2.0")
    )

    assert {c.package for c in found.culprits} == {"left", "right"}
    assert {g.package for c in found.culprits for g in c.gates} == {"left", "right"}
    assert all(c.failure and "broken together" in c.failure.says for c in found.culprits)
    assert set(found.remedy) == {"left==1.0", "right==1.0"}


def test_what_came_or_went_with_a_package_is_no_culprit_of_its_own(shop: Shop) -> None:
    shop.release("app", "1.0", "2023-01-01", "import old\nworks = True", requires=["old"])
    shop.release("app", "2.0", "2023-02-01", "import new\nworks = False", requires=["new"])
    for name in ("old", "new"):
        shop.release(name, "1.0", "2023-01-01")
    fillers = [f"filler{number}" for number in range(6)]
    for name in fillers:
        shop.release(name, "1.0", "2023-01-01")
        shop.release(name, "2.0", "2023-02-01")
    good = {"app": "1.0", "old": "1.0", **dict.fromkeys(fillers, "1.0")}
    bad = {"app": "2.0", "new": "1.0", **dict.fromkeys(fillers, "2.0")}
    program = "import app\nassert app.works, 'app is broken'\n"
    found = shop.between(shop.wish(program), good, bad)

    (culprit,) = found.culprits
    assert (culprit.package, culprit.from_, culprit.to) == ("app", "1.0", "2.0")
    moved = [(c.package, c.from_, c.to) for c in culprit.also_changed]
    assert moved == [("new", None, "1.0"), ("old", "1.0", None)]
    assert found.remedy == ("app==1.0",)
    assert found.verified


def test_a_dropped_dependency_is_laid_to_the_package_that_dropped_it(shop: Shop) -> None:
    shop.release("app", "1.0", "2023-01-01", requires=["helper"])
    shop.release("app", "2.0", "2023-02-01")
    shop.release("helper", "1.0", "2023-01-01")
    shop.release("other", "1.0", "2023-01-01")
    shop.release("other", "2.0", "2023-01-01")
    found = shop.between(
        shop.wish("import app, helper\n"),
        {"app": "1.0", "helper": "1.0", "other": "1.0"},
        {"app": "2.0", "other": "2.0"},
    )

    assert [(c.package, c.to) for c in found.culprits] == [("app", "2.0")]
    assert [(c.package, c.to) for c in found.culprits[0].also_changed] == [("helper", None)]


def test_what_nobody_requires_is_a_culprit_of_its_own(shop: Shop) -> None:
    stock(shop)
    shop.release("app", "2.0", "2023-02-01", requires=["lib"])
    found = shop.between(
        shop.wish("import app, other\n"),
        {"app": "1.0", "lib": "1.0", "other": "1.0"},
        {"app": "2.0", "lib": "1.0"},
    )

    assert [(c.package, c.from_, c.to) for c in found.culprits] == [("other", "1.0", None)]
    assert found.remedy == ("other==1.0",)


def test_a_requirement_that_does_not_apply_here_let_nothing_in(shop: Shop) -> None:
    stock(shop)
    shop.release("side", "1.0", "2023-01-01", requires=['lib ; python_version < "3"'])
    shop.release("more", "1.0", "2023-01-01", requires=['lib ; extra == "more"'])
    shop.release("none", "1.0", "2023-01-01", requires=['lib ; extra == "more"'])
    shop.release("lib", "2.0", "2023-03-01", BROKEN)
    wish = shop.wish(USES, "app", "side", "more[more]", "none")
    found = shop.drift(wish, "2023-01-10", "2023-05-01")

    assert found.culprits[0].admitted_by == (
        'app 1.0 declares lib>=1; more 1.0 declares lib; extra == "more"'
    )
