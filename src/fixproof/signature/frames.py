"""Lines that are a frame of a stack, in all the forms that tools give them."""

from dataclasses import dataclass

from fixproof.signature import shapes


@dataclass(frozen=True, slots=True)
class Stacked:
    """A frame as a line tells it."""

    path: str
    line: int | None
    function: str
    indent: int


def framed(line: str) -> Stacked | None:
    """Read a line as a frame."""
    if 'File "' in line and (match := shapes.STANDARD.fullmatch(line)):
        function = match["function"] or "<syntax>"
        number = int(match["line"]) if match["line"] else None
        return Stacked(match["path"], number, function, len(match["indent"]))
    return _listed(line) if any(mark in line for mark in (" in ", "File ", "In")) else None


def _listed(line: str) -> Stacked | None:
    for shape in shapes.LISTED:
        if match := shape.fullmatch(line):
            number = int(match["line"]) if match["line"] else None
            indent = shapes.indent_of(line)
            return Stacked(match["path"], number, _function(match["function"]), indent)
    return None


def _function(said: str | None) -> str:
    """Tell the code object's own name, without arguments and qualification."""
    name = (said or "<module>").strip()
    if name.startswith("<"):
        return name.removesuffix("()").removesuffix("(...)")
    return name.split("(", 1)[0].rsplit(".", 1)[-1] or "<module>"
