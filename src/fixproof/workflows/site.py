"""`site build`: every case to its page, and a front page over all of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fixproof.evidence.statement import Statement
from fixproof.model.cases import Case
from fixproof.pages.page import CasePage
from fixproof.pages.site import entry, files_of, render_index
from fixproof.pages.view import Related

FRONT = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What was built."""

    pages: int
    proven: int
    files: int


def page_of(
    case: Case, statement: Statement | None, files: Mapping[str, bytes], *, folder: str
) -> CasePage:
    """Put a case, its evidence and its scripts together. `folder` is what commands name."""
    return CasePage(
        case=case,
        proof=statement.proof if statement else None,
        records=statement.records if statement else {},
        files={name: content.decode("utf-8", "replace") for name, content in files.items()},
        folder=folder,
    )


def build(pages: Sequence[CasePage], write: Callable[[str, str], None]) -> Built:
    """Write all pages, each linked with its relatives, then the front page."""
    count = 0
    for page in linked(pages):
        for path, text in files_of(page):
            write(path, text)
            count += 1
    write(FRONT, render_index(tuple(map(entry, pages))))
    return Built(pages=len(pages), proven=sum(p.proof is not None for p in pages), files=count + 1)


def linked(pages: Sequence[CasePage]) -> Iterable[CasePage]:
    """Relate each page to those that its case names and to the others of its package."""
    for page in pages:
        named = [p for name in page.case.related for p in pages if p.case.id == name]
        others = [p for p in pages if p.case.package == page.case.package and p not in named]
        near = [p for p in (*named, *others) if p is not page]
        yield replace(page, related=(*page.related, *(_related(page, p) for p in near)))


def _related(here: CasePage, there: CasePage) -> Related:
    up = "../" * (here.path.count("/") + 1)
    return Related(id=there.case.id, title=there.case.title, href=f"{up}{there.path}/{FRONT}")
