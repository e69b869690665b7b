"""Compiled modules, kept by the content of their source: neighbouring releases share most.

A module that its compiler warns about is left to each run, as on a first import: what is said then
(an escape that Python 3.12 warns of, and an error where warnings are errors) may be the failure.
"""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from fixproof.environments.disk import Locks, disk_errors
from fixproof.model.environments import Interpreter

_FORMAT = 2  # of what is kept: modules without a warning
_PATIENCE = 240.0
_SMALL = 3 * 1024**2
_OLDEST = (3, 7)  # has pyc files that are not checked against their source
_TEST_FOLDERS = {"tests", "test"}
# Run by the base Python, isolated: compiles, never imports; an empty file marks what it cannot.
# It starts for one changed module as well as for thousands, so it imports next to nothing.
# The form it writes (PEP 552, unchecked) is never held against its source.
_PROGRAM = """
import marshal, posix, resource, sys
from _frozen_importlib_external import MAGIC_NUMBER
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
sys.setrecursionlimit(5000)
head = MAGIC_NUMBER + bytes([1, 0, 0, 0]) + bytes(8)
for line in sys.stdin.buffer.read().decode().split("\\n"):
    if not line:
        continue
    source, target, name = line.split("\\t")
    try:
        with open(source, "rb") as file:
            text = file.read()
    except OSError:
        continue
    try:
        made = head + marshal.dumps(compile(text, name, "exec", 0, True, -1))
    except Exception:
        made = b""
    partial = "%s.%d" % (target, posix.getpid())
    try:
        with open(partial, "wb") as file:
            file.write(made)
        posix.chmod(partial, 0o444)
        posix.rename(partial, target)
    except OSError:
        raise SystemExit(1)
"""


class Bytecode:
    """The store of compiled modules."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks = Locks()

    def path(self, interpreter: Interpreter, sha256: str) -> Path:
        """Tell where the compiled form of a source stands, if it stands."""
        return self._folder / f"{tag(interpreter)}-{_FORMAT}" / sha256[:2] / f"{sha256}.pyc"

    def compile(
        self, interpreter: Interpreter, sources: Mapping[str, tuple[Path, str, int]]
    ) -> None:
        """Compile what is missing: digest → file, name in the environment, size.

        Of a very large lot the test suites are left out: nobody imports those, and they are
        half of it.
        """
        if tuple(int(p) for p in interpreter.minor.split(".")) < _OLDEST:
            return
        with self._locks.of(tag(interpreter)):
            lines = list(self._missing(interpreter, sources))
            if lines:
                self._run(interpreter, lines)

    def _missing(
        self, interpreter: Interpreter, sources: Mapping[str, tuple[Path, str, int]]
    ) -> Iterable[str]:
        known: set[Path] = set()
        wanted = []
        for sha256, (source, name, size) in sources.items():
            target = self.path(interpreter, sha256)
            if not target.exists() and not {"\t", "\n"} & set(f"{source}{name}"):
                wanted.append((source, target, name, size))
        large = sum(size for *_, size in wanted) > _SMALL
        for source, target, name, _ in wanted:
            if large and _TEST_FOLDERS & set(name.split("/")[:-1]):
                continue
            if target.parent not in known:
                target.parent.mkdir(parents=True, exist_ok=True)
                known.add(target.parent)
            yield f"{source}\t{target}\t{name}"

    def _run(self, interpreter: Interpreter, lines: list[str]) -> None:
        """Compile in two halves side by side. What fails is compiled by each run for itself."""
        halves = [lines[::2], lines[1::2]] if len(lines) > 64 else [lines]
        command = [str(interpreter.path), "-I", "-S", "-W", "error", "-c", _PROGRAM]
        with disk_errors("compiled modules"):
            running = [_start(command, half) for half in halves]
        for process in running:
            _finish(process)


def _start(command: list[str], lines: list[str]) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,  # an interrupt at the terminal is no fault of a source
    )
    assert process.stdin is not None
    process.stdin.write("\n".join(lines).encode())
    process.stdin.close()
    return process


def _finish(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tag(interpreter: Interpreter) -> str:
    """Name the form of compiled modules; previews change it from one to the next."""
    major, _, minor = interpreter.minor.partition(".")
    is_preview = any(letter in interpreter.version for letter in "abr")
    preview = f"-{interpreter.version}" if is_preview else ""
    return f"{interpreter.implementation}-{major}{minor}{preview}"
