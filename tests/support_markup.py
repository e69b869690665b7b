"""Reads a page as a browser would: elements with their attributes and texts."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "hr", "input"}


@dataclass
class Element:
    """One element. `text` is everything inside, children included."""

    name: str
    attributes: dict[str, str]
    path: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A parsed page."""

    elements: list[Element] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        path = tuple(e.name for e in self._open)
        element = Element(tag, {k: v or "" for k, v in attrs}, path)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        path = tuple(e.name for e in self._open)
        self.elements.append(Element(tag, {k: v or "" for k, v in attrs}, path))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1].name == tag:
            self._open.pop()
        else:
            self.faults.append(
                f"</{tag}> closes {self._open[-1].name if self._open else 'nothing'}"
            )

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, name: str) -> list[Element]:
        """All elements of a name."""
        return [e for e in self.elements if e.name == name]

    def values(self, attribute: str) -> list[str]:
        """All values of an attribute."""
        return [e.attributes[attribute] for e in self.elements if attribute in e.attributes]

    def by_id(self, name: str) -> Element:
        """The element with an id."""
        return next(e for e in self.elements if e.attributes.get("id") == name)


def parse(text: str) -> Page:
    """Parse a page."""
    page = Page()
    page.feed(text)
    page.close()
    page.faults += [f"never closed: {e.name}" for e in page._open]
    return page
