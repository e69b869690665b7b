"""The package index and exact environments: resolved, materialised, patched, cached."""
