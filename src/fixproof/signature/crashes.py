"""What is said when a process dies below Python: shells, the C library, C++ and Rust."""

from collections.abc import Sequence

from fixproof.signature.lazy import lazily

_SAID = lazily(
    r"\s*(?:[\w./-]+: line \d+:\s+\d+ |/\S+: )?"
    r"(?P<said>Segmentation fault|Bus error|Illegal instruction"
    r"|Floating point exception|Aborted|Killed|Trace/breakpoint trap|Bad system call)"
    r"\s*(?:\(core dumped\))?.{0,200}"
)
_ABORT = lazily(
    r"\s*(?P<said>terminate called (?:after|without|recursively).*|double free or corruption.*"
    r"|(?:free|malloc|realloc|munmap_chunk|corrupted size vs)[ (].*"
    r"|\*\*\* stack smashing detected.*|corrupted (?:double-linked|size).*"
    r"|pure virtual method called|stack overflow"
    r"|.{0,200}: Assertion `.*' failed\.?.*|libc\+\+abi.*|.{0,80}panicked at .*"
    r"|SIG[A-Z]{3,6}\b.{0,80})"
)
# A debugger, a supervisor or an editor that tells how a process ended.
_TOLD = lazily(
    r".{0,200}?\b(?:received signal|(?:terminated|interrupted|killed) by(?: signal)?|on signal)"
    r" (?:\d+[ :(]{1,3})?(?P<said>SIG(?:SEGV|ABRT|BUS|ILL|FPE|TRAP|SYS))\b.{0,200}"
)
_WHAT = lazily(r"\s*what\(\):\s+(?P<said>.*)")
SIGNALS = {
    4: "SIGILL",
    5: "SIGTRAP",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    11: "SIGSEGV",
    15: "SIGTERM",
    24: "SIGXCPU",
    25: "SIGXFSZ",
    31: "SIGSYS",
}


def crash_in(lines: Sequence[str]) -> str | None:
    """Find what a dying process or its shell said; the abort's own message before the shell's."""
    shell: str | None = None
    for position, line in enumerate(lines):
        if match := _ABORT.fullmatch(line):
            following = lines[position + 1] if position + 1 < len(lines) else ""
            what = _WHAT.fullmatch(following)
            return f"{match['said'].strip()}: {what['said']}" if what else match["said"].strip()
        if match := _SAID.fullmatch(line) or ("SIG" in line and _TOLD.fullmatch(line)) or None:
            shell = match["said"]
    return shell


def signal_name(number: int) -> str:
    """Name a signal."""
    return SIGNALS.get(number, f"signal {number}")


def signal_of_status(status: int | None) -> int | None:
    """Tell the signal that a shell reports as a status above 128."""
    if status is None or status - 128 not in SIGNALS:
        return None
    return status - 128
