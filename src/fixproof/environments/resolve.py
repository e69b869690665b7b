"""Requirements, a date and an interpreter → exact files, remembered so that nobody asks twice."""

import hashlib
import re
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from fixproof.environments import resolver
from fixproof.environments.disk import Scratch, age, disk_errors, read_checked, write_checked
from fixproof.environments.lock import UnlockableError, lock_of, read_lock, too_young
from fixproof.environments.web import Web
from fixproof.model.environments import Environment, Pin, Request
from fixproof.model.errors import PreparationError
from fixproof.model.runs import Stage, Unusable

_FORMAT = 3
_DAY = 86400.0
_OLDEST = (3, 6)  # uv can ask nothing older for its tags
_SETTLED = timedelta(hours=1)  # uploads older than this no longer appear out of the blue
_DETAIL = 8000
_LACKS_WHEELS = re.compile(r"no usable wheels|[Bb]uilding from source is disabled|--no-build")
_OFFLINE = "network was disabled"
# Offline, uv makes do with whatever older release it happens to have the metadata of.
_MISSED = re.compile(
    r"needs to be downloaded|Sending fresh|No cache entry|(network|connectivity) (was|is) disabled"
)
_CHATTER = re.compile(r"^(DEBUG|TRACE|INFO|WARN) .*\n?", re.MULTILINE)
_TROUBLE = re.compile(
    r"error sending request|dns error|connection|timed? ?out|tls|certificate|os error|"
    r"status (server error|client error \((401|403|407|408|429))|failed to fetch|broken|EOF|"
    r"received some unexpected (json|html|content)",  # a proxy's page is no index's either
    re.IGNORECASE,
)


class Answer(msgspec.Struct, kw_only=True):
    """What one question was answered with, as it is kept on disk."""

    made: float
    pins: tuple[Pin, ...] = ()
    build_pins: tuple[Pin, ...] = ()
    addresses: dict[str, str] = {}
    refused: Unusable | None = None
    lacks_wheels: bool = False  # refused only because nothing may be built


class Resolver:
    """Asks uv, from its cache first, then from the network; keeps every answer."""

    def __init__(self, cache: Path, *, web: Web, scratch: Scratch, offline: bool = False) -> None:
        self._settings = web.settings
        self._patience = web.patience
        self._scratch = scratch
        self._offline = offline
        self._answers = cache / "resolutions" / str(_FORMAT)
        self._metadata = cache / "uv"
        self._known: dict[str, Answer] = {}
        self._lock = threading.Lock()
        self.addresses: dict[str, str] = {}

    def recall(self, request: Request) -> Answer | None:
        """Find the answer to a question asked before."""
        key = self._key(request)
        with self._lock:
            answer = self._known.get(key)
        if answer is None and (content := read_checked(self._path(key))):
            try:
                answer = msgspec.json.decode(content, type=Answer)
            except msgspec.MsgspecError:
                return None
        if answer is None or not (self._offline or _holds(answer, request)):
            return None
        self._remember(key, answer)
        return answer

    def keep(self, request: Request, answer: Answer) -> None:
        """Remember an answer, here and on disk."""
        key = self._key(request)
        write_checked(self._path(key), msgspec.json.encode(answer))
        self._remember(key, answer)

    def ask_for_wheels(self, request: Request) -> Answer:
        """Choose among wheels only: no code of anybody's is run."""
        if refused := _refuse(request):
            return Answer(made=time.time(), refused=refused)
        with disk_errors("the resolver's scratch folder"), self._scratch.room() as room:
            said = self._compile(request, room)
        if said.code:
            lacks = bool(_LACKS_WHEELS.search(said.errors))
            return Answer(made=time.time(), refused=refusal(said.errors), lacks_wheels=lacks)
        return audited(said.output, request)

    def _compile(self, request: Request, room: Path) -> resolver.Said:
        arguments = [*compile_call(request, room, room), "--no-build"]
        asked = "\n".join(request.requirements)
        environment = resolver.variables(self._settings, self._metadata, patience=self._patience)
        # uv's own cached pages answer for every date before the cache began.
        if self._offline or self._is_before_cache(request):
            said = resolver.run(
                [*arguments, "--offline", "-v"],
                said=asked,
                environment=environment,
                folder=room,
            )
            if self._offline or (said.code == 0 and not _MISSED.search(said.errors)):
                return _offline_answer(said)
        return resolver.run(arguments, said=asked, environment=environment, folder=room)

    def _is_before_cache(self, request: Request) -> bool:
        """Tell whether every limit lies before the first page in uv's cache was read."""
        mark = self._metadata / "since"
        if not mark.exists():
            write_checked(mark, str(time.time()).encode())
            return False
        began = datetime.fromtimestamp(float(read_checked(mark) or time.time()), tz=UTC)
        return latest(request) < began - _SETTLED and began <= datetime.now(UTC)

    def _key(self, request: Request) -> str:
        """Name a question by all that decides its answer."""
        interpreter = request.interpreter
        content = [
            _FORMAT,
            resolver.version(),
            self._settings.identity,
            [interpreter.implementation, interpreter.version, interpreter.build],
            request.requirements,
            str(request.as_of),
            sorted((name, str(moment)) for name, moment in request.exempt),
            sorted(request.constraints),
            sorted(request.build_constraints),
            sorted(request.prereleases),
            sorted(request.preferences),
            request.compiled_builds,
        ]
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()

    def _path(self, key: str) -> Path:
        return self._answers / key[:2] / f"{key}.json"

    def _remember(self, key: str, answer: Answer) -> None:
        with self._lock:
            self._known[key] = answer
            self.addresses.update(answer.addresses)


