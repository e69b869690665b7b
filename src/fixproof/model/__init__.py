"""Frozen values, identifiers and errors: the words every room shares. Imports nothing of ours."""
