"""What a search asked and was answered so far; nothing is asked twice."""

from collections.abc import Generator, Iterable, Mapping

from fixproof.model.outcomes import Verdict
from fixproof.model.searches import Ask, Seen


class Ledger:
    """Answers by key, kept while one search runs."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self.verdicts: dict[str, Verdict] = {}
        self._decided: set[str] = set()

    def ask(
        self, keys: Iterable[str], *, why: str, soon: Iterable[str] = ()
    ) -> Generator[Ask, Mapping[str, Seen], None]:
        """Ask for what is not known yet, all at once."""
        fresh = tuple(key for key in dict.fromkeys(keys) if key not in self.seen)
        if not fresh:
            return
        later = tuple(k for k in dict.fromkeys(soon) if k not in self.seen and k not in fresh)
        answers = yield Ask(keys=fresh, soon=later, why=why)
        for key in fresh:
            self.note(key, answers.get(key))

    def note(self, key: str, seen: Seen | None) -> None:
        """Keep an answer; a key that was passed over counts as untestable."""
        self.seen[key] = seen or Seen(reason="not tried")
        if key not in self._decided:
            self.verdicts[key] = seen.verdict if seen else Verdict.UNTESTABLE

    def decide(self, key: str, verdict: Verdict) -> None:
        """Give a key the verdict that all runs together allow, whatever single ones say."""
        self._decided.add(key)
        self.verdicts[key] = verdict
