"""One file a verb: a short list of steps over the protocols in ports.py."""
