"""The samples and what is true about them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "signature" / "samples"
TRUTH: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "truth.toml").read_text())


@dataclass(frozen=True)
class Sample:
    """One text and the truth about it."""

    name: str
    text: str
    truth: dict[str, Any]


def samples() -> list[Sample]:
    """Read all samples."""
    return [_sample(path) for path in sorted(FOLDER.glob("*.txt"))]


def sample(name: str) -> Sample:
    """Read one."""
    return _sample(FOLDER / f"{name}.txt")


def _sample(path: Path) -> Sample:
    truth = TRUTH.get(path.stem) or TRUTH[path.stem.split("-")[0]]
    return Sample(path.stem, path.read_text(), TRUTH[truth["like"]] if "like" in truth else truth)
