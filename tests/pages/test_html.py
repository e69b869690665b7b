"""The HTML page: its sections, its links, its policy, and what hostile text can do to it."""

import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixproof.model.cases import Quote, Source
from fixproof.model.findings import Culprit, Trigger
from fixproof.pages.build import view_of
from fixproof.pages.case import CasePage, contents, render_html
from fixproof.pages.markup import prose, safe_url
from fixproof.pages.provenance import Provenance, statements
from fixproof.pages.versions import percent
from tests.support_markup import Page, parse
from tests.support_pages import made_up_page

HOSTILE = '</code></pre><script>alert(1)</script><img src=x onerror="alert(2)">\x1b[2J\u202e`'
SECTIONS = [
    "why",
    "production",
    "reproduction",
    "signature",
    "environment",
    "options",
    "verify",
    "prevention",
    "versions",
    "interpreters",
    "discussion",
    "evidence",
    "sources",
    "worked",
]


def hostile_page(text: str = HOSTILE) -> CasePage:
    page = made_up_page()
    case, proof = page.case, page.proof
    assert proof
    assert proof.bisection.target
    assert proof.bisection.isolation
    (hunk,) = proof.bisection.isolation.hunks
    hunk = replace(hunk, file=text, function=text, diff=text)
    isolation = replace(proof.bisection.isolation, hunks=(hunk,))
    look = replace(proof.bisection.target, says=text, excerpt=text)
    rows = tuple(replace(r, says=text, reason=text) for r in proof.bisection.outcomes)
    bisection = replace(
        proof.bisection, isolation=isolation, target=look, outcomes=rows, notes=(text,)
    )
    option = replace(case.options[0], title=text, when=text, when_not=text, explanation=text)
    case = replace(
        case,
        title=text,
        symptom=text,
        cause=text,
        options=(option,),
        quotes=(Quote(text=text, url=f"javascript:{text}", by=text),),
        sources=(Source(url=f"https://a.test/{text}", title=text),),
    )
    proof = replace(proof, bisection=bisection, confidence_reason=text, tool=text)
    return replace(page, case=case, proof=proof, files={"repro.py": text}, folder=text)


def policy_of(page: Page) -> str:
    kinds = {
        e.attributes.get("http-equiv"): e.attributes["content"]
        for e in page.all("meta")
        if "content" in e.attributes
    }
    return kinds["Content-Security-Policy"]


def test_every_section_of_the_design_is_there_in_order() -> None:
    page = parse(render_html(made_up_page()))

    assert [e.attributes["id"] for e in page.all("section")] == SECTIONS


def test_the_page_is_well_formed() -> None:
    assert parse(render_html(made_up_page())).faults == []


def test_the_contents_list_the_sections_that_are_there() -> None:
    page = made_up_page()
    bare = replace(page, case=replace(page.case, prevention=(), quotes=()))
    listed = [anchor for anchor, _ in contents(view_of(bare))]

    assert listed == [e.attributes["id"] for e in parse(render_html(bare)).all("section")]
    assert "prevention" not in listed


def test_ids_are_unique_and_every_inner_link_has_its_target() -> None:
    page = parse(render_html(made_up_page()))
    ids = page.values("id")
    wanted = {h[1:] for h in page.values("href") if h.startswith("#")}

    assert len(ids) == len(set(ids))
    assert wanted <= set(ids)


def test_every_ran_statement_with_a_record_leads_to_it() -> None:
    made = made_up_page()
    page = parse(render_html(made))
    rows = {e.attributes["id"] for e in page.all("tr") if "id" in e.attributes}
    tags = [e for e in page.all("a") if e.attributes.get("class") == "tag ran"]
    led = {e.attributes["href"][1:] for e in tags}

    assert len(tags) > 10
    assert led - {"evidence"} <= rows
    assert {f"run-{digest[:16]}" for digest in made.records} <= rows


def test_a_mark_of_the_map_leads_to_its_run_and_says_its_verdict() -> None:
    page = parse(render_html(made_up_page()))
    cells = [e for e in page.all("a") if "cell" in e.attributes.get("class", "").split()]
    words = {e.attributes["aria-label"].split(": ")[1].split(",")[0].split(" (")[0] for e in cells}

    assert len(cells) == 11
    assert all(e.attributes["href"].startswith("#run-") for e in cells)
    assert words == {"broken", "good", "not testable"}


def test_each_verdict_has_a_shape_of_its_own() -> None:
    page = parse(render_html(made_up_page()))
    shapes = {e.attributes["id"] for e in page.all("symbol")}
    used = {e.attributes["href"][1:] for e in page.all("use")}

    assert shapes == {"fails", "passes", "differs", "untestable"}
    assert used <= shapes


def test_the_first_screen_answers_the_four_questions() -> None:
    page = parse(render_html(made_up_page()))
    answer = next(e for e in page.all("div") if e.attributes.get("class") == "answer").text

    assert "Upgrade wobble to 0.5.0 or newer." in answer
    assert "99.6 %" in answer
    assert "3 runs on each side of the boundary agreed." in answer
    assert "0.3.0 introduced" in answer
    assert "0.4.1 last bad" in answer
    assert "0.5.0 first fixed" in answer


