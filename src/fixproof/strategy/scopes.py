"""Which function or class of a Python file a line belongs to."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A function or class: its name, its dotted path, its lines (from 1, both included)."""

    name: str
    path: str
    start: int
    end: int


def scopes(file: str, content: bytes) -> tuple[Scope, ...]:
    """List the functions and classes of a file; none where it is not readable Python."""
    if not file.endswith((".py", ".pyi")):
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes of other people's code
            return tuple(_within(ast.parse(content), ""))
    except (SyntaxError, ValueError, RecursionError):
        return ()


def smallest(known: tuple[Scope, ...], start: int, end: int) -> Scope | None:
    """Find the innermost scope that holds all of these lines."""
    around = [scope for scope in known if scope.start <= start and end <= scope.end]
    return min(around, key=lambda scope: scope.end - scope.start, default=None)


def _within(node: ast.AST, outer: str) -> Iterator[Scope]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            path = f"{outer}.{child.name}" if outer else child.name
            start = min([child.lineno, *(d.lineno for d in child.decorator_list)])
            end = child.end_lineno or child.lineno
            yield Scope(name=child.name, path=path, start=start, end=end)
            yield from _within(child, path)
        else:
            yield from _within(child, outer)
