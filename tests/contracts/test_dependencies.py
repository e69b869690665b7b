"""What the code imports is what the package says that it needs."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def imported() -> set[str]:
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module or "")
    return {name.partition(".")[0] for name in found} - {"fixproof", *sys.stdlib_module_names}


def test_every_import_is_declared() -> None:
    """Nothing is used that is only there because something else needs it."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {canonicalize_name(Requirement(line).name) for line in declared}
    sources = packages_distributions()

    for module in imported():
        assert names & {canonicalize_name(source) for source in sources[module]}, module


def test_the_lock_holds_hashes_and_no_addresses() -> None:
    text = (ROOT / "requirements-dev.txt").read_text()

    assert "://" not in text
    assert all("==" in line for line in text.splitlines() if line[:1].isalpha())
    assert text.count("--hash=sha256:") > text.count("==")
