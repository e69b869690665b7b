"""A made-up case and proof for pages: test data, nothing of it was ever run."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from fixproof.evidence.record import digest
from fixproof.model.cases import Case, FixOption, OptionKind, Prevention, Quote, Source, Summary
from fixproof.model.environments import Pin
from fixproof.model.evidence import Machine, RunRecord, Stream
from fixproof.model.failures import Signature
from fixproof.model.findings import (
    Bisection,
    Hunk,
    Isolation,
    OptionProof,
    Outlook,
    Proof,
    Shown,
)
from fixproof.model.outcomes import Verdict
from fixproof.model.runs import Stage, Unusable
from fixproof.pages.page import CasePage

HERE = "https://forge.test/acme/wobble"
FIRST_DAY = datetime(2021, 1, 4, 9, 0, tzinfo=UTC)
LETTER = {
    "F": Verdict.FAILS,
    "P": Verdict.PASSES,
    "D": Verdict.DIFFERS,
    "U": Verdict.UNTESTABLE,
}
HISTORY = (
    ("0.1.0", "U"),
    ("0.1.1", "U"),
    ("0.2.0", "P"),
    ("0.2.1", "P"),
    ("0.3.0", "F"),
    ("0.4.0", "F"),
    ("0.4.1", "F"),
    ("0.5.0", "P"),
    ("0.5.1", "U"),
    ("0.6.0", "P"),
    ("0.10.0", "P"),
)
BROKEN = """\
Traceback (most recent call last):
  File "/work/repro.py", line 12, in <module>
    main()
  File "/env/lib/python3.11/site-packages/wobble/core.py", line 7, in spin
    raise WobbleError("lost balance")
wobble.errors.WobbleError: lost balance
"""
SOUND = """\
Traceback (most recent call last):
  File "/work/repro.py", line 12, in <module>
    main()
ValueError: too heavy
"""
REASON = (
    "ImportError: cannot import name 'spin' from 'wobble' "
    "(/env/lib/python3.11/site-packages/wobble/machinery/of/considerable_length/__init__.py)"
)
DIFF = """\
--- wobble/core.py
+++ wobble/core.py
@@ -5,3 +5,4 @@
 def spin(load):
-    raise WobbleError("lost balance")
+    if load > LIMIT:
+        raise ValueError("too heavy")
     return load
