"""Sandboxes and limits: one command run behind them, and how it ended."""
