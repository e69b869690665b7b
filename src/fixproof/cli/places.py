"""Where things live on this machine."""

import os
from pathlib import Path


def cache_dir() -> Path:
    """Find the cache: `FIXPROOF_CACHE`, else the platform's place for caches."""
    if chosen := os.environ.get("FIXPROOF_CACHE"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("fixproof")
