"""A page taken apart by the standard library, as a browser or a screen reader would see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["Element", "PageRead", "read_page"]

_VOID = frozenset({"meta", "br", "link", "img", "hr", "input", "base"})


@dataclass
class Element:
    """An element with its attributes, what it stands in, and all the text within it."""

    tag: str
    attributes: dict[str, str]
    within: Element | None = field(default=None, repr=False)
    parts: list[str] = field(default_factory=list, repr=False)

    @property
    def text(self) -> str:
        """All text within it."""
        return "".join(self.parts)

    def inside(self, tag: str) -> bool:
        """Tell whether it stands in such an element."""
        return self.within is not None and (self.within.tag == tag or self.within.inside(tag))


class PageRead(HTMLParser):
    """All elements of a page in their order; a tag that is not closed well is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the beginning of an element."""
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), (tag, names)
        within = self._open[-1] if self._open else None
        element = Element(tag, {name: value or "" for name, value in attrs}, within)
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element that ends at once."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Take the end of an element."""
        assert self._open, tag
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        """Add text to everything that is open."""
        for element in self._open:
            element.parts.append(data)

    def close(self) -> None:
        """Take the end of the page."""
        super().close()
        assert self._open == []

    def all(self, *tags: str) -> list[Element]:
        """Give the elements of these kinds."""
        return [one for one in self.elements if one.tag in tags]

    def by_id(self, name: str) -> Element:
        """Give the one element of this id."""
        (found,) = [one for one in self.elements if one.attributes.get("id") == name]
        return found

    def classed(self, name: str) -> list[Element]:
        """Give the elements of this class."""
        return [one for one in self.elements if name in one.attributes.get("class", "").split()]

    def lines(self, table: Element) -> list[list[Element]]:
        """Give the cells of a table's body, line by line."""
        bodies = [one for one in self.all("tbody") if one.within is table]
        lines = [one for one in self.all("tr") if any(one.within is body for body in bodies)]
        return [[c for c in self.all("th", "td") if c.within is line] for line in lines]

    @property
    def words(self) -> str:
        """All that is read, on one line."""
        (body,) = self.all("body")
        return " ".join(body.text.split())


def read_page(html: str) -> PageRead:
    """Take a page apart."""
    page = PageRead()
    page.feed(html)
    page.close()
    return page
