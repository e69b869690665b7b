"""Other failures of the same packages and exception types, generated to fill a large index."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence

Document = Mapping[str, str]

_DONE = "get set load read parse build make open close send fetch check resolve apply map join"
_THINGS = (
    "config node token field schema session stream buffer index layer header client cursor table"
    " frame batch option plugin handler backend loader cache model vector matrix worker channel"
)
_VERBS, _NOUNS = _DONE.split(), _THINGS.split()
_FORMS = (
    ("AttributeError", "module '{package}.{noun}' has no attribute '{name}'"),
    ("AttributeError", "'{Class}' object has no attribute '{name}'"),
    ("AttributeError", "'NoneType' object has no attribute '{name}'"),
    ("ImportError", "cannot import name '{name}' from '{package}.{noun}'"),
    ("ModuleNotFoundError", "No module named '{package}.{noun}_{verb}'"),
    ("TypeError", "{verb}_{noun}() got an unexpected keyword argument '{name}'"),
    ("TypeError", "{Class}.__init__() got an unexpected keyword argument '{name}'"),
    ("TypeError", "{name}() missing 1 required positional argument: '{noun}'"),
    ("TypeError", "unsupported operand type(s) for +: '{Class}' and 'int'"),
    ("ValueError", "invalid {noun} for {verb}: expected {number} {noun}s, got {other}"),
    ("ValueError", "could not {verb} {noun}: {name}"),
    ("RuntimeError", "{noun} {number} is closed, {verb} it first"),
    ("RuntimeError", "operator {package}::{name} does not exist"),
    ("KeyError", "'{name}'"),
    ("OSError", "Unable to {verb} file (unable to {verb} {noun}, errno = {number})"),
    ("AssertionError", ""),
    ("UnicodeDecodeError", "'utf-8' codec can't decode byte 0x{number} in position {other}"),
    ("PermissionError", "[Errno 13] Permission denied: '/srv/{noun}/{name}.bin'"),
)
_QUOTED = re.compile(r"'([A-Za-z_][\w.]*)'")


def distractors(corpus: Sequence[Document], count: int, seed: int = 20) -> Iterator[Document]:
    """Generate failures: two thirds by form, one third real ones about another name."""
    chance = random.Random(seed)
    packages = sorted({d["package"] for d in corpus if d.get("package")})
    templates = [d for d in corpus if _QUOTED.search(d["text"])]
    for number in range(count):
        if number % 3 == 0 and templates:
            text, package = _renamed(chance, chance.choice(templates))
        else:
            package = chance.choice(packages)
            text = _made(chance, package)
        yield {
            "id": f"generated/{package}#{number}",
            "package": package,
            "title": f"{package}: {_name(chance)} fails",
            "text": text,
        }


def _name(chance: random.Random) -> str:
    return f"{chance.choice(_VERBS)}_{chance.choice(_NOUNS)}_{chance.choice(_NOUNS)}"


def _renamed(chance: random.Random, template: Document) -> tuple[str, str]:
    """Tell the last line of a real failure about another name: the hardest to keep apart."""
    lines = [line for line in template["text"].split("\n") if _QUOTED.search(line)]
    lines[-1] = lines[-1].split(" Did you mean")[0]  # a suggestion is not what failed
    quoted = [match[1] for match in _QUOTED.finditer(lines[-1])]
    others = [name for name in quoted if not name.startswith(template["package"])]
    last = (others or quoted)[-1]
    *path, name = last.split(".")
    other = ".".join([*path, f"{name}_{chance.choice(_NOUNS)}_{chance.choice(_NOUNS)}"])
    said = re.sub(rf"\b{re.escape(last)}\b", other, lines[-1].strip())
    return f"```\nTraceback (most recent call last):\n{said}\n```", template["package"]


def _made(chance: random.Random, package: str) -> str:
    kind, form = chance.choice(_FORMS)
    said = form.format(
        package=package,
        name=_name(chance),
        noun=chance.choice(_NOUNS),
        verb=chance.choice(_VERBS),
        Class=chance.choice(_NOUNS).title() + chance.choice(_NOUNS).title(),
        number=chance.randrange(10, 99),
        other=chance.randrange(100, 9999),
    )
    lines = ["Traceback (most recent call last):"]
    for _ in range(chance.randrange(6)):
        path = f"/usr/lib/python3.11/site-packages/{package}/{chance.choice(_NOUNS)}.py"
        lines.append(f'  File "{path}", line {chance.randrange(1, 900)}, in {_name(chance)}')
        lines.append(f"    return self.{_name(chance)}({chance.choice(_NOUNS)})")
    lines.append(f"{kind}: {said}" if said else kind)
    body = "\n".join(lines)
    return f"{package} {chance.randrange(1, 9)}.{chance.randrange(20)}\n\n```\n{body}\n```"
