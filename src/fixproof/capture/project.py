"""What project is here: what it asks for, what it has, and which files its command sees."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from fixproof.capture.requirements import Listed, read_requirements
from fixproof.model.errors import InputError

LEFT_OUT = {
    ".git",
    ".hg",
    ".tox",
    ".nox",
    ".venv",
    "venv",
    "__pycache__",
    "node_modules",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
}
MOST_FILES = 20_000
MOST_BYTES = 256 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project's wishes. `pins` is the present lock, `name==version`, where there is one."""

    kind: str  # requirements, uv, poetry, environment
    root: Path
    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    python: str | None = None
    listed: Listed = field(default_factory=lambda: Listed(entries=()))
    notes: tuple[str, ...] = ()
    tool: str = ""  # uv or poetry, where one of them manages a pyproject.toml


def project_at(root: Path, files: Sequence[Path] = (), *, prefix: Path | None = None) -> Project:
    """Find out what the project is: named requirement files, else what stands in the folder.

    `prefix` is the active virtual environment.

    Raises InputError where nothing says what the command needs.
    """
    if files:
        return _from_requirements(root, files)
    if (root / "pyproject.toml").is_file() and (found := _from_pyproject(root)):
        return found
    if (root / "requirements.txt").is_file():
        return _from_requirements(root, [root / "requirements.txt"])
    if prefix and (pins := installed(prefix)):
        return Project(kind="environment", root=root, requirements=pins, pins=pins)
    raise InputError(
        "nothing here says which packages the command needs",
        at=str(root),
        hint="name a requirement file with -r, or activate the virtual environment",
    )


def installed(prefix: Path) -> tuple[str, ...]:
    """List what a virtual environment has, from its metadata alone."""
    pins = set()
    for folder in prefix.glob("lib/python*/site-packages/*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").rpartition("-")
        if name and name.lower() not in {"pip", "setuptools", "wheel"}:
            pins.add(f"{name.replace('_', '-').lower()}=={version}")
    return tuple(sorted(pins))


def digest_of_tree(root: Path) -> str:
    """Name the files that the project's command may see by their content.

    Raises InputError where there are too many to be copied for each run.
    """
    whole = sha256()
    count = size = 0
    for path in _walk(root):
        content = path.read_bytes()
        count, size = count + 1, size + len(content)
        whole.update(f"{path.relative_to(root)}\0{sha256(content).hexdigest()}\n".encode())
        if count > MOST_FILES or size > MOST_BYTES:
            raise InputError(
                "holds too much to be copied", at=str(root), hint="run from a smaller folder"
            )
    return whole.hexdigest()


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in LEFT_OUT or path.is_symlink():
            continue
        if path.is_dir():
            if not any((path / mark).exists() for mark in ("pyvenv.cfg", "CACHEDIR.TAG")):
                yield from _walk(path)
        elif path.is_file():
            yield path


def _from_requirements(root: Path, files: Sequence[Path]) -> Project:
    listed = read_requirements(files)
    if not listed.requirements:
        raise InputError("no requirement in it", at=", ".join(map(str, files)))
    return Project(
        kind="requirements",
        root=root,
        requirements=listed.requirements,
        constraints=listed.constraints,
        listed=listed,
        notes=tuple(f"left out: {line}" for line in listed.skipped),
    )


def _from_pyproject(root: Path) -> Project | None:
    data = _toml(root / "pyproject.toml")
    project: dict[str, Any] = data.get("project", {})
    listed = tuple(map(str, project.get("dependencies", ())))
    poetry = data.get("tool", {}).get("poetry", {}).get("dependencies", {})
    if not listed and not poetry:
        return None
    lock = next((root / n for n in ("uv.lock", "poetry.lock") if (root / n).is_file()), None)
    tools = data.get("tool", {})
    bounds = tools.get("uv", {}).get("constraint-dependencies", ())
    return Project(
        kind="poetry" if poetry and not listed else "uv",
        root=root,
        requirements=listed or tuple(_poetry(poetry)),
        constraints=tuple(map(str, bounds)),
        pins=_locked(lock) if lock else (),
        python=project.get("requires-python"),
        tool=_tool(lock, tools),
    )


def _tool(lock: Path | None, tools: dict[str, Any]) -> str:
    """Tell which tool manages the project: by its lock, else by its settings."""
    if lock:
        return lock.stem
    return next((name for name in ("uv", "poetry") if name in tools), "")


def _locked(lock: Path) -> tuple[str, ...]:
    packages = _toml(lock).get("package", [])
    return tuple(
        f"{p['name']}=={p['version']}"
        for p in packages
        if "version" in p and not {"editable", "virtual"} & set(p.get("source", {}))
    )


def _poetry(dependencies: dict[str, Any]) -> Iterator[str]:
    """Turn poetry's own notation into requirements, as far as it has a plain meaning."""
    for name, wanted in dependencies.items():
        if name == "python":
            continue
        for one in wanted if isinstance(wanted, list) else [wanted]:
            table = {"version": one} if isinstance(one, str) else one
            extras = f"[{','.join(table['extras'])}]" if table.get("extras") else ""
            marker = f" ; {table['markers']}" if table.get("markers") else ""
            if not table.get("optional"):
                yield f"{name}{extras}{_specifier(table.get('version', '*'))}{marker}"


def _specifier(version: str) -> str:
    if version == "*":
        return ""
    if version[0] not in "^~":
        return version if version[0] in "<>=!" else f"=={version}"
    plain = version[1:]
    numbers = [int(n) for n in plain.split(".") if n.isdigit()]
    kept = next((i for i, n in enumerate(numbers) if n), 0) if version[0] == "^" else 1
    kept = min(kept, len(numbers) - 1)
    upper = ".".join(map(str, [*numbers[:kept], numbers[kept] + 1]))
    return f">={plain},<{upper}"


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot be read: {error}", at=str(path)) from error
