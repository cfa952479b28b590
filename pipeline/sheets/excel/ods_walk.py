"""A walk through content.xml that sees worksheets, rows and cells, and nothing else of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Protocol

from pipeline.sheets.excel.package import xml_parser

__all__ = ["Attributes", "Walk", "parse", "parsing", "repeated"]

_BLOCK = 1 << 18
_MOST_REPEATED = 1 << 24
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_NO_ROWS = frozenset(
    "table:tracked-changes table:shapes table:dde-links office:forms office:dde-source".split()
)
_NO_TEXT = frozenset({"text:note", "text:ruby-text"})

Attributes = Mapping[str, str]


class _Handler(Protocol):
    def start(self, tag: str, attributes: Attributes, /) -> None: ...

    def end(self, tag: str, /) -> None: ...

    def text(self, data: str, /) -> None: ...


def parse(stream: IO[bytes], handler: _Handler) -> None:
    """Parse a part from its beginning to its end."""
    for _ in parsing(stream, handler):
        pass


def parsing(stream: IO[bytes], handler: _Handler) -> Iterator[None]:
    """Parse a part, and stop after each block."""
    parser = xml_parser()
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    with stream:
        while block := stream.read(_BLOCK):
            parser.Parse(block)
            yield
        parser.Parse(b"", True)
        yield


def repeated(attributes: Attributes, attribute: str) -> int:
    """Tell how often a column, row or cell stands for itself, or how many it is merged over."""
    said = attributes.get(attribute)
    if said is None:
        return 1
    return min(int(said[:9]), _MOST_REPEATED) if said.isdecimal() else 1


class Walk:
    """Sorts elements; comments, pictures and tables inside cells are passed over.

    Of the methods a subclass takes what it needs.
    """

    table = -1
    """The number of the worksheet under way, from 0."""

    def __init__(self) -> None:
        self._skipped = 0
        self._in_spreadsheet = False
        self._in_cell = False

    def start(self, tag: str, attributes: Attributes, /) -> None:
        """Take a start tag."""
        if self._skipped:
            self._skipped += 1
        elif self._in_cell:
            if tag.startswith("text:") and tag not in _NO_TEXT:
                self.start_text(tag, attributes)
            else:
                self._skipped = 1
        elif not self._in_spreadsheet:
            self._in_spreadsheet = tag == "office:spreadsheet"
            self.start_other(tag, attributes)
        elif tag in _CELLS:
            self._in_cell = True
            self.start_cell(attributes)
        elif tag == "table:table-row":
            self.start_row(attributes)
        elif tag == "table:table-column":
            self.start_column(attributes)
        elif tag == "table:table":
            self.table += 1
            self.start_table(attributes)
        elif tag in _NO_ROWS:
            self._skipped = 1

    def end(self, tag: str, /) -> None:
        """Take an end tag."""
        if self._skipped:
            self._skipped -= 1
        elif tag in _CELLS:
            self._in_cell = False
            self.end_cell()
        elif tag == "table:table-row":
            self.end_row()
        elif tag == "table:table":
            self.end_table()
        elif not self._in_spreadsheet:
            self.end_other(tag)

    def text(self, data: str, /) -> None:
        """Take character data."""
        if not self._skipped:
            self.characters(data)

    def start_table(self, attributes: Attributes) -> None:
        """Begin a worksheet."""

    def end_table(self) -> None:
        """End a worksheet."""

    def start_column(self, attributes: Attributes) -> None:
        """Take the description of one or more columns."""

    def start_row(self, attributes: Attributes) -> None:
        """Begin a row."""

    def end_row(self) -> None:
        """End a row."""

    def start_cell(self, attributes: Attributes) -> None:
        """Begin a cell."""

    def end_cell(self) -> None:
        """End a cell."""

    def start_text(self, tag: str, attributes: Attributes) -> None:
        """Begin a paragraph or a part of it, in a cell."""

    def characters(self, data: str) -> None:
        """Take text, in a cell or elsewhere."""

    def start_other(self, tag: str, attributes: Attributes) -> None:
        """Begin an element that stands before the worksheets."""

    def end_other(self, tag: str) -> None:
        """End an element that stands before the worksheets."""
