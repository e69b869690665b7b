"""Environments: from what is asked to a place on disk, each step done once and remembered."""

import hashlib
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from fixproof.environments import layout
from fixproof.environments.builds import Contained, Workshop
from fixproof.environments.bytecode import Bytecode
from fixproof.environments.disk import Locks, Scratch, disk_errors, move_in
from fixproof.environments.index import SimpleIndex
from fixproof.environments.interpreters import find_interpreters
from fixproof.environments.layout import Layout
from fixproof.environments.passed_over import passed_over
from fixproof.environments.resolve import Answer, Resolver, environment_of, latest, pinned
from fixproof.environments.store import WheelStore
from fixproof.environments.wheels import Contents
from fixproof.model.environments import Environment, Interpreter, Pin, Place, Request
from fixproof.model.errors import InputError, PreparationError
from fixproof.model.releases import canonical
from fixproof.model.runs import Stage, Unusable

_FORMAT = "2"  # of what is laid out
_SEEDED_UNTIL = (3, 11)  # later virtual environments start empty


class TimeLeakError(PreparationError):
    """Packages cannot be held at a date here."""


class Environments:
    """Resolves, fetches, lays out. Safe for threads, and for processes that share the cache."""

    def __init__(
        self,
        cache: Path,
        sandbox: Contained | None = None,
        *,
        offline: bool = False,
        copy: bool = False,
        index: SimpleIndex | None = None,
    ) -> None:
        self._cache = cache
        self._copy = copy
        self._scratch = Scratch(cache / "scratch")
        self.index = index or SimpleIndex(cache, offline=offline)
        self._resolver = Resolver(cache, web=self.index.web, scratch=self._scratch, offline=offline)
        self._store = WheelStore(cache, web=self.index.web, scratch=self._scratch)
        self._workshop = (
            Workshop(
                cache,
                sandbox=sandbox,
                index=self.index,
                store=self._store,
                scratch=self._scratch,
                bare=self._bare,
            )
            if sandbox
            else None
        )
        self._bytecode = Bytecode(cache / "store" / "bytecode")
        self._locks = Locks()
        self._guard = threading.Lock()
        self._interpreters: tuple[Interpreter, ...] | None = None

    def interpreters(self) -> tuple[Interpreter, ...]:
        """List the base Pythons at hand, newest first."""
        with self._guard:
            if self._interpreters is None:
                self._interpreters = find_interpreters(self._cache)
            return self._interpreters

    def resolve(self, request: Request) -> Environment | Unusable:
        """Choose exact files for what is asked."""
        request = replace(
            request, exempt=tuple((canonical(name), moment) for name, moment in request.exempt)
        )
        answer = None if request.fresh_builds else self._resolver.recall(request)
        if answer is None:
            answer = self._ask(request)
            self._resolver.keep(request, answer)
        return environment_of(answer, request)

    def materialise(
        self, environment: Environment, overlay: Mapping[str, bytes | None] | None = None
    ) -> Place | Unusable:
        """Lay an environment out on disk, or find it there."""
        changes = _checked(overlay or {})
        mark = _digest(changes) if changes else ""
        root = self._cache / "envs" / _name(environment, mark, copy=self._copy)
        place = Place(environment=environment, root=root, overlay=mark)
        if root.is_dir():
            with suppress(OSError):
                os.utime(root)  # eviction takes the least recently used first
            return place
        with self._locks.of(root.name):
            if root.is_dir():
                return place
            wheels = self._wheels(environment)
            if isinstance(wheels, Unusable):
                return wheels
            self._lay_out(environment.interpreter, wheels, changes, root)
        return place

    def contents(self, environment: Environment, package: str) -> Mapping[str, bytes]:
        """Read the files that a distribution installs into site-packages, metadata left out."""
        name = canonical(package)
        pin = next((pin for pin in environment.pins if pin.name == name), None)
        if pin is None:
            raise InputError(f"not part of this environment: {name}")
        wheels = self._wheels(replace(environment, pins=(pin,)))
        if isinstance(wheels, Unusable):
            raise PreparationError(f"cannot read {pin.file}: {wheels.reason}")
        ((folder, contents),) = wheels
        prefix = f"{contents.metadata}/"
        return {
            entry.path: (folder / "site" / entry.path).read_bytes()
            for entry in contents.entries
            if entry.part == "site"
            and not entry.path.startswith(prefix)
            and not entry.path.endswith(".pyc")
        }

    def seeds(self, interpreter: Interpreter, as_of: datetime | None = None) -> tuple[str, ...]:
        """List what every fresh virtual environment of that era held without being asked."""
        major, minor = (int(part) for part in interpreter.minor.split("."))
        return ("setuptools",) if (major, minor) <= _SEEDED_UNTIL else ()

    def canary(self, package: str = "pip") -> None:
        """Make sure that the time machine holds: what is younger than the date stays out.

        Raises TimeLeakError when it does not, PreparationError where that cannot be tried.
        """
        newest = self.index.timeline(package).releases[-1]
        uploaded = newest.uploaded
        if uploaded is None:
            raise TimeLeakError(f"the index does not date its files: {package}")
        request = Request(
            requirements=(f"{package}=={newest.version}",),
            interpreter=self.interpreters()[0],
            as_of=uploaded - timedelta(days=1),
        )
        if isinstance(self._resolver.ask_for_wheels(request).refused, Unusable):
            return
        raise TimeLeakError(f"the resolver took a file younger than the date: {package}")

    def _ask(self, request: Request) -> Answer:
        """Choose among wheels; among sources too where wheels alone would change the answer."""
        answer = self._resolver.ask_for_wheels(request)
        if answer.refused is None:
            if not any(self._passed_over(pin, request) for pin in answer.pins):
                return answer
        elif not answer.lacks_wheels:
            return answer
        if self._workshop is None:
            return answer
        return self._workshop.choose(request)

    def _passed_over(self, pin: Pin, request: Request) -> bool:
        if self._workshop is None or pin.name in pinned(request):
            return False
        try:
            timeline = self.index.covering(pin.name, latest(request)).timeline
        except PreparationError:
            if self.index.offline:
                return False
            raise
        return passed_over(pin, timeline, request) is not None

    def _installable(self, environment: Environment) -> tuple[Pin, ...] | Unusable:
        """Put the built wheel in the place of each source."""
        pins = []
        for pin in environment.pins:
            made = pin if pin.file.endswith(".whl") else self._made_from(pin, environment)
            if isinstance(made, Unusable):
                return made
            pins.append(made)
        return tuple(pins)

    def _made_from(self, pin: Pin, environment: Environment) -> Pin | Unusable:
        if self._workshop is None:
            reason = f"{pin.file}: must be built, and there is no sandbox to build it in"
            return Unusable(stage=Stage.BUILD, reason=reason)
        wheel = self._workshop.find(pin, environment)
        if wheel is None or self._store.find(wheel) is None:
            built = self._workshop.rebuild(pin, environment)
            if isinstance(built, Unusable):
                return built
            wheel = built
        return replace(pin, sha256=wheel, file=f"{pin.name}-{pin.version}.whl", size=None)

    def _bare(self, interpreter: Interpreter) -> Place:
        place = self.materialise(Environment(interpreter=interpreter, pins=()))
        assert isinstance(place, Place)
        return place

    def _wheels(self, environment: Environment) -> list[tuple[Path, Contents]] | Unusable:
        """Have all wheels unpacked; a damaged one is set aside and fetched, or built, once more."""
        for _ in range(2):
            pins = self._installable(environment)
            if isinstance(pins, Unusable):
                return pins
            found = self._store.ensure(pins, self._locate)
            if isinstance(found, Unusable):
                return found
            damaged = [sha for sha, held in found.items() if not self._store.intact(sha, held)]
            if not damaged:
                for sha256 in found:
                    self._store.touch(sha256)
                return [(self._store.folder(pin.sha256), found[pin.sha256]) for pin in pins]
            for sha256 in damaged:
                self._store.discard(sha256)
        return Unusable(stage=Stage.INSTALL, reason="the store of wheels does not keep its files")

    def _locate(self, pin: Pin) -> str:
        return self._resolver.addresses.get(pin.sha256) or self.index.locate(pin)

    def _lay_out(
        self,
        interpreter: Interpreter,
        wheels: Sequence[tuple[Path, Contents]],
        changes: Mapping[str, bytes | None],
        root: Path,
    ) -> None:
        self._bytecode.compile(interpreter, dict(layout.sources(wheels, interpreter)))
        with disk_errors("an environment"), self._scratch.room() as room:
            made = room / "environment"
            made.mkdir()
            plan = Layout(made, interpreter, self._bytecode, copy=self._copy)
            plan.start()
            for folder, contents in wheels:
                plan.add(folder, contents)
            plan.change(changes)
            move_in(made, root)


def _checked(overlay: Mapping[str, bytes | None]) -> Mapping[str, bytes | None]:
    for path in overlay:
        if path.startswith("/") or "\\" in path or {"", ".", ".."} & set(path.split("/")):
            raise InputError(f"a changed file must lie in site-packages: {path!r}")
    return overlay


def _digest(overlay: Mapping[str, bytes | None]) -> str:
    whole = hashlib.sha256()
    for path in sorted(overlay):
        content = overlay[path]
        said = "absent" if content is None else hashlib.sha256(content).hexdigest()
        whole.update(f"{path}\0{said}\n".encode())
    return whole.hexdigest()


def _name(environment: Environment, mark: str, *, copy: bool) -> str:
    """Name the folder: two Pythons of one version stand in different places."""
    where = hashlib.sha256(str(environment.interpreter.path).encode()).hexdigest()[:8]
    parts = [environment.digest[:32], where, mark[:32], "copy" if copy else "", _FORMAT]
    return "-".join(part for part in parts if part)
