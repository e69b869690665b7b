"""What the library and the index know, for `fix` to ask."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fixproof.cli.known import index_path, open_index
from fixproof.cli.places import cache_dir
from fixproof.environments.advisories import Advisories
from fixproof.environments.index import SimpleIndex
from fixproof.environments.web import Patience
from fixproof.library.index import Index
from fixproof.model.errors import PreparationError
from fixproof.model.releases import canonical
from fixproof.signature.known import Known
from fixproof.workflows.affected import is_affected
from fixproof.workflows.explain import explain, read_failure
from fixproof.workflows.fix_advice import KnownFix

MOST = 3  # known cases whose fix is tried
HASTY = Patience(attempts=2, total=20.0)  # advice must not hold up the search


class LibraryAdvice:
    """Known failures out of the index on this machine, vulnerabilities out of the package index."""

    def __init__(self, index: Index | None, advisories: Advisories) -> None:
        self._index = index
        self._advisories = advisories
        self._recorded: dict[str, list[Known]] = {}
        for known in index.recorded() if index else ():
            self._recorded.setdefault(canonical(known.package), []).append(known)

    def recognise(self, said: str, present: Mapping[str, str]) -> tuple[KnownFix, ...]:
        """Find the known cases that this failure is, those of other versions left out."""
        if self._index is None:
            return ()
        matches = explain(read_failure(said), self._index, present, MOST).matches
        return tuple(
            KnownFix(case=match.case, requirement=match.fix)
            for match in matches
            if match.affected is not False
        )

    def failing(self, package: str, version: str) -> tuple[str, ...]:
        """List the cases that say of a release that it shows them."""
        known = self._recorded.get(package, ())
        return tuple(one.key for one in known if is_affected(one, version))

    def vulnerable(self, package: str, version: str) -> tuple[str, ...] | None:
        """Ask the package index."""
        return self._advisories.of(package, version)


@contextmanager
def advice(cases: Path | None, *, offline: bool) -> Iterator[LibraryAdvice]:
    """Open what is known; without an index and without cases, nothing is."""
    web = SimpleIndex(cache_dir(), offline=offline, patience=HASTY).web
    advisories = Advisories(cache_dir(), web)
    index = _index(cases)
    if index is None:
        yield LibraryAdvice(None, advisories)
        return
    with index:
        yield LibraryAdvice(index, advisories)


def _index(cases: Path | None) -> Index | None:
    """Open the index where there is anything to open; a broken one costs only its advice."""
    if not (cases or index_path().is_file() or Path("cases").is_dir()):
        return None
    try:
        return open_index(cases)
    except PreparationError as error:
        print(f"warning: known failures left out: {error}", file=sys.stderr)
        return None
