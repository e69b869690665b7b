"""Lock files, as text, against known failures."""
