"""Source distributions: chosen and built inside the sandbox, for other people's code runs there."""

import hashlib
import os
import shutil
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fixproof.environments import build_words, resolver
from fixproof.environments.built import Built, BuiltWheels, by_pins, by_question
from fixproof.environments.disk import Scratch, disk_errors
from fixproof.environments.index import SimpleIndex
from fixproof.environments.relay import Relay, Shelf
from fixproof.environments.resolve import Answer, audited, compile_call, latest
from fixproof.environments.store import WheelStore
from fixproof.model.environments import Environment, Interpreter, Pin, Place, Request
from fixproof.model.errors import PreparationError
from fixproof.model.runs import Ending, Job, Limits, Stage, Unusable

_LIMITS = Limits(
    wall=1200.0,
    cpu=2400.0,
    memory=4 * 1024**3,
    processes=512,
    open_files=4096,
    file_size=1024**3,
    disk=4 * 1024**3,
    output=2 * 1024**2,
)
# The relay is patient with the index, so that uv need not be.
_VARIABLES = (("UV_LINK_MODE", "copy"), ("UV_HTTP_TIMEOUT", "600"), ("UV_HTTP_RETRIES", "0"))
_WHEEL_LIMIT = 1024**3
_INSIDE = Path(__file__).with_name("inside.py")


class Contained(Protocol):
    """A sandbox that can show a door and folders."""

    def run(
        self,
        job: Job,
        place: Place,
        *,
        door: Path | None = None,
        writable: Mapping[str, Path] | None = None,
        readable: Mapping[str, Path] | None = None,
    ) -> Ending:
        """Run once, contained and limited."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What one run in the sandbox left: uv's answer, files, and what it was served."""

    said: resolver.Said
    served: tuple[Pin, ...]


