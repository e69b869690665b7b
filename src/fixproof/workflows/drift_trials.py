"""Tries locks with the command and says, beside both ends, whether each works."""

from collections.abc import Callable, Mapping

from fixproof.model.evidence import RunRecord
from fixproof.model.outcomes import Verdict
from fixproof.model.repairs import FailureNote
from fixproof.model.runs import Job, Unusable
from fixproof.model.searches import Ask, Seen
from fixproof.strategy.drift import REPLICATES
from fixproof.verdict.expect import Expectation, expectation
from fixproof.verdict.judge import Yardstick, is_same, judge
from fixproof.verdict.showing import Showing, ending_name, showing
from fixproof.workflows.ask import Edges, Probe, Prober
from fixproof.workflows.drift_locks import Locks

SLOW = 4.0  # seconds of one run above which replicates cost more than they tell
SAID = 6000  # characters of a failure that suspicion reads


class Trials:
    """One command in many locks. `breaks`: any way of not working counts as failing."""

    def __init__(self, edges: Edges, locks: Locks, *, expect: str | None = None) -> None:
        self.edges = edges
        self.locks = locks
        # No one package is under test; the tree that the command sees is part of each probe.
        self.prober = Prober(edges, package=locks.wish.project)
        self.expectation: Expectation | None = expectation(expect) if expect else None
        self.yardstick: Yardstick | None = None
        self.unusable_fails = False
        self.trusting = False  # failures that look like the sandbox's count: the target does too
        self.tried: dict[str, tuple[RunRecord, ...]] = {}

    def answer(self, ask: Ask) -> Mapping[str, Seen]:
        """Answer a search whose keys are locks."""
        seen: dict[str, Seen] = {}

        def trial(lock: str) -> Callable[[], None]:
            def work() -> None:
                self.edges.progress.trying(lock[:12], ask.why)
                seen[lock] = self.see(lock, runs=ask.runs, alone=ask.alone)

            return work

        self.edges.workers.map([trial(lock) for lock in ask.keys])
        return seen

    def see(self, lock: str, *, runs: int = 1, alone: bool = False) -> Seen:
        """Try one lock and count what its runs showed."""
        records = self.records(lock, runs=runs, alone=alone)
        if unusable := records[0].unusable:
            if self.unusable_fails:
                return Seen(fails=max(runs, 1))
            return Seen(reason=f"{unusable.stage}: {unusable.reason}")
        return self.count(records)

    @property
    def job(self) -> Job:
        """The command."""
        return self.locks.wish.job

    @property
    def runs(self) -> int:
        """How often what is tried is run at first."""
        return 1

    def count(self, records: tuple[RunRecord, ...]) -> Seen:
        """Count what the runs of one environment showed."""
        if records[0].unusable:
            return Seen(reason=records[0].unusable.reason)
        judged = [self._judge(showing(record)) for record in records]
        return Seen(
            fails=judged.count(Verdict.FAILS),
            passes=judged.count(Verdict.PASSES),
            differs=judged.count(Verdict.DIFFERS),
            reason="inconclusive" if Verdict.UNTESTABLE in judged else "",
        )

    def records(self, lock: str, *, runs: int = 1, alone: bool = False) -> tuple[RunRecord, ...]:
        """Run a lock at least so often."""
        known = self.tried.get(lock, ())
        if known and (known[0].unusable or len(known) >= self._worth(known, runs)):
            return known
        found = self.locks.get(lock)
        if isinstance(found, Unusable):
            records: tuple[RunRecord, ...] = (_unusable(lock, found),)
        else:
            probe = Probe(environment=found, job=self.locks.wish.job)
            records = self.prober.observe(probe, runs=1, alone=alone)
            if (more := self._worth(records, runs)) > 1 and not records[0].unusable:
                records = self.prober.observe(probe, runs=more, alone=alone)
        self.tried[lock] = records
        return records

    def _worth(self, known: tuple[RunRecord, ...], runs: int) -> int:
        """Spare a slow command the usual replicates: only one that was seen to vary gets more."""
        slow = known[0].seconds > SLOW or known[0].limit is not None
        return 1 if slow and runs <= REPLICATES else runs

    @property
    def probes(self) -> int:
        """How many different locks were tried."""
        return len(self.tried)

    def works(self, lock: str) -> bool:
        """Tell whether the command works in a lock."""
        return self.see(lock).verdict is Verdict.PASSES

    def works_well(self, lock: str) -> bool:
        """Tell whether an end will do as the good one: another failure is no work either."""
        return self.works(lock) and (self.expectation is not None or self.is_clean(lock))

    def is_clean(self, lock: str) -> bool:
        """Tell whether all runs so far ended well, whatever they printed."""
        records = self.records(lock)
        return not records[0].unusable and all(showing(record).is_clean for record in records)

    def suspects(self, lock: str) -> tuple[str, ...]:
        """List the signs that the sandbox made a lock's failure; it counts all the same then.

        Whether it did is shown by other locks: one that works in the same sandbox clears it.
        """
        found = {sign for record in self.records(lock) for sign in record.suspects}
        self.trusting = bool(found)
        return tuple(sorted(found))

    def said(self, lock: str) -> str:
        """Collect what a failing lock said, for suspicion."""
        first = self.records(lock)[0]
        if first.unusable:
            return f"{first.unusable.reason}\n{first.unusable.detail}"[-SAID:]
        streams = [s.excerpt for s in (first.stdout, first.stderr) if s]
        return "\n".join(streams)[-SAID:]

    def note(self, lock: str) -> FailureNote | None:
        """Describe the failure that a lock shows; None where it works."""
        records = self.records(lock)
        if unusable := records[0].unusable:
            return _note_of(unusable)
        worst = next((r for r in records if self._judge(showing(r)) is not Verdict.PASSES), None)
        return _note(worst) if worst else None

    def _judge(self, shown: Showing) -> Verdict:
        if self.expectation:
            held = self.expectation.holds(shown.exit, shown.parts, shown.output)
            return Verdict.PASSES if held else Verdict.FAILS
        if self.yardstick:
            return judge(shown, self.yardstick)[0]
        if shown.is_clean:
            return Verdict.PASSES
        return Verdict.UNTESTABLE if shown.suspects and not self.trusting else Verdict.FAILS

    def measure(self, good: str, bad: str) -> str:
        """Look at both ends and choose what counts as failing; "" or why nothing can be told."""
        first, last = self.records(good), self.records(bad)
        self.unusable_fails = last[0].unusable is not None
        if first[0].unusable:
            return f"nothing can be run at the good end: {first[0].unusable.reason}"
        if self.expectation or last[0].unusable:
            return ""
        before, after = (tuple(map(showing, records)) for records in (first, last))
        self.trusting = any(shown.suspects for shown in after)
        if before[0].is_clean and not all(shown.is_clean for shown in after):
            return ""
        if is_same(before[0], after[0], errors=before[0].output == after[0].output):
            note = self.note(bad)
            return f"both ends show the same: {note.says if note else 'the command works'}"
        self.yardstick = Yardstick(target=after, reference=before)
        return ""


def _unusable(lock: str, why: Unusable) -> RunRecord:
    return RunRecord(probe=lock, attempt=0, environment=lock, pins=(), unusable=why)


def _note_of(unusable: Unusable) -> FailureNote:
    lines = [line for line in unusable.detail.splitlines() if line.strip()]
    return FailureNote(stage=unusable.stage, says=unusable.reason, search="\n".join(lines[-12:]))


def _note(record: RunRecord) -> FailureNote:
    signature = record.signature
    return FailureNote(
        stage="run",
        says=signature.search if signature else _last_line(record),
        signature=signature.same if signature else None,
        search=signature.search if signature else "",
        exit=ending_name(record),
    )


def _last_line(record: RunRecord) -> str:
    text = "\n".join(s.excerpt for s in (record.stdout, record.stderr) if s)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else f"exit {ending_name(record)}"
