"""Cases, evidence and the index of known failures on disk: read, checked, written, searched."""