def test_a_failure_that_another_package_triggered_says_so() -> None:
    made = made_up_page()
    assert made.proof
    trigger = Trigger(axis="dependency", name="gear", from_="3.1", to="3.2")
    culprit = Culprit(package="gear", from_="3.2", to="3.3")
    found = replace(made.proof.bisection, trigger=trigger, culprit=culprit)
    page = parse(render_html(replace(made, proof=replace(made.proof, bisection=found))))
    text = page.all("body")[0].text

    assert "Move gear to 3.3." in text
    assert "Triggered by a dependency: gear 3.1 to 3.2" in text
    assert "Flipped by: gear 3.2 to 3.3" in text


def test_tables_have_captions_and_their_headers_a_scope() -> None:
    page = parse(render_html(made_up_page()))

    assert len(page.all("caption")) == len(page.all("table")) > 3
    assert all(e.attributes.get("scope") in {"row", "col"} for e in page.all("th"))


def test_there_are_landmarks_and_a_way_past_them() -> None:
    page = parse(render_html(made_up_page()))

    assert [len(page.all(name)) for name in ("main", "h1")] == [1, 1]
    assert len([e for e in page.all("footer") if e.path == ("html", "body")]) == 1
    assert page.by_id("content").name == "div"
    assert next(e for e in page.all("a")).attributes["href"] == "#content"
    assert all("aria-label" in e.attributes for e in page.all("nav"))


def test_nothing_is_loaded_from_anywhere() -> None:
    text = render_html(made_up_page())
    page = parse(text)

    assert not page.values("src")
    assert not page.all("link")
    assert "url(" not in text
    assert "@import" not in text


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    page = parse(render_html(made_up_page()))
    policy = policy_of(page)

    def allowed(text: str) -> str:
        return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    (style,), (script,) = page.all("style"), page.all("script")
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src '{allowed(style.text)}'" in policy
    assert f"script-src '{allowed(script.text)}'" in policy
    assert "unsafe" not in policy


def test_hostile_text_stays_text() -> None:
    text = render_html(hostile_page(), forms=True)
    page = parse(text)

    assert page.faults == []
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not [
        a for e in page.elements for a in e.attributes if a.startswith("on") or a == "style"
    ]
    assert not [
        h for h in page.values("href") if not h.startswith(("#", "https://", "runs/", "index."))
    ]
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert page.by_id("why").text.count("<script>alert(1)</script>") >= 2


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_no_text_whatever_breaks_the_page(text: str) -> None:
    page = parse(render_html(hostile_page(text)))

    assert page.faults == []
    assert [e.attributes.get("class", "") for e in page.all("script")] == [""]


def test_prose_shows_what_is_between_backticks_as_code() -> None:
    assert prose("call `f(<x>)` & wait") == "call <code>f(&lt;x&gt;)</code> &amp; wait"
    assert prose("one ` alone") == "one ` alone"
    assert prose("one\n\ntwo") == "one</p><p>two"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", " https://a.test", 'https://a.test/"x', "//a.test"],
)
def test_only_web_addresses_are_linked(url: str) -> None:
    assert safe_url(url) == ""


def test_a_web_address_is_linked() -> None:
    assert safe_url("https://a.test/b?c#d") == "https://a.test/b?c#d"


def test_the_share_of_own_words_is_computed_from_the_page() -> None:
    made = made_up_page()
    view = view_of(made)
    longer = replace(made, case=replace(made.case, cause=made.case.cause + " word" * 200))

    assert view_of(longer).tally.written == view.tally.written + 200
    assert percent(view.tally.own) in parse(render_html(made)).all("footer")[-1].text


def test_the_diff_counts_as_the_package_authors_words() -> None:
    diffs = [s for s in statements(view_of(made_up_page())) if s.text.startswith("--- wobble")]

    assert [s.by for s in diffs] == [Provenance.CITED]


def test_quotes_beyond_the_budget_are_left_out_and_said_to_be() -> None:
    made = made_up_page()
    quotes = (Quote(text="word " * 250, url="https://a.test"), *made.case.quotes)
    view = view_of(replace(made, case=replace(made.case, quotes=quotes)))

    assert view.discussion.left_out == 1
    assert view.discussion.quoted <= view.discussion.budget
    assert [e.who for e in view.discussion.excerpts] == ["reporter"]


def test_a_case_that_nobody_ran_promises_nothing() -> None:
    made = made_up_page()
    page = parse(render_html(replace(made, proof=None, records={})))
    text = page.all("body")[0].text

    assert "nothing on this page is proven" in text
    assert "Not executed yet." in text
    tagged = [e for e in page.all("a") if e.attributes.get("class") == "tag ran"]
    assert tagged == []


def test_a_static_copy_asks_without_a_form() -> None:
    assert not parse(render_html(made_up_page())).all("form")


def test_a_served_page_posts_answers_to_its_own_site_only() -> None:
    page = parse(render_html(replace(made_up_page(), feedback="/wobble/7/feedback")))
    (form,) = page.all("form")

    assert form.attributes["action"] == "/wobble/7/feedback"
    assert "form-action 'self'" in policy_of(page)


def test_a_copy_that_stands_alone_links_no_other_files() -> None:
    page = parse(render_html(made_up_page()))

    assert not [h for h in page.values("href") if not h.startswith(("#", "https://"))]
