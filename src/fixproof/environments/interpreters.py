"""The base Pythons of this machine: found, asked once, remembered."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version

from fixproof.environments.disk import read_checked, write_checked
from fixproof.model.environments import Interpreter
from fixproof.model.errors import PreparationError

_NAME = re.compile(r"(python|pypy)(\d(\.\d+)?t?)?$")
_PATIENCE = 10.0
# Runs on 2.7 too. Says nothing but one line of JSON.
_QUESTION = """
import json, os, platform, sys
here = getattr(sys, "implementation", None)
print(json.dumps({
    "version": platform.python_version(),
    "path": os.path.realpath(sys.executable),
    "prefix": getattr(sys, "base_prefix", sys.prefix),
    "implementation": here.name if here else "cpython",
    "build": " ".join(sys.version.split()[1:]),
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    version: str
    path: str
    prefix: str
    implementation: str
    build: str


_Answers = dict[str, tuple[float, _Answer | None]]


def find_interpreters(
    cache: Path | None = None, environ: Mapping[str, str] | None = None
) -> tuple[Interpreter, ...]:
    """List the base Pythons at hand, newest first; each binary once."""
    memory = cache / "interpreters.json" if cache else None
    known = _recall(memory)
    answers = {path: _ask_once(path, known) for path in _candidates(environ or os.environ)}
    if memory and answers != known:
        write_checked(memory, msgspec.json.encode(answers))
    found = {a.path: _interpreter(a) for _, a in answers.values() if a and _readable(a)}
    return tuple(sorted(found.values(), key=_newest_first, reverse=True))


def _recall(memory: Path | None) -> _Answers:
    content = read_checked(memory) if memory else None
    try:
        return msgspec.json.decode(content, type=_Answers) if content else {}
    except msgspec.MsgspecError:
        return {}


def _newest_first(interpreter: Interpreter) -> tuple[bool, Version, str]:
    return (
        interpreter.implementation == "cpython",
        Version(interpreter.version),
        str(interpreter.path),
    )


def _interpreter(answer: _Answer) -> Interpreter:
    return Interpreter(
        version=_number(answer.version),
        path=Path(answer.path),
        prefix=Path(answer.prefix),
        implementation=answer.implementation,
        build=answer.build,
    )


def _number(version: str) -> str:
    """Read a version; a build from a checkout says `3.14.0a1+`."""
    return version.rstrip("+")


def _readable(answer: _Answer) -> bool:
    try:
        Version(_number(answer.version))
    except InvalidVersion:
        return False
    return True


def _candidates(variables: Mapping[str, str]) -> dict[str, None]:
    """Every path that may be a Python, resolved, in a stable order."""
    folders = [*_managed(variables), *_on_path(variables), Path("/usr/bin"), Path("/usr/local/bin")]
    base = getattr(sys, "_base_executable", None) or sys.executable
    paths = [Path(base), *(path for folder in folders for path in _pythons(folder))]
    return {str(path.resolve()): None for path in paths if os.access(path, os.X_OK)}


def _managed(variables: Mapping[str, str]) -> Iterator[Path]:
    """List the bin folders of what pyenv and uv installed."""
    home = Path(variables.get("HOME") or "/nonexistent")
    share = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    pyenv = Path(variables.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    uv = Path(variables.get("UV_PYTHON_INSTALL_DIR") or share / "uv" / "python")
    for root in (pyenv, uv):
        try:
            yield from sorted(child / "bin" for child in root.iterdir())
        except OSError:
            continue


def _on_path(variables: Mapping[str, str]) -> Iterable[Path]:
    """PATH without pyenv's shims: those are scripts that choose by the folder they start in."""
    folders = [Path(each) for each in variables.get("PATH", "").split(os.pathsep) if each]
    return [f for f in folders if f.is_absolute() and f.name != "shims"]


def _pythons(folder: Path) -> list[Path]:
    """List the Pythons of a folder, none where it may not be read or is a virtual environment's."""
    try:
        if (folder.parent / "pyvenv.cfg").exists():
            return []
        return sorted(path for path in folder.iterdir() if _NAME.match(path.name))
    except OSError:
        return []


def _ask_once(path: str, known: _Answers) -> tuple[float, _Answer | None]:
    try:
        changed = Path(path).stat().st_mtime
    except OSError:
        return 0.0, None
    recalled = known.get(path)
    if recalled and recalled[0] == changed:
        return recalled
    return changed, _ask(path)


def _ask(path: str) -> _Answer | None:
    """Ask a Python who it is, without its site-packages; 2.7 knows no `-I`."""
    for flags in (["-I", "-S"], ["-E", "-s", "-S"]):
        try:
            said = subprocess.run(
                [path, *flags, "-c", _QUESTION],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_PATIENCE,
                env={},
                cwd="/",
                check=True,
            )
            return msgspec.json.decode(said.stdout, type=_Answer)
        except (OSError, subprocess.SubprocessError, msgspec.MsgspecError):
            continue
    return None


def choose(found: Iterable[Interpreter], wanted: str) -> Interpreter:
    """Pick the newest interpreter of a version given as `3.11` or `3.11.7`."""
    offered = list(found)
    for interpreter in offered:
        if interpreter.version == wanted or interpreter.version.startswith(f"{wanted}."):
            return interpreter
    raise PreparationError(
        f"no such Python at hand: {wanted}", hint=f"install it: uv python install {wanted}"
    )
