"""A page as Markdown: the same view, every foreign character escaped, every fence long enough."""

import re
from collections.abc import Iterable, Iterator, Sequence

from fixproof.pages.markup import backed, safe_url
from fixproof.pages.provenance import Provenance, Said, harmless
from fixproof.pages.runs import run_file
from fixproof.pages.stretches import WORDS
from fixproof.pages.versions import Mark, VersionMap, percent
from fixproof.pages.view import Answer, Code, Evidence, Look, View, Way

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$^=-])")
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")


def document(view: View, known: frozenset[str]) -> str:
    """Write the whole page."""
    return harmless("\n\n".join(p for p in _Writer(known).parts(view) if p)) + "\n"


def escaped(text: str) -> str:
    """Make text that means nothing but itself, on one line."""
    flat = " ".join(text.split())
    return _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", flat))


def prose(text: str) -> str:
    """Write paragraphs; what stands between backticks stays code."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(_inline(p) for p in paragraphs)


def _inline(text: str) -> str:
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    # Spaces at the edges of a piece belong to the sentence and must outlive `escaped`.
    return "".join(f"`{p}`" if odd % 2 else _edges(p) for odd, p in enumerate(parts))


def _edges(text: str) -> str:
    inner = escaped(text)
    if not inner:
        return " " if text else ""
    before = " " if text[0].isspace() else ""
    return f"{before}{inner}{' ' if text[-1].isspace() else ''}"


def fenced(text: str, language: str) -> str:
    """Fence text with more backticks than it holds in a row."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{'' if language == 'stack' else language}\n{text}\n{fence}"


