"""Say what hurts whoever reads it, or claim what is not so."""
# An attack makes bare system calls where it can, and speaks on standard output.
# ruff: noqa: T201

import os
import sys
from pathlib import Path

from fixproof.probe.attacks.payloads import tell

HOSTILE = b" ".join(
    (
        *(
            b"\x1b]0;owned\x07",
            b"\x1b[2J\x1b[H",
            b"\x1b]52;c;b3duZWQ=\x07",
            b"\x1b]8;;http://x\x07",
        ),
        *(b"\x9b31m", b"\xc2\x9b2J", b"\x00", b"\x08\x08", b"\xe2\x80\xae gnp.exe"),
        *(b"\xe2\x81\xa6", b"\xf3\xa0\x81\x81", b"\xff\xfe", b"\r over", b"\x0b\x0c\x7f"),
        b"\xe2\x80\xa8\n",
    )
)
COMMANDS = b"::error::owned\n  ::add-mask::a\n::stop-commands::b\n##[error]owned\n"
MARKUP = b"<script>alert(1)</script></pre>{{7*7}}{%raw%}```\n[x](javascript:alert(1))<img src=x>\n"


def say(what: str) -> tell.Attempts:
    """Say one of the texts on both streams."""
    text = {"hostile": HOSTILE, "commands": COMMANDS, "markup": MARKUP}[what]
    for stream in (sys.stdout, sys.stderr):
        stream.buffer.write(text)
        stream.buffer.flush()
    yield "said", lambda: len(text)


def forge() -> tell.Attempts:
    """Write the record of a good ending to everything that can be written, and end badly."""
    record = b'{"exit-code": 0}\n{"signal": 0}\n'
    written = []
    for pid in ("self", "1", str(os.getppid())):
        folder = Path(f"/proc/{pid}/fd")
        try:
            names = [entry.name for entry in folder.iterdir()]
        except OSError:
            names = []
        for name in names:
            if name not in {"1", "2"}:
                written += _forge(f"{folder}/{name}", record)
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, record)
            written.append(str(descriptor))
        except OSError:
            continue
    print("forged", *written, flush=True)
    yield "ended", lambda: os._exit(3)


def _forge(path: str, record: bytes) -> list[str]:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        os.write(descriptor, record)
    except OSError:
        return []
    return [path]


def behave() -> tell.Attempts:
    """Look around, and do one thing here and another there."""
    first = ""
    try:
        first = Path("/proc/1/cmdline").read_bytes().split(b"\0")[0].decode()
    except OSError:
        first = "hidden"
    yield "recognised", lambda: f"{first} {os.getpid()} {sys.prefix} {os.uname().nodename}"


if __name__ == "__main__":
    tell.main({name: value for name, value in globals().items() if callable(value)})
