"""A site: which files a page becomes, and the front page over all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fixproof.pages.build import view_of
from fixproof.pages.case import CasePage, render_html, render_json, render_markdown
from fixproof.pages.markup import render
from fixproof.pages.provenance import Said
from fixproof.pages.runs import run_file, run_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the front page."""

    id: str
    package: str
    title: str
    status: str
    headline: Said
    affected: Said | None
    percent: str
    proved: str
    href: str


def files_of(page: CasePage) -> Iterator[tuple[str, str]]:
    """Yield every file of a page: its path below the site's root, and its text."""
    up = "../" * (page.path.count("/") + 1)
    yield f"{page.path}/index.html", render_html(page, home=f"{up}index.html", forms=True)
    yield f"{page.path}/index.md", render_markdown(page)
    yield f"{page.path}/index.json", render_json(page)
    for digest, record in page.records.items():
        yield f"{page.path}/{run_file(digest)}", run_json(record)


def render_index(entries: Sequence[Entry]) -> str:
    """Render the front page: packages in order, their cases below."""
    ordered = sorted(entries, key=lambda e: (e.package, e.id))
    packages = tuple(dict.fromkeys(e.package for e in ordered))
    grouped = tuple((p, tuple(e for e in ordered if e.package == p)) for p in packages)
    return render("index.html", groups=grouped, total=len(ordered), posts=False)


def entry(page: CasePage) -> Entry:
    """Reduce a page to its line on the front page."""
    view = view_of(page)
    return Entry(
        id=view.id,
        package=view.package,
        title=view.title,
        status=view.status,
        headline=view.answer.headline,
        affected=view.answer.affected,
        percent=view.answer.percent,
        proved=view.proved,
        href=f"{page.path}/index.html",
    )
