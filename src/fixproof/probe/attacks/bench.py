"""What an attack stands on: a level, a place, a host with bait, and a way to run a payload."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fixproof.model.environments import Place
from fixproof.model.runs import Ending, Isolation, Job, Limits
from fixproof.probe.detect import own_place
from fixproof.probe.rooms import room
from fixproof.probe.sandbox import Sandbox

_PAYLOADS = Path(__file__).with_name("payloads")
_PACKAGE = "fixproof.probe.attacks.payloads"
_COMMON = ("tell.py", "calls.py")
_MARK = "FIXPROOF_ATTACK"
CANARY = "FIXPROOF_CANARY"
_LIMITS = Limits(wall=30.0, cpu=30.0, memory=1024**3, disk=64 * 1024**2, processes=64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bait:
    """What stands on the host and must not be reached."""

    directory: Path
    secret: Path  # a private file that holds the token
    token: str
    ports: tuple[str, ...]  # "address port"
    path_socket: Path
    abstract: str
    victim: int  # a process that must live


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a payload ended and what each of its attempts came to."""

    ending: Ending
    answers: Mapping[str, str] = field(default_factory=dict)
    leftovers: tuple[int, ...] = ()

    @property
    def succeeded(self) -> list[str]:
        """Name the attempts that got through."""
        return [label for label, answer in self.answers.items() if answer.split()[0] == "ok"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The judgement on one attack."""

    contained: bool
    observed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One level to attack."""

    level: Isolation
    sandbox: Sandbox
    place: Place
    scratch: Path
    bait: Bait

    def attempt(
        self,
        payload: str,
        *arguments: str,
        limits: Limits = _LIMITS,
        writable: Mapping[str, Path] | None = None,
    ) -> Told:
        """Run `module.function` of the payloads and read its answers."""
        module, function = payload.split(".")
        nonce = secrets.token_hex(16)
        names = (f"{module}.py", *_COMMON)
        folder = _PACKAGE.replace(".", "/")
        job = Job(
            argv=("python", "-m", f"{_PACKAGE}.{module}", nonce, function, *arguments),
            files=tuple((f"{folder}/{name}", (_PAYLOADS / name).read_bytes()) for name in names),
            variables=((_MARK, nonce),),
            limits=limits,
            isolation=self.level,
        )
        ending = self.sandbox.run(job, self.place, writable=writable)
        answers: dict[str, str] = {}
        for line in ending.stdout.text.splitlines():
            if line.startswith(nonce):
                answers = json.loads(line.removeprefix(nonce))
        return Told(ending=ending, answers=answers, leftovers=tuple(marked(nonce)))


Attempt = Callable[[Bench], Seen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A row of the table."""

    id: int
    name: str
    attempt: Attempt


def marked(nonce: str) -> Iterator[int]:
    """Find processes that still carry a run's mark."""
    mark = f"{_MARK}={nonce}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        if process.name.isdigit():
            try:
                if mark in (process / "environ").read_bytes():
                    yield int(process.name)
            except OSError:
                continue


@contextmanager
def bench(level: Isolation, scratch: Path) -> Iterator[Bench]:
    """Stand everything up, and take it down."""
    with ExitStack() as stack:
        top = stack.enter_context(room(scratch, "attack", mode=0o755))
        yield Bench(
            level=level,
            sandbox=Sandbox(scratch, level),
            place=own_place(top / "place"),
            scratch=top,
            bait=stack.enter_context(_bait(top)),
        )


@contextmanager
def _bait(top: Path) -> Iterator[Bait]:
    token = secrets.token_hex(16)
    secret = top / "secret"
    secret.write_text(token)
    secret.chmod(0o600)
    with ExitStack() as stack:
        stack.enter_context(_variable(CANARY, token))
        ports = []
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            server = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            try:
                server.bind((address, 0))
            except OSError:
                continue  # a host without this family has nothing to reach
            server.listen()
            ports.append(f"{address} {server.getsockname()[1]}")
        path_socket, abstract = top / "door", f"fixproof-{token}"
        folder = os.open(top, os.O_PATH | os.O_CLOEXEC)
        stack.callback(os.close, folder)
        # by descriptor, for a socket's own name is bounded to a hundred bytes
        for name in (f"/proc/self/fd/{folder}/door", f"\0{abstract}"):
            door = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            door.bind(name)
            door.listen()
        path_socket.chmod(0o777)
        victim = stack.enter_context(_victim())
        yield Bait(
            directory=top,
            secret=secret,
            token=token,
            ports=tuple(ports),
            path_socket=path_socket,
            abstract=abstract,
            victim=victim,
        )


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name, None)


@contextmanager
def _victim() -> Iterator[int]:
    """Start a bystander who waits until its input ends and carries the token itself."""
    waiting = "import sys; sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", waiting], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield process.pid
    finally:
        process.kill()
        process.communicate()


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that was killed and not waited for does not."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text[text.rindex(")") + 2] not in "ZX"
