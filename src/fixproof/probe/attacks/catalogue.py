"""All attacks on a sandbox, by number."""

from fixproof.probe.attacks import asking, reaching, saying, using

ATTACKS = tuple(
    sorted(
        (*using.ATTACKS, *asking.ATTACKS, *reaching.ATTACKS, *saying.ATTACKS),
        key=lambda attack: attack.id,
    )
)
