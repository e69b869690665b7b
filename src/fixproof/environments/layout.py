"""Laying an environment out: the form of a virtual environment, every file a link to the store."""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fixproof.environments.bytecode import Bytecode, tag
from fixproof.environments.wheels import MOMENT, Contents, Entry
from fixproof.model.environments import Interpreter

_CONFIG = """home = {home}
include-system-site-packages = false
version = {version}
"""


def site_packages(interpreter: Interpreter) -> str:
    """Tell where packages stand, relative to the environment."""
    if interpreter.implementation == "pypy":
        return f"lib/pypy{interpreter.minor}/site-packages"
    threads = "t" if "free-threading" in interpreter.build else ""
    return f"lib/python{interpreter.minor}{threads}/site-packages"


class Layout:
    """One environment being laid out in `root`, before it gets its name."""

    def __init__(
        self, root: Path, interpreter: Interpreter, bytecode: Bytecode, *, copy: bool = False
    ) -> None:
        self._root = root
        self._interpreter = interpreter
        self._bytecode = bytecode
        self._copy = copy
        self._made: set[str] = set()
        self._parts = {
            "site": f"{root}/{site_packages(interpreter)}",
            "bin": f"{root}/bin",
            "include": f"{root}/include/site/python{interpreter.minor}",
            "prefix": str(root),
        }

    def start(self) -> None:
        """Lay out what every environment has."""
        Path(self._parts["site"]).mkdir(parents=True)
        programs = Path(self._parts["bin"])
        programs.mkdir()
        base = self._interpreter.path
        (programs / "python").symlink_to(base)
        for name in ("python3", f"python{self._interpreter.minor}"):
            (programs / name).symlink_to("python")
        config = _CONFIG.format(home=base.parent, version=self._interpreter.version)
        (self._root / "pyvenv.cfg").write_text(config)

    def add(self, folder: Path, contents: Contents) -> None:
        """Link one wheel's files, and the compiled forms that exist."""
        for entry in contents.entries:
            target = self._target(entry, contents)
            self._place(f"{folder}/{entry.part}/{entry.path}", target)
            if entry.part == "site" and entry.path.endswith(".py"):
                self._compiled(entry, target)

    def change(self, overlay: Mapping[str, bytes | None]) -> None:
        """Replace files by fresh ones, never through a link, and drop their compiled forms."""
        for path, content in overlay.items():
            target = Path(self._parts["site"], path)
            target.unlink(missing_ok=True)
            if path.endswith(".py"):
                Path(self._cache_path(str(target))).unlink(missing_ok=True)
            if content is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                os.utime(target, (MOMENT, MOMENT))
                target.chmod(0o444)

    def _target(self, entry: Entry, contents: Contents) -> str:
        part = self._parts[entry.part]
        if entry.part == "include":
            distribution = contents.metadata.partition("-")[0]
            return f"{part}/{distribution}/{entry.path}"
        return f"{part}/{entry.path}"

    def _compiled(self, entry: Entry, target: str) -> None:
        source = str(self._bytecode.path(self._interpreter, entry.sha256))
        try:
            if os.stat(source).st_size:  # noqa: PTH116 -- thousands of files in milliseconds
                self._place(source, self._cache_path(target))
        except FileNotFoundError:
            return

    def _cache_path(self, target: str) -> str:
        folder, _, name = target.rpartition("/")
        major, _, minor = self._interpreter.minor.partition(".")
        stem = name.removesuffix(".py")
        return f"{folder}/__pycache__/{stem}.{_cache_tag(self._interpreter, major, minor)}.pyc"

    def _place(self, source: str, target: str) -> None:
        folder = target.rpartition("/")[0]
        if folder not in self._made:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 -- thousands of files
            self._made.add(folder)
        try:
            self._link(source, target)
        except FileExistsError:
            # Two wheels with one file: the later one in the order of names wins, always.
            os.unlink(target)  # noqa: PTH108 -- thousands of files
            self._link(source, target)

    def _link(self, source: str, target: str) -> None:
        if self._copy:
            if os.path.lexists(target):
                raise FileExistsError(target)
            shutil.copy2(source, target)
            return
        try:
            os.link(source, target)  # thousands of files: no Path objects
        except OSError as error:
            # Too many links to one file, or the cache spans file systems.
            if error.errno not in {errno.EMLINK, errno.EXDEV, errno.EPERM}:
                raise
            shutil.copy2(source, target)


def _cache_tag(interpreter: Interpreter, major: str, minor: str) -> str:
    """Name compiled modules as the interpreter does: `cpython-311`, `pypy39`."""
    if interpreter.implementation == "pypy":
        return f"pypy{major}{minor}"
    return f"{interpreter.implementation}-{major}{minor}"


def sources(
    folders: Sequence[tuple[Path, Contents]], interpreter: Interpreter
) -> Iterator[tuple[str, tuple[Path, str, int]]]:
    """List the modules of wheels: digest → file, name in the environment, size."""
    assert tag(interpreter)
    site = site_packages(interpreter)
    for folder, contents in folders:
        for entry in contents.entries:
            if entry.part == "site" and entry.path.endswith(".py"):
                path = folder / "site" / entry.path
                yield entry.sha256, (path, f"{site}/{entry.path}", entry.size)
