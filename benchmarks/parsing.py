"""How fast texts are read, and whether any input makes it fail or take more than linear time.

python -m benchmarks.parsing [--fuzz SECONDS] [--seed N] [--json]

Throughput is over the checked-in samples and over a log of other programs' lines around them.
The growth is processor time for a text of eight times the length, divided by eight: near 1 is
linear. Fuzzing splices, cuts and repeats samples and pieces of syntax; a crash or a growth above
the limit is printed with the text that showed it.
"""

import argparse
import html
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fixproof.signature import normalise, normalise_output, parse, sign
from fixproof.signature.features import features_of

SAMPLES = Path(__file__).parents[1] / "tests" / "signature" / "samples"
_PIECES = (
    *(
        "Traceback (most recent call last):",
        '  File "',
        '", line 3, in f',
        "\n",
        "\n\n",
        "  ",
        "| ",
    ),
    *("  + Exception Group Traceback (most recent call last):\n", "  +-+---------------- 1 ----\n"),
    *("    +---------------- 2 ----------------\n", "    +------------------------------------\n"),
    *(
        "│ ",
        "╭─",
        "╯",
        "E   ",
        "> ",
        "`",
        "'",
        '"',
        "{",
        "[",
        "(",
        "\\n",
        "\\",
        ".",
        "a.",
        "a",
        "-",
    ),
    *("ValueError: x\n", "0x7f001122", "/a", "\\a", "<", ">", "\x1b[", "\x1b]", "~", "^", "&lt;"),
    *("\nThe above exception was the direct cause of the following exception:\n", "----> 1 x\n"),
    *("Fatal Python error: x\n", "Thread 0x01 (most recent call first):\n", "\t", "\r", " ", "1"),
    *("Exception Type: X at /a\n", "Exception Value: x\n", "  XError\n", "  at a.py:1 in f\n"),
    *("web_1  | a/b.py:1: in f\n", "____ a ____\n", "    ", "│\n", "File “a”", "XError(YError): "),
    *(
        "received signal SIGSEGV",
        " on signal ",
        'File "a.py" in f\n',
        "    → 1│ x\n",
        "Error:     ",
    ),
    *("1.", "1,", "<n>, ", "tmpabcdef", "site-packages/", "a@", "http://", "file(", "::", "_"),
)
_LIMIT = 3.0
_SIZE = 4_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parsing", description=__doc__)
    parser.add_argument("--fuzz", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    texts = [path.read_text() for path in sorted(SAMPLES.glob("*.txt"))]
    figures = _throughput(texts) | _worst_growth()
    if options.fuzz:
        figures |= _fuzz(random.Random(options.seed), texts, options.fuzz)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(f"{name:28}{value:12.3f}" for name, value in figures.items()))
    return int(figures["worst growth"] > _LIMIT or bool(figures.get("fuzz faults")))


def _throughput(texts: list[str]) -> dict[str, float]:
    started = time.process_time()
    for text in texts:
        parse(text)
    plain = time.process_time() - started
    noise = "2024-03-03 10:11:12,123 INFO worker-3 handled /items/17 in 12 ms\n" * 200
    log = noise.join(texts)
    started = time.process_time()
    parse(log)
    logged = time.process_time() - started
    return {
        "samples MB a second": sum(map(len, texts)) / plain / 1e6,
        "samples a second": len(texts) / plain,
        "log MB a second": len(log) / logged / 1e6,
    }


def _everything(text: str) -> None:
    failure = parse(text)
    sign(failure)
    features_of(failure, text)
    normalise(text)
    normalise_output(text)


def _spent(text: str) -> float:
    """Take the better of two, for other programs run beside."""
    times = []
    for _ in range(2):
        started = time.process_time()
        _everything(text)
        times.append(time.process_time() - started)
    return min(times)


def _growth(piece: str, size: int = _SIZE) -> float:
    short = piece * (size // len(piece) + 1)
    return _spent(short * 8) / max(_spent(short) * 8, 0.002)


def _worst_growth() -> dict[str, float]:
    """Repeat each piece and each pair of pieces."""
    worst, culprit = 0.0, ""
    pairs = [first + second for first in _PIECES for second in _PIECES[::3]]
    for piece in (*_PIECES, *pairs):
        growth = _growth(piece, 1_000)
        if growth > worst:
            worst, culprit = growth, piece
    if worst > _LIMIT:
        print(f"super-linear: {culprit!r}: {worst:.1f}", file=sys.stderr)
    return {"worst growth": worst}


def _fuzz(chance: random.Random, texts: list[str], seconds: float) -> dict[str, float]:
    lines = [line for text in texts for line in text.splitlines()]
    tried = faults = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = _invented(chance, texts, lines)
        tried += 1
        try:
            _everything(text)
            growth = _growth(text, len(text)) if tried % 20 == 0 else 0.0
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            growth = 0.0
            faults += 1
            print(f"failed: {error!r}: {text!r}", file=sys.stderr)
        if growth > _LIMIT:
            faults += 1
            print(f"super-linear: {growth:.1f}: {text!r}", file=sys.stderr)
    return {"fuzz texts": tried, "fuzz faults": faults}


def _each(before: str, after: str = "") -> Callable[[str], str]:
    return lambda text: "\n".join(f"{before}{line}{after}" for line in text.split("\n"))


_WRAPPINGS: tuple[Callable[[str], str], ...] = (
    _each("> "),
    _each("  | "),
    _each("web_1  | "),
    _each("2024-03-03T10:11:12.3279991Z "),
    _each("│ ", "   │"),
    _each("E   "),
    _each("      "),
    json.dumps,
    lambda text: json.dumps({"exception": {"values": [{"type": "X", "value": text}]}}),
    lambda text: json.dumps({"errorType": text, "stackTrace": text.split("\n")}),
    html.escape,
    lambda text: text.replace("\n", "\\n"),
    lambda text: repr(text.split("\n")),
    lambda text: text.replace("\n", " "),
    lambda text: text.encode("utf-16").decode("latin-1"),
)


def _restructured(chance: random.Random, text: str, other: str) -> str:
    """Repeat, shuffle, join and lengthen lines; end one text inside another."""
    lines = text.split("\n")
    for _ in range(chance.randrange(1, 6)):
        at, what = chance.randrange(len(lines)), chance.randrange(5)
        if what == 0:
            lines[at:at] = [lines[at]] * chance.randrange(1, 200)
        elif what == 1:
            lines[at] = lines[at] * chance.randrange(1, 200)
        elif what == 2:
            lines[at:at] = other.split("\n")[: chance.randrange(1, 40)]
        elif what == 3:
            lines[at:] = chance.sample(lines[at:], len(lines) - at)
        else:
            lines[at] = "".join(map(chr, chance.choices(range(0x3000), k=chance.randrange(1, 300))))
    return "\n".join(lines)


def _invented(chance: random.Random, texts: list[str], lines: list[str]) -> str:
    kind = chance.randrange(6)
    if kind == 0:
        return "".join(chance.choices(_PIECES, k=chance.randrange(1, 60)))
    if kind == 1:
        return "\n".join(chance.choices(lines, k=chance.randrange(1, 60)))
    text = chance.choice(texts)
    if kind == 2:
        start = chance.randrange(len(text))
        return text[start : start + chance.randrange(1, 3_000)]
    if kind == 4:
        return _restructured(chance, text, chance.choice(texts))
    if kind == 5:
        for _ in range(chance.randrange(1, 4)):
            text = chance.choice(_WRAPPINGS)(text[:6_000])
        return text
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(_PIECES) + text[at + chance.randrange(4) :]
    return text


if __name__ == "__main__":
    sys.exit(main())