"""
SCRIPT = '''\
# /// script
# dependencies = ["wobble"]
# ///
"""Spin something heavy."""
import wobble


def main():
    wobble.spin(load=99)  # "heavy" & <loud>


main()
'''


def record(
    version: str, verdict: Verdict, *, attempt: int = 0, python: str = "3.11.7", overlay: str = ""
) -> RunRecord:
    """Make a record of one run, or of a failed preparation."""
    bad = verdict is Verdict.FAILS
    pin = Pin(
        name="wobble",
        version=version,
        file=f"wobble-{version}-py3-none-any.whl",
        sha256="ab" * 32,
        uploaded=FIRST_DAY,
    )
    made = RunRecord(
        probe=f"probe-{version}-{python}-{overlay}",
        attempt=attempt,
        environment="e" * 64,
        pins=(pin,),
        overlay=overlay,
        as_of=FIRST_DAY,
        command=("python", "repro.py"),
        machine=Machine(
            python=python,
            implementation="cpython",
            build="main",
            system="Linux 6",
            architecture="x86_64",
            libc="glibc 2.36",
        ),
        isolation="bubblewrap",
        started=FIRST_DAY,
        seconds=0.25,
        exit_code=1,
        stderr=Stream(sha256="0" * 64, size=90, truncated=False, excerpt=BROKEN if bad else SOUND),
        signature=signature(verdict),
    )
    if verdict is Verdict.UNTESTABLE:
        return replace(
            made, signature=None, unusable=Unusable(stage=Stage.BUILD, reason="needs a compiler")
        )
    return made


def signature(verdict: Verdict) -> Signature:
    """Make the identity of a failure."""
    says = "WobbleError: lost balance" if verdict is Verdict.FAILS else "ValueError: too heavy"
    return Signature(
        recipe=1,
        exact=f"exact {says}",
        same=f"same {says}",
        family="family",
        search=says,
        surfaced=says,
        root=says,
    )


def shown(version: str, verdict: Verdict, records: dict[str, RunRecord], at: int = 0) -> Shown:
    """Make a row and its record."""
    made = record(version, verdict)
    records[digest(made)] = made
    tried = verdict is not Verdict.UNTESTABLE
    return Shown(
        version=version,
        uploaded=FIRST_DAY + timedelta(days=30 * at),
        verdict=verdict,
        exit=1 if tried else None,
        signature=signature(verdict).same if tried else None,
        runs=1 if tried else 0,
        confidence=0.98 if tried else 0.0,
        python="3.11",
        says=signature(verdict).search if tried else "",
        reason="" if tried else REASON,
        records=(digest(made),),
    )


def outlook(row: Shown, text: str) -> Outlook:
    """Describe an end of the search."""
    return Outlook(
        version=row.version,
        exit=row.exit,
        signature=row.signature,
        says=row.says,
        surfaced=row.says,
        root=row.says,
        excerpt=text,
        records=row.records,
    )


def made_up_case() -> Case:
    """A case as people write it."""
    return Case(
        id="wobble/7",
        package="wobble",
        title="Spinning fails with “lost balance” below the limit",
        bad="0.4.1",
        as_of=date(2021, 6, 1),
        report=Source(url=f"{HERE}/issues/7", title="Falls over", date=date(2021, 5, 2)),
        fix=Source(url=f"{HERE}/pull/8", title="Keep balance"),
        summary=Summary(evidence="2021-06-02.json", digest="c" * 64),
        symptom="Any call of `spin` falls over, whatever the load.",
        cause="The check of the load was lost when the core was rewritten.",
        remedy="The check is back, and names the load.",
        production="It shows on the first call of every process.",
        options=(
            FixOption(
                id="upgrade",
                kind=OptionKind.UPGRADE,
                title="Upgrade wobble",
                when="Nothing holds it back.",
                when_not="Something holds it back.",
                requirement="wobble>=0.5",
            ),
            FixOption(
                id="around",
                kind=OptionKind.WORKAROUND,
                title="Check before you spin",
                when="You cannot move.",
                when_not="You can move.",
                script="workaround.py",
                explanation="Ask for the load first.",
            ),
        ),
        prevention=(
            Prevention(
                title="A regression test",
                text="Fails on the broken releases.",
                code="def test_spin():\n    assert spin(1) == 1\n",
                language="python",
            ),
        ),
        quotes=(Quote(text="it just falls over", url=f"{HERE}/issues/7", by="reporter"),),
        sources=(Source(url=f"{HERE}/issues/7", title="The report"),),
    )


def made_up_page(history: tuple[tuple[str, str], ...] = HISTORY) -> CasePage:
    """A proven case with all its sections."""
    records: dict[str, RunRecord] = {}
    rows = {v: shown(v, LETTER[x], records, at) for at, (v, x) in enumerate(history)}
    patched = record("0.4.1", Verdict.PASSES, overlay="f" * 64)
    old = record("0.4.1", Verdict.FAILS, python="3.9.18")
    records |= {digest(patched): patched, digest(old): old}
    last_bad, fixed = rows["0.4.1"], rows["0.5.0"]
    bisection = Bisection(
        package="wobble",
        introduced="0.3.0",
        last_good="0.2.1",
        last_bad="0.4.1",
        first_fixed="0.5.0",
        recommended="0.5.0",
        outcomes=tuple(rows.values()),
        target=outlook(last_bad, BROKEN),
        reference=outlook(fixed, SOUND),
        isolation=Isolation(
            hunks_total=9,
            hunks_needed=1,
            hunks=(Hunk(file="wobble/core.py", function="spin", diff=DIFF),),
            from_="0.4.1",
            to="0.5.0",
            records=(digest(patched),),
        ),
    )
    proof = Proof(
        case="wobble/7",
        status="proven",
        bisection=bisection,
        interpreters=(
            replace(last_bad, python="3.11.7"),
            replace(fixed, python="3.11.7"),
            replace(last_bad, python="3.9.18", records=(digest(old),)),
        ),
        options=(
            OptionProof(
                option="upgrade",
                verdict=Verdict.PASSES,
                python="3.11",
                says="ValueError: too heavy",
                requirements=("wobble>=0.5",),
                records=fixed.records,
            ),
        ),
        confidence=0.9967,
        confidence_reason="3 runs on each side of the boundary agreed.",
        proved=datetime(2021, 6, 2, tzinfo=UTC),
        tool="fixproof 0.0",
    )
    return CasePage(
        case=made_up_case(),
        proof=proof,
        records=records,
        files={"repro.py": SCRIPT, "workaround.py": SCRIPT},
        folder="cases/pypi/wobble/7",
    )
