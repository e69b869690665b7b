"""Where each statement of a page comes from, and how much of the page is our own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum

QUOTED_WORDS = 300  # never more of other people's words than this,
QUOTED_SHARE = 0.10  # nor than this share of the page

# Control characters, and the marks that reorder or hide text: shown as escapes, never obeyed.
_HARMFUL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_WORD = re.compile(r"\S*\w\S*")


class Provenance(StrEnum):
    """What stands behind a statement."""

    RAN = "ran"  # an execution: a run record
    CITED = "cited"  # a source that is quoted or linked
    WRITTEN = "written"  # a person's words


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One statement. `records` are digests of run records, `url` the source that is cited."""

    text: str
    by: Provenance
    records: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The words of a page by provenance."""

    ran: int = 0
    cited: int = 0
    written: int = 0

    @property
    def total(self) -> int:
        """All words that were counted."""
        return self.ran + self.cited + self.written

    @property
    def own(self) -> float:
        """The own content ratio: what was run or written here, of everything."""
        return (self.ran + self.written) / self.total if self.total else 0.0


def ran(text: str, *records: str) -> Said:
    """State what executions showed."""
    return Said(text=harmless(text), by=Provenance.RAN, records=records)


def cited(text: str, url: str) -> Said:
    """State what a source says."""
    return Said(text=harmless(text), by=Provenance.CITED, url=url)


def written(text: str) -> Said:
    """State what a person wrote for this page."""
    return Said(text=harmless(text), by=Provenance.WRITTEN)


def harmless(text: str) -> str:
    """Show control and reordering characters as escapes; leave line breaks and tabs."""
    return _HARMFUL.sub(lambda m: f"\\u{ord(m[0]):04x}", text.replace("\r\n", "\n"))


def words(text: str) -> int:
    """Count words: anything between spaces that holds a letter or a digit."""
    return len(_WORD.findall(text))


def tally(view: object) -> Tally:
    """Count the words of every statement that is reachable in a view."""
    counts = dict.fromkeys(Provenance, 0)
    for said in statements(view):
        counts[said.by] += words(said.text)
    return Tally(
        ran=counts[Provenance.RAN],
        cited=counts[Provenance.CITED],
        written=counts[Provenance.WRITTEN],
    )


def quotable(word_count: int) -> int:
    """How many words may be quoted beside so many others."""
    # q <= share * (others + q), so the budget holds with the quotes themselves counted in.
    return min(QUOTED_WORDS, int(word_count * QUOTED_SHARE / (1 - QUOTED_SHARE)))


def statements(view: object) -> Iterator[Said]:
    """Walk a view and yield its statements in order."""
    if isinstance(view, Said):
        yield view
    elif isinstance(view, tuple):
        for part in view:
            yield from statements(part)
    elif is_dataclass(view):
        for field in fields(view):
            yield from statements(getattr(view, field.name))