class Workshop:
    """Resolves and builds with other people's build code, contained."""

    def __init__(
        self,
        cache: Path,
        *,
        sandbox: Contained,
        index: SimpleIndex,
        store: WheelStore,
        scratch: Scratch,
        bare: Callable[[Interpreter], Place],
    ) -> None:
        self._cache = cache
        self._made = BuiltWheels(cache)
        self._sandbox = sandbox
        self._index = index
        self._store = store
        self._scratch = scratch
        self._bare = bare
        self._shelf = Shelf(cache, index=index, scratch=scratch)

    def choose(self, request: Request) -> Answer:
        """Choose among wheels and sources, and build every source that was chosen."""
        with disk_errors("a build"), self._scratch.room() as room:
            arguments = compile_call(request, room, _open_folder(room / "out"))
            asked = room / "requirements.txt"
            _write_lines(asked, request.requirements)
            arguments[arguments.index("-")] = str(asked)
            arguments += _build_constraints(request, room)
            work = self._run(request, arguments, room)
        if work.said.code:
            return Answer(made=time.time(), refused=build_words.build_refusal(work.said.errors))
        return self._with_sources_built(audited(work.said.output, request), request)

    def find(self, pin: Pin, environment: Environment) -> str | None:
        """Find the digest of the wheel that an environment's source was built into."""
        kept = self._made.recall(by_pins(pin, environment.interpreter, environment.build_pins))
        return kept.wheel if kept else None

    def rebuild(self, pin: Pin, environment: Environment) -> str | Unusable:
        """Build a source again with exactly what built it, and return the wheel's digest."""
        exact = tuple(f"{each.name}=={each.version}" for each in environment.build_pins)
        request = Request(
            requirements=(),
            interpreter=environment.interpreter,
            as_of=environment.as_of,
            build_constraints=exact,
        )
        built = self._build(pin, request)
        if isinstance(built, Unusable):
            return built
        self._made.keep(by_pins(pin, environment.interpreter, environment.build_pins), built)
        return built.wheel

    def _with_sources_built(self, answer: Answer, request: Request) -> Answer:
        made: dict[str, Built] = {}
        self._check(answer, request)
        for pin in answer.pins:
            if pin.file.endswith(".whl"):
                continue
            built = self._compiled(pin, request) or self._built(pin, request)
            if isinstance(built, Unusable):
                return Answer(made=time.time(), refused=built)
            made[pin.sha256] = built
        pins = {p.sha256: p for built in made.values() for p in built.build_pins}
        together = tuple(sorted(pins.values(), key=lambda pin: (pin.name, pin.version)))
        for pin in answer.pins:
            if pin.sha256 in made:
                self._made.keep(by_pins(pin, request.interpreter, together), made[pin.sha256])
        answer.build_pins = together
        return answer

    def _check(self, answer: Answer, request: Request) -> None:
        """Hold the lock file against the index: strangers' code ran beside the resolver."""
        for pin in answer.pins:
            listed = {f.name: f for f in self._index.covering(pin.name, latest(request)).files}
            found = listed.get(pin.file)
            if found is None or found.sha256 != pin.sha256:
                raise PreparationError(f"chosen in the sandbox, but not on the index: {pin.file}")
            answer.addresses[pin.sha256] = found.url

    def _compiled(self, pin: Pin, request: Request) -> Unusable | None:
        """Refuse what takes a compiler and minutes, where the question does not want that."""
        if request.compiled_builds:
            return None
        releases = self._index.timeline(pin.name).releases
        files = (file.name for release in releases for file in release.files)
        if not any(name.endswith(".whl") and not name.endswith("-any.whl") for name in files):
            return None
        minor = request.interpreter.minor
        reason = f"no wheel for Python {minor}, and the package is compiled: {pin.file}"
        return Unusable(stage=Stage.BUILD, reason=reason)

    def _built(self, pin: Pin, request: Request) -> Built | Unusable:
        """Find or make the wheel of a source under this question's conditions."""
        key = by_question(pin, request)
        kept = None if request.fresh_builds else self._made.recall(key)
        if kept and self._store.find(kept.wheel):
            return kept
        built = self._build(pin, request)
        if isinstance(built, Built):
            self._made.keep(key, built)
        return built

    def _build(self, pin: Pin, request: Request) -> Built | Unusable:
        with disk_errors(f"the build of {pin.file}"), self._scratch.room() as room:
            source = self._shelf.file(pin.sha256, self._index.locate(pin), pin.size)
            shutil.copyfile(source, room / pin.file)
            out = _open_folder(room / "out")
            work = self._run(request, _build_arguments(pin, request, room), room)
            if work.said.code:
                return build_words.build_refusal(work.said.errors)
            return self._taken(pin, out, work.served)

    def _taken(self, pin: Pin, out: Path, served: tuple[Pin, ...]) -> Built | Unusable:
        """Take the wheel out of the folder that a stranger's code could write to."""
        wheels = sorted(path for path in out.iterdir() if path.name.endswith(".whl"))
        if len(wheels) != 1:
            return Unusable(stage=Stage.BUILD, reason=f"{pin.file}: no wheel came of it")
        name = wheels[0].name
        try:
            content = _read_plain(wheels[0])
        except OSError as error:
            return Unusable(stage=Stage.BUILD, reason=f"{name}: {error.strerror}")
        wheel = out.parent / "taken"
        wheel.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        contents = self._store.add(wheel, name, digest)
        if isinstance(contents, Unusable):
            return contents
        return Built(wheel=digest, name=name, build_pins=served)

    def _run(self, request: Request, arguments: Sequence[str], room: Path) -> _Work:
        tool = self._tool()
        with (
            self._scratch.room() as porch,
            Relay(self._index, self._shelf, latest(request), porch) as relay,
        ):
            argv = ["python", "inside.py", str(relay.door), "uv", str(tool / "uv"), *arguments]
            job = Job(
                argv=tuple(argv),
                files=(("inside.py", _INSIDE.read_bytes()),),
                variables=_VARIABLES,
                limits=_LIMITS,
            )
            out = room / "out"
            ending = self._sandbox.run(
                job,
                self._bare(request.interpreter),
                door=relay.door,
                readable={str(tool): tool, str(room): room},
                writable={str(out): out},
            )
            return _Work(said=build_words.said(ending, relay.faults, room), served=relay.served)

    def _tool(self) -> Path:
        """Have uv's binary in a folder of its own: nothing else of ours is shown inside."""
        folder = self._cache / "tools" / f"uv-{resolver.version()}"
        if not (folder / "uv").exists():
            folder.mkdir(parents=True, exist_ok=True)
            with self._scratch.room() as room:
                shutil.copy2(resolver.binary(), room / "uv")
                (room / "uv").replace(folder / "uv")
        return folder


def _build_arguments(pin: Pin, request: Request, room: Path) -> list[str]:
    said = ["build", "--wheel", str(room / pin.file), "--out-dir", str(room / "out")]
    said += ["--no-config", "--no-progress", "--no-python-downloads", "--color", "never"]
    said += ["--no-create-gitignore", "--python", str(request.interpreter.path)]
    return said + _build_constraints(request, room) + resolver.date_arguments(request)


def _build_constraints(request: Request, room: Path) -> list[str]:
    if not request.build_constraints:
        return []
    _write_lines(room / "build.txt", request.build_constraints)
    return ["--build-constraints", str(room / "build.txt")]


def _open_folder(path: Path) -> Path:
    """Make a folder that the sandbox can write to: it runs as somebody else."""
    path.mkdir()
    path.chmod(0o777)
    return path


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))


def _read_plain(path: Path) -> bytes:
    """Read a regular file of bounded size that no link leads elsewhere."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise OSError(None, "not a plain file")
        if status.st_size > _WHEEL_LIMIT:
            raise OSError(None, f"larger than {_WHEEL_LIMIT} bytes")
        return file.read(_WHEEL_LIMIT)
