"""One case as HTML, Markdown and JSON."""

from fixproof.pages import markdown, plain
from fixproof.pages.build import view_of
from fixproof.pages.markup import render
from fixproof.pages.page import CasePage
from fixproof.pages.versions import percent
from fixproof.pages.view import View

__all__ = ["CasePage", "render_html", "render_json", "render_markdown"]


def render_html(page: CasePage, *, home: str = "", forms: bool = False) -> str:
    """Render one self-contained file.

    `home` is the address of the site's front page. With `forms`, the Markdown, the JSON and
    the run records stand beside the page and are linked.
    """
    view = view_of(page)
    return render(
        "case.html",
        view=view,
        known=frozenset(page.records),
        contents=contents(view),
        own=percent(view.tally.own),
        home=home,
        forms=forms,
        posts=bool(page.feedback),
    )


def render_markdown(page: CasePage) -> str:
    """Render the same page as Markdown."""
    return markdown.document(view_of(page), frozenset(page.records))


def render_json(page: CasePage) -> str:
    """Render what the page knows as one JSON document."""
    return plain.document(page, view_of(page))


def contents(view: View) -> tuple[tuple[str, str], ...]:
    """List the sections that the page has, in order."""
    sections = (
        ("why", "Why", view.why.cause or view.why.isolated),
        ("production", "In production", view.production),
        ("reproduction", "See it fail", view.reproduction),
        ("signature", "What it looks like", view.looks),
        ("environment", "Environment", view.stage),
        ("options", "Ways out", view.ways),
        ("verify", "Verify it", view.verify),
        ("prevention", "Prevention", view.prevention),
        ("versions", "All releases", view.versions),
        ("interpreters", "Interpreters", view.matrix),
        ("related", "Related", view.related),
        ("discussion", "Discussion", view.discussion.excerpts or view.discussion.left_out),
        ("evidence", "Evidence", view.evidence),
        ("sources", "Sources", view.sources),
        ("worked", "Did it work?", True),
    )
    return tuple((anchor, name) for anchor, name, there in sections if there)