def compile_call(request: Request, room: Path, out: Path) -> list[str]:
    """Lay down constraints and preferences as uv reads them; it rewrites what is in `out`."""
    arguments = resolver.compile_arguments(request)
    if request.constraints:
        constraints = room / "constraints.txt"
        constraints.write_text("\n".join(request.constraints))
        arguments += ["--constraints", str(constraints)]
    if request.preferences:
        before = out / "pylock.toml"
        before.write_text(lock_of(request.preferences))
        arguments += ["--output-file", str(before)]
    return arguments


def environment_of(answer: Answer, request: Request) -> Environment | Unusable:
    """Turn a kept answer into what the caller asked for."""
    if answer.refused:
        return answer.refused
    return Environment(
        interpreter=request.interpreter,
        pins=answer.pins,
        build_pins=answer.build_pins,
        as_of=request.as_of,
    )


def audited(text: str, request: Request) -> Answer:
    """Read a lock file and make sure that the date held."""
    try:
        lock = read_lock(text)
    except UnlockableError as error:
        refused = Unusable(stage=Stage.RESOLVE, reason=error.message)
        return Answer(made=time.time(), refused=refused)
    late = [f"{pin.name}=={pin.version}" for pin in too_young(lock.pins, request)]
    if late:
        reason = f"newer than the date, or undated: {', '.join(late)}"
        return Answer(made=time.time(), refused=Unusable(stage=Stage.RESOLVE, reason=reason))
    return Answer(made=time.time(), pins=lock.pins, addresses=lock.addresses)


def refusal(errors: str) -> Unusable:
    """Read why uv found nothing. Trouble on the way to the index is nobody's answer."""
    if _OFFLINE in errors:
        raise PreparationError(
            "packages are missing from the cache, and offline",
            hint="run once without --offline",
        )
    if "No solution found" not in errors and _TROUBLE.search(errors):
        raise PreparationError(
            f"the package index cannot be read: {_reason(errors)}",
            hint="check the network and the index settings of uv or pip",
        )
    return Unusable(stage=Stage.RESOLVE, reason=_reason(errors), detail=errors[-_DETAIL:])


def _reason(errors: str) -> str:
    """Say it in one line: uv's last cause that is not a hint."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(("cause:", "Caused by:", "╰─▶"))]
    said = (causes or lines or ["uv gave no reason"])[-1 if not causes else 0]
    return re.sub(r"^(cause:|Caused by:|error:|╰─▶)\s*", "", said)[:400]


def _offline_answer(said: resolver.Said) -> resolver.Said:
    """Refuse, offline, an answer that may only be what happened to be in the cache."""
    if said.code == 0 and _MISSED.search(said.errors):
        return replace(said, code=1, errors=_OFFLINE)
    return replace(said, errors=_CHATTER.sub("", said.errors))


def _refuse(request: Request) -> Unusable | None:
    """Turn away lines that are no plain requirement: options, paths, addresses."""
    if tuple(int(part) for part in request.interpreter.minor.split(".")) < _OLDEST:
        reason = f"too old a Python for the resolver: {request.interpreter.version}"
        return Unusable(stage=Stage.INTERPRETER, reason=reason)
    for line in (*request.requirements, *request.constraints, *request.build_constraints):
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            return Unusable(stage=Stage.RESOLVE, reason=f"not a requirement: {line[:200]!r}")
        if requirement.url:
            reason = f"not from the package index: {requirement.name}"
            return Unusable(stage=Stage.RESOLVE, reason=reason)
    return None


def latest(request: Request) -> datetime:
    """Find the latest moment at which an upload could change the answer."""
    far = datetime.max.replace(tzinfo=UTC)
    exact = pinned(request)
    limits = [request.as_of or far]
    limits += [moment or far for name, moment in request.exempt if name not in exact]
    return max(limits)


def pinned(request: Request) -> set[str]:
    """Find packages asked for in one exact version: new uploads do not change the choice."""
    parsed = [Requirement(line) for line in request.requirements]
    return {
        str(canonicalize_name(requirement.name))
        for requirement in parsed
        if any(s.operator == "==" and "*" not in s.version for s in requirement.specifier)
    }


def _holds(answer: Answer, request: Request) -> bool:
    """Tell whether an answer may still be given: for past dates a choice never changes."""
    passed = age(answer.made)
    if passed < _DAY:
        return True
    made = datetime.fromtimestamp(answer.made, tz=UTC)
    known = answer.refused is None and passed < float("inf")
    return known and latest(request) < made - _SETTLED


def without_builds(request: Request) -> Request:
    """Leave out what matters to builds only: the choice among wheels does not depend on it."""
    return replace(request, build_constraints=(), fresh_builds=False)
