"""A failure that comes from a dependency deserves a proven fix."""

__version__ = "0.1.0"
