"""A site of several cases: its files, its links, its front page."""

import json
import posixpath
from dataclasses import replace

from fixproof.pages.page import CasePage
from fixproof.workflows.site import build, linked
from tests.support_markup import parse
from tests.support_pages import made_up_page


def pages() -> tuple[CasePage, ...]:
    first = made_up_page()
    second = replace(first, case=replace(first.case, id="wobble/9", title="Another <one>"))
    other = replace(first, case=replace(first.case, id="gear/1", package="gear"))
    named = replace(second, case=replace(second.case, related=("gear/1", "gone/3")))
    return first, named, replace(other, proof=None, records={})


def built() -> dict[str, str]:
    files: dict[str, str] = {}
    build(pages(), files.__setitem__)
    return files


def test_each_case_has_its_page_in_three_forms() -> None:
    files = built()

    for case in ("wobble/7", "wobble/9", "gear/1"):
        assert {f"{case}/index.{form}" for form in ("html", "md", "json")} <= set(files)


def test_every_link_within_the_site_leads_to_a_file() -> None:
    files = built()
    for path, text in files.items():
        if not path.endswith(".html"):
            continue
        for href in parse(text).values("href"):
            if href.startswith(("#", "https://")):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), href))
            assert target in files, f"{path}: {href}"


def test_every_record_is_a_file_that_can_be_read() -> None:
    files = built()
    runs = {path: text for path, text in files.items() if "/runs/" in path}

    assert len(runs) == 2 * len(made_up_page().records)
    assert all(json.loads(text)["probe"] for text in runs.values())


def test_the_front_page_lists_every_case_with_its_answer() -> None:
    page = parse(built()["index.html"])
    listed = [e.text for e in page.all("li")]

    assert [e.text for e in page.all("h2")] == ["gear", "wobble"]
    assert len(listed) == 3
    assert "Another <one>" in page.all("main")[0].text
    assert sum("Upgrade wobble to 0.5.0 or newer." in text for text in listed) == 2
    assert page.faults == []


def test_what_was_built_is_counted() -> None:
    files: dict[str, str] = {}
    told = build(pages(), files.__setitem__)

    assert (told.pages, told.proven, told.files) == (3, 2, len(files))


def test_named_relatives_come_before_the_others_of_the_package() -> None:
    second = list(linked(pages()))[1]

    assert [r.id for r in second.related] == ["gear/1", "wobble/7"]
    assert second.related[0].href == "../../gear/1/index.html"


def test_an_empty_site_says_so() -> None:
    files: dict[str, str] = {}
    build((), files.__setitem__)

    assert "No cases yet." in files["index.html"]
