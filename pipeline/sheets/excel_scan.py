"""A streamed look at a worksheet's XML for what the Excel reader drops.

It drops error cells (``#N/A`` comes as empty, which would clear a field), number formats with
leading zeros, hidden rows, and formulas that were never calculated. It also lays out one block of
memory from the first cell to the last, so a lone cell in XFD1048576 would end the whole process:
the extent is measured here first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from pipeline.core.records import MergedRange
from pipeline.sheets.excel_formats import Padding
from pipeline.sheets.excel_layout import Layout, column_number
from pipeline.sheets.excel_package import UNSOUND, Damaged, xml_parser

__all__ = ["CellMark", "Extent", "RowMarks", "measure", "scan"]

_BLOCK = 1 << 20
_CELL = re.compile(rb'<c r="([A-Z]+)')
_ROW = re.compile(rb'<row r="(\d+)"')
_OTHER_CELL = re.compile(rb"<(?:c|row)[\s>/]")
_SPACED = re.compile(rb"""[a-z]\s+=\s*"|[a-z]=\s+\"""")
_PREFIXED = re.compile(rb":(?:c|row)[\s>/]")
_MERGED = re.compile(rb'<mergeCell ref="([A-Z0-9:]{1,30})"')
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", re.ASCII)
_COLUMN = re.compile(rb"<col ([^>]*)>")
_ATTRIBUTE = re.compile(rb'\b(min|max|hidden)="(\w{1,8})"')


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
    """The layout of a worksheet, and whether a :func:`scan` of it would find marks."""

    odd: bool = False


def measure(
    open_part: Callable[[], IO[bytes]], paddings: Mapping[str, Padding], max_cells: int
) -> Extent:
    """Find out how far a worksheet reaches, in a fraction of the time that parsing takes.

    Formatted cells without content count in the fast way: past ``max_cells`` the parser decides.
    """
    with open_part() as stream:
        found = _measure_fast(stream, paddings)
    if found is not None and found.rows * found.columns <= max_cells:
        return found
    extent = Extent(odd=True)
    with open_part() as stream:
        for _ in scan(stream, paddings, extent):
            pass
    return extent


def _measure_fast(stream: IO[bytes], paddings: Mapping[str, Padding]) -> Extent | None:
    """Measure by patterns; ``None`` where the XML is not written the way everyone writes it."""
    signs = [b'hidden="', b't="e"', b"<f>", b"<f ", b"<f/"]
    signs += [b's="' + style.encode() + b'"' for style in paddings]
    extent, letters, rest = Extent(), set[bytes](), b""
    for first, block in enumerate(_blocks(stream)):
        if b"\0" in block:
            raise Damaged("a worksheet is not UTF-8, which the Excel reader would take for empty")
        if first == 0 and not block.lstrip(b"\xef\xbb\xbf").startswith((b"<?xml", b"<worksheet")):
            return None
        whole, opening, rest = (rest + block).rpartition(b"<")
        rest = opening + rest
        if len(rest) > _BLOCK or _unusual(whole):
            return None
        cells, starts = _CELL.findall(whole), _ROW.findall(whole)
        if len(cells) + len(starts) != whole.count(b"<c") + whole.count(b"<row") and len(
            cells
        ) + len(starts) != len(_OTHER_CELL.findall(whole)):
            return None
        letters.update(cells)
        if not extent.rows or b"<m" in whole:
            _note_columns_and_merges(whole, extent)
        extent.rows = max(extent.rows, max(map(_row_number, starts), default=0))
        extent.odd = extent.odd or any(sign in whole for sign in signs)
    extent.columns = max(map(_column_number, letters), default=0)
    return extent


def _unusual(xml: bytes) -> bool:
    """Tell whether the patterns could misread this; the parser then reads the part instead.

    Every line looks for single characters first: that costs nothing beside one rich pattern.
    """
    spaced = b' ="' in xml or any(each in xml for each in (b"\n", b"\t", b"\r"))
    return bool(
        (b"'" in xml and b"='" in xml)
        or (b"!" in xml and b"<!" in xml)
        or (b"&" in xml and b'="&#' in xml)
        or (b":" in xml and _PREFIXED.search(xml))
        or ((spaced or b'= "' in xml) and _SPACED.search(xml))
    )


def _note_columns_and_merges(xml: bytes, extent: Extent) -> None:
    for found in _COLUMN.findall(xml):
        said = {key.decode(): value.decode() for key, value in _ATTRIBUTE.findall(found)}
        _note_column(said, extent)
    for found in _MERGED.findall(xml):
        _note_merged(found.decode(), extent)


def _note_column(said: Mapping[str, str], extent: Extent) -> None:
    if _is_true(said.get("hidden", "")):
        first, last = said.get("min", ""), said.get("max", "")
        if first.isdecimal() and last.isdecimal():
            extent.note_hidden(int(first[:8]) - 1, int(last[:8]) - 1)


def _note_merged(reference: str, extent: Extent) -> None:
    if found := _RANGE.fullmatch(reference):
        left, top, right, bottom = found.groups()
        columns = column_number(left) - 1, column_number(right) - 1
        extent.note_merged(MergedRange(int(top), int(bottom), *columns))


def _is_true(value: str) -> bool:
    return value.lower() in ("1", "true")


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    try:
        while block := stream.read(_BLOCK):
            yield block
    except UNSOUND as error:
        raise Damaged("a worksheet is cut off or damaged") from error


def _row_number(digits: bytes) -> int:
    return int(digits[:12])


def _column_number(letters: bytes) -> int:
    return column_number(letters.decode("ascii"))


def scan(
    stream: IO[bytes], paddings: Mapping[str, Padding], extent: Extent | None = None
) -> Iterator[RowMarks]:
    """Give the marks of each row that has any, in order, and write down how far cells reach.

    Raises :class:`Damaged` where the XML is broken or its rows are out of order.
    """
    parser = xml_parser()
    state = _Scan(parser, paddings, extent or Extent())
    parser.StartElementHandler = state.start
    try:
        for block in _blocks(stream):
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
            _note_column(attributes, self.extent)
        elif name == "mergeCell":
            _note_merged(attributes.get("ref", ""), self.extent)
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
            self.column = column_number(reference.rstrip("0123456789").upper()) - 1
        else:
            self.column += 1
        if self.column < 0:
            raise Damaged("a worksheet has a cell of no column")
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
