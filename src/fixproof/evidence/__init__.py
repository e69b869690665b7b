"""The record of what was run: canonical form, digest, and what follows from it."""
