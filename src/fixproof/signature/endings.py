"""How a run ended to what it did wrong."""

from fixproof.model.failures import Failure, FailureKind
from fixproof.model.runs import Ending, Limit
from fixproof.signature import shapes
from fixproof.signature.crashes import signal_name, signal_of_status
from fixproof.signature.reading import Reading, read

_TAIL = 2_000


def failure_of(ending: Ending) -> Failure | None:
    """Tell what one run did wrong; None for a good exit, whatever it printed."""
    if ending.limit is not None:
        return _limited(ending)
    if ending.exit_code == 0 and ending.signal is None:
        return None
    said = read(ending.stderr.text, whole=True)
    crash = _crash(ending, said)
    return _crashed(said, crash) if crash else _raised(ending, said) or _exited(ending)


def _crash(ending: Ending, said: Reading) -> str | None:
    """Name what killed the process: in its own last words, else by its signal."""
    number = ending.signal or signal_of_status(ending.exit_code)
    if said.fatal and (number is not None or "Fatal Python" in said.fatal):
        return said.fatal
    # A status above 128 beside a traceback is the program's own choice.
    if number is not None and (ending.signal is not None or said.raised is None):
        return signal_name(number)
    return None


def _limited(ending: Ending) -> Failure:
    assert ending.limit is not None
    kind = FailureKind.TIMEOUT if ending.limit is Limit.WALL else FailureKind.LIMIT
    return Failure(kind=kind, crash=ending.limit.value, unread=_tail(ending.stderr.text))


def _crashed(said: Reading, name: str) -> Failure:
    raised = said.raised if said.raised is not None and said.fatal else None
    others = (
        said.others if raised is not None or said.raised is None else (*said.others, said.raised)
    )
    return Failure(
        kind=FailureKind.CRASH, raised=raised, others=others, crash=name, unread=said.unread
    )


def _raised(ending: Ending, said: Reading) -> Failure | None:
    """Prefer a whole traceback in either stream to a last line that only names an exception."""
    if said.raised is None or not said.raised.type:
        printed = read(ending.stdout.text, whole=True)
        if printed.raised is not None and printed.raised.type:
            said = printed
        elif (bare := shapes.raised(_last_line(ending.stderr.text))) and bare.strong:
            return _exception(said)
        else:
            return None
    return _exception(said)


def _exception(said: Reading) -> Failure:
    raised = said.raised if said.raised and said.raised.type else said.loose
    return Failure(
        kind=FailureKind.EXCEPTION, raised=raised, others=said.others, unread=said.unread
    )


def _exited(ending: Ending) -> Failure:
    said = ending.stderr.text.strip() or ending.stdout.text.strip()
    return Failure(
        kind=FailureKind.EXIT, crash=f"exit status {ending.exit_code}", unread=_tail(said)
    )


def _tail(text: str) -> str:
    return text.strip()[-_TAIL:]


def _last_line(text: str) -> str:
    return text.rstrip().rsplit("\n", 1)[-1]
