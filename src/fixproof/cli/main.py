"""The door: find the verb, hand over, and turn errors into messages and exit statuses.

Every verb is a module of this room with `configure(parser)`, which declares its options, and
`run(args) -> int`, which does the work; what follows `--` reaches it as `args.command`.
Only the module of the verb that was called is imported, so that `--help` answers at once.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from fixproof import __version__
from fixproof.model.errors import FixproofError

VERBS = {
    "fix": "find the smallest dependency change that makes a failing command work",
    "drift": "name the upload that broke a command that worked",
    "bisect": "find the releases that introduced and fixed a failure",
    "prove": "prove a case: boundaries, isolated change, fix options, evidence, page",
    "explain": "recognise a traceback, a log or a failing command",
    "site": "build the pages of all cases",
    "cache": "show and trim what is kept on disk",
    "doctor": "show what this machine offers",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in {"-h", "--help"}:
        print(_usage())
        return 0 if words else 2
    if words[0] in {"-V", "--version"}:
        print(f"fixproof {__version__}")
        return 0
    return _run(words[0], words[1:])


def _usage() -> str:
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {name:<{width}}  {what}" for name, what in VERBS.items())
    return (
        "usage: fixproof VERB [options] [-- COMMAND]\n\n"
        "A failure that comes from a dependency deserves a proven fix.\n\n"
        f"verbs:\n{verbs}\n\n"
        "fixproof VERB --help tells more; --json prints one JSON document on standard output.\n"
        "exit status: 0 done, 1 found something to act upon, 2 usage or input error,\n"
        "             3 environment or index failed, 4 nothing could be checked"
    )


def _run(verb: str, words: list[str]) -> int:
    if verb not in VERBS:
        print(f"error: unknown verb: {verb}", file=sys.stderr)
        print("hint: fixproof --help lists the verbs", file=sys.stderr)
        return 2
    module = import_module(f"fixproof.cli.{verb}")
    parser = argparse.ArgumentParser(
        prog=f"fixproof {verb}", description=module.__doc__, formatter_class=_formatter
    )
    module.configure(parser)
    options, command = _split(words)
    args = parser.parse_args(options)
    args.command = command
    try:
        return int(module.run(args))
    except FixproofError as error:
        _complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped; the same call goes on where it stopped", file=sys.stderr)
        return 130


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Tell the width at once: to find it, argparse imports archive formats before any option."""
    return argparse.HelpFormatter(prog, width=_columns() - 2)


def _columns() -> int:
    """Find the terminal's width as `shutil.get_terminal_size` does."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


def _split(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    if "--" not in words:
        return words, ()
    at = words.index("--")
    return words[:at], tuple(words[at + 1 :])


def _complain(error: FixproofError) -> None:
    print(f"error: {error}", file=sys.stderr)
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
