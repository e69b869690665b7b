"""How a build ended, in words: what went wrong in it, and what went wrong around it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fixproof.environments.resolve import refusal
from fixproof.environments.resolver import Said
from fixproof.environments.settings import without_addresses
from fixproof.model.errors import PreparationError
from fixproof.model.runs import Ending, Stage, Unusable

_DETAIL = 12_000
_FAILED = re.compile(
    r"Failed to (build|prepare|resolve requirements)|build backend|hit a limit|while building"
)
_BUILD_FOLDER = re.compile(r"/\S*/builds-v\d+/\.tmp\w+")
_TELLING = re.compile(r"[\w.]*(Error|Exception|Exit)\b.*|(fatal )?error:.*", re.IGNORECASE)


def said(ending: Ending, faults: Sequence[PreparationError], room: Path) -> Said:
    """Read how uv ended in the sandbox. The index's faults and the sandbox's are no answer."""
    if ending.exit_code == 0:
        return Said(code=0, output=ending.stdout.text, errors=ending.stderr.text)
    if faults:
        raise faults[0]
    errors = without_addresses(f"{ending.stdout.text}\n{ending.stderr.text}")
    errors = _BUILD_FOLDER.sub("<build>", errors.replace(f"{room}/", ""))
    if ending.limit:
        errors += f"\nerror: the build hit a limit: {ending.limit}"
    return Said(code=ending.exit_code or 1, output="", errors=errors)


def build_refusal(errors: str) -> Unusable:
    """Tell a failed build from an impossible choice."""
    if _FAILED.search(errors):
        return Unusable(stage=Stage.BUILD, reason=last_words(errors), detail=errors[-_DETAIL:])
    return replace(refusal(errors), stage=Stage.RESOLVE)


def last_words(errors: str) -> str:
    """Find the line that says what went wrong: the last of the build's own error output."""
    own = _own_output(errors)
    lines = [line.strip() for line in own.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.match(line)]
    because = [line for line in lines if line.startswith("cause: Because")]
    return (because or telling or lines or ["the build gave no reason"])[-1][:400]


def _own_output(errors: str) -> str:
    """Cut out what the build said: uv quotes it under a heading, or lets it through first."""
    said = errors.partition("\nhint:")[0]
    if "[stderr]" in said:
        return said.rpartition("[stderr]")[2]
    return said.rpartition("\nerror: ")[0].strip() or said
