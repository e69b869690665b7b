"""A command, a log or an issue to what was said."""
