"""What one run showed, reduced to what verdicts compare, and the class that it belongs to."""

from dataclasses import dataclass

from fixproof.model.evidence import RunRecord
from fixproof.model.failures import Failure, Frame, Origin, Raised

READING = 5  # the version of what is read here from a failure: older records are not reused
ASKED_FOR = {
    "ImportError",
    "ModuleNotFoundError",
    "AttributeError",
    "NameError",
}
CALLED_WRONG = (
    "unexpected keyword argument",
    "positional argument",
    "required keyword-only argument",
)
SIGNALS = {4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """One run as verdicts see it.

    `exit` is the status, or the name of the signal or limit. `same` is the signature's level
    that tells one failure from another; None for a clean run. `missing` and `suspects` are
    reasons why a failure may say nothing about the release.
    """

    exit: int | str
    same: str | None = None
    parts: tuple[str, ...] = ()
    surface: str = ""
    output: str = ""
    errors: str = ""
    missing: str = ""
    suspects: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether the run ended well."""
        return self.exit == 0


def showing(record: RunRecord) -> Showing:
    """Read what verdicts compare out of a record of a run (not of a failed preparation)."""
    signature = record.signature
    return Showing(
        exit=ending_name(record),
        same=signature.same if signature else None,
        parts=signature.parts if signature else (),
        surface=signature.surface if signature else "",
        output=record.output,
        errors=record.errors,
        missing=record.missing,
        suspects=record.suspects,
    )


def ending_name(record: RunRecord) -> int | str:
    """Name how a run ended: its status, or the limit's or signal's name."""
    if record.limit:
        return record.limit
    if record.signal is not None:
        return SIGNALS.get(record.signal, f"signal {record.signal}")
    return record.exit_code if record.exit_code is not None else "unknown"


def api_missing(failure: Failure | None) -> str:
    """Say what the reproduction's own line asks for that is not there; "" when it is not that.

    An old or new release that lacks an API fails on the script's own line, for a reason that
    has nothing to do with the failure that is looked for.
    """
    if failure is None or failure.raised is None:
        return ""
    root = _innermost(failure.raised)
    frames = _without_fallbacks(root.frames)
    if not frames or not _asks(frames[-1]):
        return ""
    name = root.type.rsplit(".", 1)[-1]
    called_wrong = name == "TypeError" and any(words in root.message for words in CALLED_WRONG)
    if name in ASKED_FOR or called_wrong:
        return f"{name}: {root.message.splitlines()[0] if root.message else ''}"
    return ""


def _without_fallbacks(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Leave out an attribute look-up's own hook and what it calls: the caller asked."""
    for place, frame in enumerate(frames):
        beyond = frames[place + 1 :]
        hook = frame.function in {"__getattr__", "__getattribute__"}
        if hook and place and not any(f.origin is Origin.USER for f in beyond):
            return frames[:place]
    return frames


def _asks(frame: Frame) -> bool:
    """Whether the frame is the reproduction's and uses something, rather than raising itself."""
    return frame.origin is Origin.USER and not (frame.source or "").lstrip().startswith("raise")


def _innermost(raised: Raised) -> Raised:
    """Follow the surfaced exception through groups of one; the raise itself, not its context."""
    while len(raised.members) == 1:
        raised = raised.members[0]
    return raised
