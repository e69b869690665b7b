"""The lines of an upgrade that mend the release one has: for who cannot upgrade."""

from collections.abc import Sequence

from fixproof.model.environments import Environment
from fixproof.model.repairs import Way
from fixproof.workflows.ask import Probe
from fixproof.workflows.fix_proof import Broken
from fixproof.workflows.isolate import REPLICATES, Ends, isolate_between

BUDGET = 60  # probes


def backported(broken: Broken, ways: Sequence[Way]) -> Way | None:
    """Patch the present release with the smallest part of the upgrade that makes it work.

    None where no upgrade of one package works, or no part of it does in the present environment.
    """
    ends = next(filter(None, (_ends(broken, way) for way in ways)), None)
    if ends is None:
        return None
    trials = broken.search.trials
    failing = trials.records(broken.lock)[0]
    isolation, overlay = isolate_between(trials, ends, failing, BUDGET)
    if not isolation.hunks:
        broken.search.edges.progress.say(f"no back-port: {isolation.reason}")
        return None
    probe = Probe(environment=ends.failing, job=trials.job, overlay=overlay)
    seen = trials.count(trials.prober.observe(probe, runs=REPLICATES))
    return Way(
        kind="backport",
        changes=(),
        requirement_lines=(),
        verified=seen.passes == seen.runs > 0,
        patched=f"{ends.package}=={isolation.from_}",
        hunks=isolation.hunks,
    )


def _ends(broken: Broken, way: Way) -> Ends | None:
    """Find both environments of an upgrade that moves one package from one release to another."""
    if not way.verified or way.kind != "upgrade" or len(way.changes) != 1:
        return None
    (change,) = way.changes
    if change.from_ is None or change.to is None:
        return None
    locks = broken.search.locks
    sides = [locks.get(n) for n in (broken.lock, broken.lock_with({change.package: change.to}))]
    failing, working = sides
    if not isinstance(failing, Environment) or not isinstance(working, Environment):
        return None
    return Ends(package=change.package, failing=failing, working=working)
