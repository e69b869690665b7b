"""The page in a real browser: widths, colour schemes, contrast, the policy, no requests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixproof.pages.case import render_html
from fixproof.pages.site import entry, render_index
from tests.support_browser import Tab, browser_path, tab
from tests.support_pages import made_up_page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser_path() is None, reason="no browser on this machine"),
]
WIDTHS = (320, 390, 768, 1280)
AA = 4.5  # WCAG AA, text of ordinary size

# Every element that holds text of its own: its colour against the nearest background, and where.
CONTRASTS = """
(() => {
  const numbers = (s) => s.match(/[\\d.]+/g).map(Number);
  const parse = (s) => [...numbers(s), 1].slice(0, 4);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const c = parse(getComputedStyle(at).backgroundColor);
      if (c[3] === 1) return c;
    }
    return [255, 255, 255, 1];
  };
  const worst = {};
  document.querySelectorAll('details').forEach((d) => { d.open = true });
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || ['SCRIPT', 'STYLE'].includes(e.tagName)) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const name = e.tagName + '.' + e.className;
    if (!(name in worst) || ratio < worst[name]) worst[name] = ratio;
  }
  return worst;
})()
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with tab(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("page") / "index.html"
    target.write_text(render_html(made_up_page(), forms=True, home="../index.html"))
    return target


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_at_the_side(browser: Tab, page: Path, width: int) -> None:
    browser.open(page, width=width)
    browser.ask("document.querySelectorAll('details').forEach((d) => { d.open = true })")

    assert browser.ask("innerWidth") == width
    assert browser.ask("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True])
def test_the_console_is_silent_and_nothing_is_asked_for(
    browser: Tab,
    page: Path,
    dark: bool,  # noqa: FBT001 - pytest passes parameters
) -> None:
    browser.open(page, width=1280, dark=dark)

    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]


def test_the_policy_bites(browser: Tab, page: Path, tmp_path: Path) -> None:
    tampered = tmp_path / "tampered.html"
    tampered.write_text(page.read_text().replace("<main>", "<main><script>window.ill = 1</script>"))

    browser.open(tampered, width=1280)

    assert browser.ask("typeof window.ill") == "undefined"
    assert "Content Security Policy" in "".join(browser.complaints())


def test_both_colour_schemes_are_served(browser: Tab, page: Path) -> None:
    shades = []
    for dark in (False, True):
        browser.open(page, width=1280, dark=dark)
        red = browser.ask("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
        shades.append(int(red))

    assert shades[0] > 240
    assert shades[1] < 40


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_has_enough_contrast(browser: Tab, page: Path, dark: bool) -> None:  # noqa: FBT001 - pytest passes parameters
    browser.open(page, width=1280, dark=dark)
    ratios = browser.ask(CONTRASTS)

    assert len(ratios) > 20
    assert {name: ratio for name, ratio in ratios.items() if ratio < AA} == {}


def test_the_answer_is_on_the_first_screen(browser: Tab, page: Path) -> None:
    browser.open(page, width=1280, height=900)

    assert browser.ask("document.querySelector('.answer').getBoundingClientRect().bottom") <= 900


def test_what_is_to_be_done_is_on_the_first_screen_of_a_phone(browser: Tab, page: Path) -> None:
    browser.open(page, width=390, height=844)

    assert (
        browser.ask("document.querySelector('.answer .do').getBoundingClientRect().bottom") <= 844
    )


def test_marks_are_large_enough_for_a_finger(browser: Tab, page: Path) -> None:
    browser.open(page, width=390)
    sizes = browser.ask(
        "[...document.querySelectorAll('a.cell')].map((e) => e.getBoundingClientRect())"
        ".map((r) => Math.min(r.width, r.height))"
    )

    assert min(sizes) >= 24


def test_a_link_to_a_run_opens_the_table_that_holds_it(browser: Tab, page: Path) -> None:
    browser.open(page, width=1280)
    browser.ask("document.querySelector('a.cell.at').click()")

    assert browser.ask("document.querySelector('tr:target').closest('details').open") is True
    assert browser.ask("document.querySelector('tr:target').getBoundingClientRect().height") > 0


def test_without_scripts_nothing_is_missing_but_the_copy_buttons(browser: Tab, page: Path) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(page, width=1280)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)

    assert browser.ask("document.querySelectorAll('button').length") == 0
    assert browser.ask("document.querySelectorAll('section').length") == 14


def test_long_code_scrolls_within_its_own_box(browser: Tab, page: Path) -> None:
    browser.open(page, width=390)
    wide = browser.ask(
        "[...document.querySelectorAll('pre')].filter((e) => e.scrollWidth > e.clientWidth).length"
    )

    assert wide > 0


def test_the_front_page_is_as_sound(browser: Tab, tmp_path: Path) -> None:
    front = tmp_path / "index.html"
    front.write_text(render_index([entry(made_up_page())]))

    for width in WIDTHS:
        browser.open(front, width=width)
        assert browser.ask("document.documentElement.scrollWidth") <= width
    assert browser.complaints() == []
    assert {k: v for k, v in browser.ask(CONTRASTS).items() if v < AA} == {}
