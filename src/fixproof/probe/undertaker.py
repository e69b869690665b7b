"""Whoever is killed cannot end what he started: one small process waits to do that for him.

bubblewrap takes a gate that breaks down for one that opens, and its inner process is bound to the
outer one only after the gate: between the start of a sandbox and its first instruction nobody
else would end it. The undertaker hears of every sandbox before it exists, from the starter itself.
"""

import atexit
import os
import subprocess
import threading
from dataclasses import dataclass

# Told `+ PID` and `- PID`; when nobody can tell it anything any more, it kills whoever is left.
_PROGRAM = """
named=" "
while read -r sign pid; do
    case $sign in
    +) named="$named$pid " ;;
    -) case $named in *" $pid "*) named="${named%% $pid *} ${named#* $pid }" ;; esac ;;
    esac
done
for pid in $named; do
    kill -s KILL -- "-$pid"
    kill -s KILL -- "$pid"
done
"""
# To be started with the line to the undertaker as standard input: announces itself, moves into
# the control groups that are named (a process that moves itself is moved at once; moving another
# waits for all processors), and turns into the command.
STARTER = """
echo "+ $$" >&0
while [ "$1" != -- ]; do echo 0 > "$1"; shift; done
shift
exec "$@" </dev/null
"""


@dataclass(frozen=True, slots=True)
class _Undertaker:
    process: "subprocess.Popen[bytes]"
    line: int


_guard = threading.Lock()
_hired: list[_Undertaker] = []


def line() -> int:
    """Open the line to the undertaker, who is hired for as long as this process lives."""
    with _guard:
        if _hired and _hired[-1].process.poll() is None:
            return _hired[-1].line
        heard, told = os.pipe2(os.O_CLOEXEC)
        process = subprocess.Popen(
            ["/bin/sh", "-c", _PROGRAM],
            stdin=heard,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,  # an interrupt at the terminal is not for him
        )
        os.close(heard)
        if not _hired:
            atexit.register(_dismiss)
        _hired.append(_Undertaker(process, told))
        return told


def named(pid: int) -> None:
    """Have him end this process too, and all of its group."""
    os.write(line(), f"+ {pid}\n".encode())


def forgotten(*pids: int) -> None:
    """Tell him that these have ended."""
    os.write(line(), "".join(f"- {pid}\n" for pid in pids).encode())


def _dismiss() -> None:
    for hired in _hired:
        os.close(hired.line)
        hired.process.wait()
    _hired.clear()
