"""The template engine of the pages: escaping, pieces of code, and the content security policy."""

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache

import jinja2
from markupsafe import Markup, escape

from fixproof.pages.provenance import Said, harmless
from fixproof.pages.runs import anchor
from fixproof.pages.stack import Piece, diff_pieces, gist, python_pieces, stack_pieces
from fixproof.pages.stretches import WORDS
from fixproof.pages.versions import MEANINGS

_SAFE_URL = re.compile(r"https?://[^\s\"'<>\\]+$", re.IGNORECASE)
_BY_LINE = {"diff": diff_pieces, "stack": stack_pieces}


@cache
def engine() -> jinja2.Environment:
    """Set the engine up once: escaping everywhere, undefined names are errors."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("fixproof.pages", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_final,
    )
    made.filters.update(prose=prose, code=code, safe_url=safe_url, anchor=anchor, gist=gist)
    made.filters.update(backed=backed)
    made.globals.update(verdict_words=WORDS, verdict_meanings=MEANINGS)
    return made


def render(template: str, **values: object) -> str:
    """Render a page with its style, script and policy."""
    style, script = asset("style.css"), asset("copy.js")
    return (
        engine()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 - our own file, from the package
            script=Markup(script),  # noqa: S704 - the same
            policy=policy(style, script, posts=bool(values.get("posts"))),
            **values,
        )
    )


def asset(name: str) -> str:
    """Read a file beside the templates."""
    loader = engine().loader
    assert loader is not None
    return loader.get_source(engine(), name)[0].strip("\n")


def policy(style: str, script: str, *, posts: bool) -> str:
    """Allow this style and this script and nothing else."""
    target = "'self'" if posts else "'none'"
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        f"base-uri 'none'; form-action {target}"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _final(value: object) -> object:
    return harmless(value) if type(value) is str else value


def prose(text: str) -> Markup:
    """Write paragraphs; what stands between backticks is code."""
    paragraphs = re.split(r"\n\s*\n", harmless(text).strip())
    return Markup("</p><p>").join(_inline(p) for p in paragraphs)


def _inline(text: str) -> Markup:
    parts = text.split("`")
    if len(parts) % 2 == 0:  # an odd backtick means itself
        return escape(text)
    tagged = (
        Markup("<code>{}</code>").format(part) if odd % 2 else escape(part)
        for odd, part in enumerate(parts)
    )
    return Markup().join(tagged)


def code(text: str, language: str) -> Markup:
    """Tint code, diffs and stacks; every piece is escaped."""
    clean = harmless(text).expandtabs(4)
    if language in _BY_LINE:
        lines = _tinted(_BY_LINE[language](clean), whole="line ")
        return Markup("\n").join(lines)
    if language == "python":
        return Markup().join(_tinted(python_pieces(clean)))
    return escape(clean)


def _tinted(pieces: Iterator[Piece], whole: str = "") -> Iterator[Markup]:
    for kind, text in pieces:
        if kind and text:
            yield Markup('<span class="{}">{}</span>').format(f"{whole}{kind}", text)
        else:
            yield escape(text)


def safe_url(url: str) -> str:
    """Let web addresses through and nothing that runs."""
    return url if _SAFE_URL.match(url) else ""


def backed(said: Said, known: frozenset[str]) -> tuple[str, ...]:
    """Find which of a statement's runs are at hand."""
    return tuple(d for d in said.records if d in known)
