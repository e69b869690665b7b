"""Which distributions an environment on disk has: read from names of folders, nothing is run."""

import re
from collections.abc import Mapping
from pathlib import Path


def installed(root: Path) -> Mapping[str, str]:
    """Map canonical names to versions for a virtual environment's folder."""
    found: dict[str, str] = {}
    for pattern in ("lib/python*/site-packages/*.*-info", "Lib/site-packages/*.*-info"):
        for folder in root.glob(pattern):
            name, _, version = folder.stem.partition("-")
            if version:
                found[re.sub(r"[-_.]+", "-", name).lower()] = version.split("-py")[0]
    return found
