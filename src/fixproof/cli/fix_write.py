"""Writes a proven change into the files that state the project's requirements."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fixproof.capture.project import Project, project_at
from fixproof.capture.pyproject import AT, BUILD, edited_toml
from fixproof.capture.requirements import edited, read_exactly
from fixproof.library.files import replace_whole
from fixproof.model.errors import InputError
from fixproof.model.repairs import Repair

NEXT = {"uv": "uv sync", "poetry": "poetry lock, then poetry install"}


def check_writable(project: Project) -> None:
    """Refuse before anything is tried.

    Raises InputError where nothing on disk states what the project requires.
    """
    if project.kind == "environment":
        raise InputError(
            "no file here states what is required", at="--write", hint="name one with -r"
        )


def written(found: Repair, project: Project, files: Sequence[Path]) -> Repair:
    """Write the answer's lines; where that cannot be done the answer says why."""
    try:
        contents = _contents(project, files, found.requirement_lines)
    except InputError as error:
        reason = f"{error}" + (f": {error.hint}" if error.hint else "")
        return replace(found, notes=(*found.notes, f"not written: {reason}"))
    for file, text in contents.items():
        replace_whole(file, text.encode())
    told = tuple(_next(project, contents))
    return replace(found, written=tuple(map(str, contents)), notes=(*found.notes, *told))


def _contents(project: Project, files: Sequence[Path], lines: Sequence[str]) -> Mapping[Path, str]:
    """Edit what stands on disk now, if it still is what the answer was found for."""
    now = project_at(project.root, files)
    if (now.requirements, now.constraints) != (project.requirements, project.constraints):
        raise InputError("the requirements were changed meanwhile", hint="run it again")
    if now.kind != "requirements":
        path = project.root / AT
        return {path: edited_toml(read_exactly(path), lines, now.tool)}
    if build := [line.removeprefix(BUILD) for line in lines if line.startswith(BUILD)]:
        hint = f"put it into a file that PIP_CONSTRAINT names: {', '.join(build)}"
        raise InputError("requirement files bound no builds", hint=hint)
    return edited(now.listed, lines)


def _next(project: Project, contents: Mapping[Path, str]) -> list[str]:
    """Say what is left to do: locks and hashes are the business of the tool in use."""
    if project.kind != "requirements":
        return [f"now run: {NEXT[project.tool]}"] if project.tool else []
    if any("--hash=" in text for text in contents.values()):
        return ["hashes of changed lines are left out: write them anew with the tool in use"]
    return []
