"""Programs of an environment: they find their Python beside themselves, wherever it is shown."""

# A shell reads the first two lines and starts the Python beside the script; Python reads them
# as a string. So the environment may be shown under any path, of any length.
_START = b"""#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")"/'python' "$0" "$@"
' '''
"""
_ENTRY = """import sys
from {module} import {name}

if __name__ == "__main__":
    sys.exit({attribute}())
"""


def entry_script(module: str, attribute: str) -> bytes:
    """Write the program of an entry point."""
    text = _ENTRY.format(module=module, name=attribute.partition(".")[0], attribute=attribute)
    return _START + text.encode()


def relocatable(content: bytes) -> bytes:
    """Make a wheel's own script start the environment's Python, if it is a Python script."""
    first, _, rest = content.partition(b"\n")
    if first.startswith((b"#!python", b"#!pythonw")):
        return _START + rest
    return content
