"""Which distributions an environment on disk has: read from names of folders, nothing is run."""

from collections.abc import Mapping
from pathlib import Path

from fixproof.model.releases import canonical


def installed(root: Path) -> Mapping[str, str]:
    """Map canonical names to versions for a virtual environment's folder."""
    found: dict[str, str] = {}
    for pattern in ("lib/python*/site-packages/*.*-info", "Lib/site-packages/*.*-info"):
        for folder in root.glob(pattern):
            name, _, version = folder.stem.partition("-")
            if version:
                found[canonical(name)] = version.split("-py")[0]
    return found
