"""The usual judgements."""

from collections.abc import Iterable

from fixproof.model.runs import Limit
from fixproof.probe.attacks.bench import Attempt, Bench, Seen, Told

_SHOWN = 160


def short(text: str) -> str:
    """Fit what was observed into a table's cell."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN else f"{flat[:_SHOWN]} ..."


def answers(told: Told) -> str:
    """Summarise answers: each distinct one with how often it came."""
    if not told.answers:
        return short(f"no answer: {told.ending.stderr.text[-200:] or ended(told)}")
    kinds: dict[str, list[str]] = {}
    for label, answer in told.answers.items():
        kinds.setdefault(answer, []).append(label)
    return short("; ".join(f"{', '.join(labels)}: {answer}" for answer, labels in kinds.items()))


def ended(told: Told) -> str:
    """Say how a run ended."""
    ending = told.ending
    what = f"exit {ending.exit_code}" if ending.signal is None else f"signal {ending.signal}"
    return f"{what}, {ending.limit} limit" if ending.limit else what


def refused(payload: str, *arguments: str) -> Attempt:
    """Expect every attempt of a payload to fail, and nothing to stay."""

    def attempt(bench: Bench) -> Seen:
        return all_refused(bench.attempt(payload, *arguments))

    return attempt


def all_refused(told: Told, besides: Iterable[str] = ()) -> Seen:
    """Judge that nothing succeeded but what is harmless."""
    got_through = set(told.succeeded) - set(besides)
    contained = bool(told.answers) and not got_through and not told.leftovers
    return Seen(contained=contained, observed=answers(told))


def stopped(told: Told, *limits: Limit, within: float) -> Seen:
    """Judge that a limit ended the run in time, and that nothing is left."""
    ending = told.ending
    contained = ending.limit in limits and ending.seconds < within and not told.leftovers
    left = f", left: {len(told.leftovers)}" if told.leftovers else ""
    return Seen(contained=contained, observed=f"{ended(told)} after {ending.seconds:.2f} s{left}")


def amount(told: Told, label: str, bound: float) -> Seen:
    """Judge that something was used up to a bound and no further."""
    answer = told.answers.get(label, "").removeprefix("ok ")
    number = answer.split()[0] if answer else ""
    contained = number.isdigit() and int(number) <= bound and not told.leftovers
    return Seen(contained=contained, observed=short(answer or answers(told)))
