"""A small proven case, made the way `prove` makes one: runs first, then what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from fixproof.evidence.evidenced import overlay_digest
from fixproof.evidence.record import digest
from fixproof.evidence.rows import says, seen_of, told, version_in
from fixproof.evidence.standing import confidence_of, standing
from fixproof.evidence.statement import Statement, grounds_of
from fixproof.model.cases import Case, FixOption, OptionKind
from fixproof.model.evidence import RunRecord
from fixproof.model.findings import (
    Bisection,
    Hunk,
    Isolation,
    OptionProof,
    Outlook,
    Proof,
    Shown,
    Trigger,
)
from fixproof.model.outcomes import Verdict
from fixproof.model.releases import File, Release, Timeline
from fixproof.model.runs import Job
from fixproof.model.searches import Ask, Boundaries, Seen
from fixproof.strategy.bisect import find_boundaries
from fixproof.strategy.tree import ReleaseTree
from fixproof.verdict.judge import Yardstick
from fixproof.verdict.showing import ending_name, showing
from tests.support_evidence import STARTED, environment, record, sha

OOPS, CLEAN, OTHER = "ValueError: oops", "fine", "TypeError: another"
# what each release says; None: it cannot be tried
WORLD = {
    "0.8": None, "0.9": CLEAN, "1.0": CLEAN, "1.1": OOPS, "1.2": OOPS, "1.2.1": CLEAN,
    "1.3": OOPS, "1.4": OTHER, "1.5": CLEAN, "2.0rc1": CLEAN, "2.0": CLEAN,
}  # fmt: skip
YANKED = {"1.5"}
BAD, NEWEST = "1.2", "2.0"
SCRIPTS = {"repro.py": b"import demo\ndemo.run()\n", "around.py": b"import demo\ndemo.walk()\n"}
OVERLAY = (("demo/core.py", sha("patched core")), ("demo/old.py", "-"))


def uploaded(place: int) -> object:
    return STARTED + timedelta(days=place)


TIMELINE = Timeline(
    package="demo",
    releases=tuple(
        Release(
            version=version,
            files=(
                File(
                    name=f"demo-{version}.whl",
                    # 1.2.1 is a back-port: it came out after 1.3
                    uploaded=STARTED + timedelta(days=99 if version == "1.2.1" else place),
                    yanked=version in YANKED,
                ),
            ),
        )
        for place, version in enumerate(WORLD)
    ),
)


def runs(
    version: str, said: str, *, count: int = 3, script: str = "repro.py", overlay: str = ""
) -> tuple[RunRecord, ...]:
    job = Job(argv=("python", script), files=((script, SCRIPTS[script]),))
    return tuple(
        record(
            environment(("demo", version), ("other", "4.2")),
            attempt=n,
            says=said,
            exit_code=0 if said == CLEAN else 1,
            job=job,
            overlay=overlay,
        )
        for n in range(count)
    )


@dataclass(frozen=True, kw_only=True)
class World:
    """Runs of every release, and the yardstick that they are measured by."""

    tried: Mapping[str, tuple[RunRecord, ...]]
    yardstick: Yardstick

    def seen(self, version: str) -> Seen:
        if version not in self.tried:
            return Seen(reason="build: no compiler")
        return seen_of(self.tried[version], self.yardstick)


def world() -> World:
    tried = {version: runs(version, said) for version, said in WORLD.items() if said}
    yardstick = Yardstick(
        target=tuple(map(showing, tried[BAD])), reference=tuple(map(showing, tried[NEWEST]))
    )
    return World(tried=tried, yardstick=yardstick)


def tree() -> ReleaseTree:
    return ReleaseTree.of(TIMELINE, prereleases=True)


def boundaries(here: World) -> Boundaries:
    search = find_boundaries(tree(), BAD, newest=NEWEST, exhaustive=True)
    try:
        ask: Ask = next(search)
        while True:
            ask = search.send({key: here.seen(key) for key in ask.keys})
    except StopIteration as end:
        found: Boundaries = end.value
        return found


def digests(records: tuple[RunRecord, ...]) -> tuple[str, ...]:
    return tuple(map(digest, records))


def row(here: World, release: Release, confidence: float) -> Shown:
    listed = {
        "version": release.version,
        "uploaded": release.uploaded,
        "python": "3.11.7",
        "confidence": confidence,
        "yanked": release.is_yanked,
        "prerelease": release.is_prerelease,
    }
    records = here.tried.get(release.version)
    if records is None:
        return Shown(verdict=Verdict.UNTESTABLE, reason="build: no compiler", **listed)  # type: ignore[arg-type] # fields by name
    said = told(records, here.yardstick)
    return Shown(
        verdict=said.verdict,
        exit=said.exit,
        signature=said.signature,
        runs=said.runs,
        says=said.says,
        reason=said.reason,
        records=digests(records),
        **listed,  # type: ignore[arg-type] # fields by name
    )


def outlook(version: str, records: tuple[RunRecord, ...]) -> Outlook:
    first = records[0]
    signed = first.signature
    return Outlook(
        version=version,
        exit=ending_name(first),
        signature=signed.same if signed else None,
        says=says(first),
        surfaced=signed.surfaced if signed else "",
        root=signed.root if signed else "",
        output=first.stdout.excerpt if first.stdout else "",
        excerpt=first.stderr.excerpt if first.stderr else "",
        records=digests(records),
    )


CASE = Case(
    id="demo/7",
    package="Demo",
    title="demo says oops",
    bad=BAD,
    options=(
        FixOption(
            id="upgrade", kind=OptionKind.UPGRADE, title="Upgrade", when="Always.",
            when_not="Never.", requirement="demo>=1.5",
        ),
        FixOption(
            id="backport", kind=OptionKind.BACKPORT, title="Patch", when="Rarely.",
            when_not="Often.",
        ),
        FixOption(
            id="around", kind=OptionKind.WORKAROUND, title="Walk", when="Now.", when_not="Later.",
            script="around.py",
        ),
    ),
)  # fmt: skip


def option_runs(last_bad: str) -> dict[str, tuple[RunRecord, ...]]:
    return {
        "upgrade": runs("2.0", CLEAN),
        "backport": runs(last_bad, CLEAN, overlay=overlay_digest(OVERLAY)),
        "around": runs(last_bad, CLEAN, script="around.py"),
    }


def bisection(here: World) -> Bisection:
    found = boundaries(here)
    assert found.last_bad
    assert found.first_fixed
    patched = runs(found.last_bad, CLEAN, overlay=overlay_digest(OVERLAY))
    halves = runs(found.last_bad, OOPS, count=1, overlay=overlay_digest(OVERLAY[:1]))
    return Bisection(
        package="demo",
        introduced=found.introduced,
        last_good=found.last_good,
        last_bad=found.last_bad,
        first_fixed=found.first_fixed,
        recommended=found.recommended,
        also_fixed=found.also_fixed,
        trigger=Trigger(axis="release", name="demo", from_=found.last_good, to=found.introduced),
        monotonic=found.monotonic,
        outcomes=tuple(row(here, r, found.confidence) for r in TIMELINE.releases),
        target=outlook(BAD, here.tried[BAD]),
        reference=outlook(NEWEST, here.tried[NEWEST]),
        isolation=Isolation(
            hunks_total=5,
            hunks_needed=2,
            hunks=(
                Hunk(file="demo/core.py", function="run", diff="-oops\n+fine\n"),
                Hunk(file="demo/old.py", function="", diff="-gone\n"),
            ),
            from_=found.last_bad,
            to=found.first_fixed,
            records=digests((*halves, *patched)),
            overlay=OVERLAY,
        ),
        open=found.open,
        python="3.11.7",
        confidence=found.confidence,
    )


def statement(here: World | None = None) -> Statement:
    here = here or world()
    found = bisection(here)
    assert found.last_bad
    seen = {r.version: here.seen(r.version) for r in TIMELINE.releases}
    sure, reason = confidence_of(found, seen, bad=BAD)
    options = option_runs(found.last_bad)
    proof = Proof(
        case=CASE.id,
        status=standing(found, seen),
        bisection=replace(found, confidence=sure),
        options=tuple(
            OptionProof(
                option=name,
                verdict=Verdict.PASSES,
                python="3.11.7",
                says=says(records[0]),
                requirements=(f"demo=={version_in(records[0], 'demo')}",),
                records=digests(records),
            )
            for name, records in options.items()
        ),
        confidence=sure,
        confidence_reason=reason,
        proved=STARTED,
        tool="fixproof 0",
    )
    half = runs(found.last_bad, OOPS, count=1, overlay=overlay_digest(OVERLAY[:1]))
    everything = [r for group in (*here.tried.values(), *options.values(), half) for r in group]
    records = {digest(r): r for r in everything}
    grounds = grounds_of(
        proof,
        records,
        bad=BAD,
        newest=NEWEST,
        expect=None,
        yardstick=here.yardstick,
        tree=tree(),
        timeline=TIMELINE,
        files={name: sha(content.decode()) for name, content in SCRIPTS.items()},
    )
    return Statement(proof=proof, grounds=grounds, records=records)


def proven(data: bytes, made: Statement) -> Case:
    """The case as `prove` leaves it behind."""
    from fixproof.evidence.check import summary_of
    from fixproof.model.cases import Status

    summary = summary_of(made.proof.bisection, evidence="proof.json", statement=data)
    return replace(CASE, status=Status(made.proof.status), summary=summary)
