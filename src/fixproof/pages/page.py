"""What a page is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fixproof.model.cases import Case
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import Proof
from fixproof.pages.view import Related


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """A case with all that stands behind it.

    `records` are the run records by digest; `files` the texts beside case.toml by name;
    `folder` where the case lives, for commands; `feedback` where answers are posted to
    (empty: the page is a static copy).
    """

    case: Case
    proof: Proof | None = None
    records: Mapping[str, RunRecord] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    related: tuple[Related, ...] = ()
    folder: str = ""
    feedback: str = ""

    def text(self, name: str) -> str:
        """Read a file of the case; empty when it has none of this name."""
        return self.files.get(name, "")

    @property
    def path(self) -> str:
        """Where the page stands in a site, without a slash at the end."""
        return self.case.id