def cell(text: str) -> str:
    """Write text into a table's cell."""
    return escaped(text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay cells out as a table; the cells are escaped already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


class _Writer:
    """Writes sections; `known` are the records that stand beside the page."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known = known

    def tag(self, said: Said) -> str:
        """Mark where a statement comes from."""
        if said.by is Provenance.RAN and (runs := backed(said, self.known)):
            times = f", {len(runs)} runs" if len(runs) > 1 else ""
            return f"[ran{times}]({run_file(runs[0])})"
        if said.by is Provenance.CITED and safe_url(said.url):
            return f"[cited](<{safe_url(said.url)}>)"
        return f"({said.by})"

    def say(self, said: Said | None) -> str:
        """Write a statement with its mark."""
        return f"{prose(said.text)} {self.tag(said)}" if said else ""

    def code(self, code: Code | None) -> str:
        """Write a block with its mark above."""
        if code is None:
            return ""
        named = f"`{code.name}` " if code.name else ""
        return f"{named}{self.tag(code.said)}\n\n{fenced(code.said.text, code.language)}"

    def parts(self, view: View) -> Iterator[str]:
        """Write everything, section by section."""
        yield f"# {escaped(view.title)}"
        proved = f", last run {view.proved}" if view.proved else ""
        yield f"{escaped(view.id)} · package {escaped(view.package)} · {view.status}{proved}"
        yield self.say(view.symptom)
        yield from self.answer(view.answer)
        if view.versions:
            yield self.stretches(view.versions)
        yield from self.why(view)
        yield from self.reproduction(view)
        yield from self.options(view)
        yield from self.versions(view)
        yield from self.rest(view)

    def answer(self, answer: Answer) -> Iterator[str]:
        """Say what to do, and how sure."""
        yield "## What to do"
        yield self.say(answer.headline)
        yield fenced(answer.requirement.said.text, "text") if answer.requirement else ""
        share = f"**{answer.percent}** " if answer.percent else ""
        yield f"How sure we are: {share}{self.say(answer.sure)}"
        yield "\n".join(
            f"- {f.label}: **{escaped(f.said.text)}** {self.tag(f.said)}"
            for f in (*answer.boundaries, *answer.causes)
        )

    def stretches(self, versions: VersionMap) -> str:
        """Draw the map at a glance."""
        rows = []
        for it in versions.stretches:
            span = it.first if it.first == it.last else f"{it.first} to {it.last}"
            rows.append((cell(span), it.word, it.counted))
        return table(("versions", "verdict", "releases"), rows)

    def why(self, view: View) -> Iterator[str]:
        """Tell cause, remedy, the change, production."""
        why = view.why
        if why.cause or why.isolated:
            yield "## Why it breaks, and why the fix works"
        yield self.say(why.cause)
        yield self.say(why.remedy)
        yield self.say(why.isolated)
        for change in why.changes:
            yield self.code(change.code)
        if view.production:
            yield "## In production"
            yield from map(self.say, view.production)

    def reproduction(self, view: View) -> Iterator[str]:
        """Write the script, what it shows, where it ran."""
        if view.reproduction:
            yield "## See it fail"
            yield self.code(view.reproduction.script)
            yield self.say(view.reproduction.lead)
            commands = "\n".join(c.said.text for c in view.reproduction.commands)
            yield fenced(commands, "sh")
        if view.looks:
            yield "## What it looks like"
            yield self.say(view.indistinct)
            for look in view.looks:
                yield from self.look(look)
        if view.stage:
            yield "## Environment"
            yield "\n".join(f"- {name}: {self.say(said)}" for name, said in view.stage.facts)
            rows = ((cell(s.text), cell(p.file), p.sha256[:12]) for s, p in view.stage.pins)
            yield table(("package", "file", "SHA-256"), rows)

    def look(self, look: Look) -> Iterator[str]:
        """Show one outcome: search string, ending, output."""
        yield f"### {escaped(look.heading)}"
        yield f"{fenced(look.search.text, 'text')}\n\n{self.say(look.ended)}"
        yield self.code(look.output)

    def options(self, view: View) -> Iterator[str]:
        """List ways out, verification, prevention."""
        if view.ways:
            yield "## Ways out"
        for way in view.ways:
            yield from self.way(way)
        yield "## Verify it in your project"
        yield fenced(view.verify.said.text, "sh")
        if view.prevention:
            yield "## Keep it from coming back"
        for care in view.prevention:
            yield f"### {escaped(care.title)}"
            yield self.say(care.text)
            yield self.code(care.code)

    def way(self, way: Way) -> Iterator[str]:
        """Describe one fix option."""
        yield f"### {escaped(way.title)} ({way.kind})"
        yield self.say(way.explanation)
        yield fenced(way.line.said.text, "text") if way.line else ""
        yield f"**When to use it:** {self.say(way.when)}"
        yield f"**When not:** {self.say(way.when_not)}"
        verdict = f"{WORDS[way.verdict]}. " if way.verdict else ""
        yield f"**Proof:** {verdict}{self.say(way.proof)}"
        yield self.code(way.script)

    def versions(self, view: View) -> Iterator[str]:
        """List all releases, and the interpreters."""
        if view.versions:
            yield f"## All {view.versions.total} releases"
            marks = (m for line in view.versions.lines for m in line.marks)
            head = ("version", "uploaded", "verdict", "exit", "runs", "says")
            yield table(head, map(self.release, marks))
        if view.matrix:
            yield "## Interpreters"
            crossings = (
                (cell(row.python), *map(self.crossing, row.cells)) for row in view.matrix.rows
            )
            yield table(("Python", *map(cell, view.matrix.versions)), crossings)

    def release(self, mark: Mark) -> tuple[str, ...]:
        """Write one release as a row."""
        verdict = ", ".join((mark.word, *mark.roles, *mark.flags))
        says = f"{cell(mark.says.text)} {self.tag(mark.says)}"
        return (cell(mark.version), mark.uploaded, verdict, cell(mark.exit), str(mark.runs), says)

    def crossing(self, mark: Mark | None) -> str:
        """Write one cell of the matrix."""
        return f"{mark.word} {self.tag(mark.says)}" if mark else "not asked"

    def rest(self, view: View) -> Iterator[str]:
        """Write related cases, discussion, evidence, sources, the share of own words."""
        if view.related:
            yield "## Related failures"
            yield "\n".join(f"- {escaped(r.title)} ({escaped(r.id)})" for r in view.related)
        if view.discussion.excerpts:
            yield "## From the discussion"
        for it in view.discussion.excerpts:
            yield f"> {prose(it.said.text)}\n>\n> {escaped(it.who)} {self.tag(it.said)}"
        if view.evidence:
            yield from self.evidence(view.evidence)
        if view.sources:
            yield "## Sources"
            yield "\n".join(f"- {escaped(s.text)} {self.tag(s)}" for s in view.sources)
        tally = view.tally
        yield (
            f"Own content: {percent(tally.own)} of {tally.total} words were run ({tally.ran}) "
            f"or written ({tally.written}) for this page; {tally.cited} are cited."
        )

    def evidence(self, evidence: Evidence) -> Iterator[str]:
        """Say how to check, and how many runs answered what."""
        yield "## Evidence"
        yield self.say(evidence.lead)
        yield fenced(evidence.check.said.text, "sh")
        yield "\n".join(f"- {escaped(g.title)} {len(g.rows)} runs" for g in evidence.groups)
