"""A streamed look at a worksheet's XML for what the Excel reader drops.

It drops error cells (``#N/A`` comes as empty, which would clear a field), number formats with
leading zeros, hidden rows, and formulas that were never calculated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from pipeline.core.records import MergedRange
from pipeline.sheets.excel.formats import Padding
from pipeline.sheets.excel.layout import Layout, column_number
from pipeline.sheets.excel.package import UNSOUND, Damaged, xml_parser

__all__ = [
    "CellMark",
    "Extent",
    "RowMarks",
    "blocks_of",
    "note_column",
    "note_merged",
    "scan",
]

_BLOCK = 1 << 20
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", re.ASCII)


@dataclass(frozen=True, slots=True)
class CellMark:
    """A cell to look at: an ``error``'s text, a number's ``padding``, or an empty formula."""

    error: str = ""
    padding: Padding | None = None


@dataclass(frozen=True, slots=True)
class RowMarks:
    """What there is to say of one row; ``cells`` by column index from 0."""

    row: int
    hidden: bool
    cells: Mapping[int, CellMark]


@dataclass(slots=True)
class Extent(Layout):
    """The layout of a worksheet, and what there is to say of its XML.

    ``odd``: a :func:`scan` may find marks. ``plain``: written the way everyone writes it.
    """

    odd: bool = False
    plain: bool = False
    cells: int = 0


def note_column(said: Mapping[str, str], extent: Extent) -> None:
    """Take the description of some columns."""
    if _is_true(said.get("hidden", "")):
        first, last = said.get("min", ""), said.get("max", "")
        if first.isdecimal() and last.isdecimal():
            extent.note_hidden(int(first[:8]) - 1, int(last[:8]) - 1)


def note_merged(reference: str, extent: Extent) -> None:
    """Take a range of merged cells, as ``A1:B2``."""
    if found := _RANGE.fullmatch(reference):
        left, top, right, bottom = found.groups()
        columns = column_number(left) - 1, column_number(right) - 1
        extent.note_merged(MergedRange(int(top), int(bottom), *columns))


def _is_true(value: str) -> bool:
    return value.lower() in ("1", "true")


def blocks_of(stream: IO[bytes]) -> Iterator[bytes]:
    """Unpack a part block by block."""
    try:
        while block := stream.read(_BLOCK):
            yield block
    except UNSOUND as error:
        raise Damaged("a worksheet is cut off or damaged") from error


def scan(
    blocks: Iterable[bytes], paddings: Mapping[str, Padding], extent: Extent | None = None
) -> Iterator[RowMarks]:
    """Give the marks of each row that has any, in order, and write down how far cells reach.

    Raises :class:`Damaged` where the XML is broken or its rows are out of order.
    """
    parser = xml_parser()
    state = _Scan(parser, paddings, extent or Extent())
    parser.StartElementHandler = state.start
    try:
        for block in blocks:
            parser.Parse(block)
            yield from state.taken()
        parser.Parse(b"", True)
    except UNSOUND as error:
        raise Damaged("a worksheet's XML is broken") from error
    state.end_row()
    yield from state.taken()


@dataclass(slots=True)
class _Scan:
    """What the parser has seen of the row and cell under way."""

    parser: expat.XMLParserType
    paddings: Mapping[str, Padding]
    extent: Extent
    prefix: str | None = None
    row: int = 0
    column: int = -1
    hidden: bool = False
    marks: dict[int, CellMark] = field(default_factory=dict)
    done: list[RowMarks] = field(default_factory=list)
    kind: str = ""
    style: str = ""
    formula: bool = False
    valued: bool = False
    text: list[str] = field(default_factory=list)

    def taken(self) -> list[RowMarks]:
        """Hand over the finished rows."""
        done, self.done = self.done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a start tag; names count only under the worksheet's own prefix."""
        if self.prefix is None:
            self.prefix = tag[: tag.rfind(":") + 1]
        name = tag.removeprefix(self.prefix)
        if name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self._reach()
            if self.formula or self.kind == "e":
                self.parser.CharacterDataHandler = self.text.append
            return
        elif name == "f":
            self.formula = True
        elif name == "is":
            self._reach()
        elif name == "row":
            self._start_row(attributes)
        elif name == "col":
            note_column(attributes, self.extent)
        elif name == "mergeCell":
            note_merged(attributes.get("ref", ""), self.extent)
        if self.parser.CharacterDataHandler is not None:
            self.parser.CharacterDataHandler = None

    def _start_row(self, attributes: dict[str, str]) -> None:
        self.end_row()
        number = attributes.get("r", "")
        row = int(number[:12]) if number.isdecimal() else self.row + 1
        if row <= self.row:
            raise Damaged("a worksheet's rows are out of order")
        self.row, self.column = row, -1
        self.hidden = _is_true(attributes.get("hidden", ""))

    def end_row(self) -> None:
        """Close the row under way."""
        self._end_cell()
        if self.hidden or self.marks:
            self.done.append(RowMarks(self.row, self.hidden, self.marks))
            self.marks = {}
        self.hidden = False

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if self.kind or self.formula or self.style:
            self._end_cell()
        self.valued = False
        reference = attributes.get("r")
        if reference:
            letters = reference.rstrip("0123456789")
            if reference[len(letters) :].lstrip("0") != str(self.row):
                raise Damaged("a worksheet has a cell that stands in another row than it says")
            self.column = column_number(letters.upper()) - 1
        else:
            self.column += 1
        if self.column < 0:
            raise Damaged("a worksheet has a cell of no column")
        self.extent.cells += 1
        self.kind, self.style = attributes.get("t", ""), attributes.get("s", "")

    def _reach(self) -> None:
        self.valued = True
        self.extent.rows = self.row
        if self.column >= self.extent.columns:
            self.extent.columns = self.column + 1

    def _end_cell(self) -> None:
        text = "".join(self.text).strip()
        if self.kind == "e":
            self.marks[self.column] = CellMark(error=text or "#ERROR")
        elif self.formula and not text and self.kind != "str":
            self.marks[self.column] = CellMark()
        elif self.valued and self.kind in ("", "n") and (padding := self.paddings.get(self.style)):
            self.marks[self.column] = CellMark(padding=padding)
        self.kind = self.style = ""
        self.formula = self.valued = False
        self.text.clear()
