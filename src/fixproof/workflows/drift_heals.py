"""Breaks that heal later: the upload with which the command works again, nothing held back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fixproof.model.repairs import Change, Drift, Healing
from fixproof.strategy.drift import Break, find_heal
from fixproof.strategy.uploads import Ground, weigh
from fixproof.workflows.drift_locks import changed
from fixproof.workflows.drift_stage import Stage, span_of
from fixproof.workflows.drift_trials import Trials
from fixproof.workflows.drive import drive

CULPRITS = 6.0  # how much likelier than others it is that a culprit's next release mends it


def with_healing(found: Drift, trials: Trials, bad: datetime, until: datetime) -> Drift:
    """Look whether what is newest at `until` works, and if so since which upload."""
    edges, locks = trials.edges, trials.locks
    edges.progress.say(f"does it work again by {until:%Y-%m-%d}")
    locks.at(until)  # so that what only appears by then is among the names
    span = span_of(edges, locks.names, bad, until, {})
    stage = Stage(trials, span, ())
    broken = [one.package for one in found.culprits]
    healed = drive(find_heal(_weights(stage, broken), stage.lock_at), trials.answer)
    told = _told(stage, healed) if healed else None
    return replace(
        found,
        heals=told,
        since=until.isoformat(),
        notes=(*found.notes, _note(told, trials, stage, until)),
        probes=trials.probes,
        locks=locks.distinct,
        resolutions=len(locks.asked),
    )


def _weights(stage: Stage, broken: Sequence[str]) -> list[float]:
    """Suspect what moved since, and most of all the packages that broke it."""
    locks, span = stage.locks, stage.span
    first, last = stage.lock_at(0), stage.lock_at(len(span.uploads))
    ground = Ground(
        before={**locks.builders(first), **locks.versions(first)},
        after={**locks.builders(last), **locks.versions(last)},
        direct=locks.wish.direct,
        said=stage.trials.said(first),
    )
    plain = zip(span.uploads, weigh(span.uploads, ground), strict=True)
    return [weight * (CULPRITS if u.package in broken else 1.0) for u, weight in plain]


def _told(stage: Stage, found: Break) -> Healing:
    upload = stage.blame(found)
    before, after = stage.lock_at(found.last_good), stage.lock_at(found.first_bad)
    sides = [{**stage.locks.builders(n), **stage.locks.versions(n)} for n in (before, after)]
    return Healing(
        package=upload.package,
        from_=sides[0].get(upload.package),
        to=upload.version,
        uploaded=upload.when,
        also_changed=tuple(
            Change(package=name, from_=old, to=new)
            for name, (old, new) in changed(*sides).items()
            if name != upload.package
        ),
        verified=found.is_exact and not found.doubt,
    )


def _note(told: Healing | None, trials: Trials, stage: Stage, until: datetime) -> str:
    day = f"{until:%Y-%m-%d}"
    if told and told.uploaded:
        when = f"{told.uploaded:%Y-%m-%d %H:%M:%S UTC}"
        return f"heals with {told.package} {told.to}, uploaded {when}: without any hold it works"
    note = trials.note(stage.lock_at(len(stage.span.uploads)))
    return f"does not heal by {day}: " + (note.says if note else "the outcome is another one")
