"""A case and its evidence to HTML, Markdown and JSON."""
