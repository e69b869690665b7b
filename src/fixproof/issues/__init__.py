"""An issue's text to a draft case."""
