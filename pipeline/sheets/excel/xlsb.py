"""An xlsb as records: the binary records of its parts, read one after the other.

python-calamine reads xlsb too, but drops formulas that ended in an error, text of several fonts
and zeros in front, takes a date that is a whole number for a number, and stops without a word
behind a row that it does not believe. So the few kinds of records that hold cells are read here.
Numbers of records and their fields are those of [MS-XLSB].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.core.records import MergedRange, OddCell, Record
from pipeline.sheets.excel.formats import CellFormat, format_of
from pipeline.sheets.excel.layout import LAST_COLUMN, LAST_ROW, Layout, Limits
from pipeline.sheets.excel.package import UNSOUND, Damaged, Package
from pipeline.sheets.excel.trouble import no_worksheet, refuse_far, translated
from pipeline.sheets.excel.values import Seen, boolean_seen, serial_seen
from pipeline.sheets.sheet import Sheet, SheetInfo, Worksheet

__all__ = ["XlsbSheet"]

_ROW, _SHORT_CELLS, _RICH_TEXT = 0, range(12, 19), 62
_SHARED_TEXT, _FORMAT, _STYLE, _HIDDEN_COLUMN, _SHEET = 19, 44, 47, 60, 156
_BOOK_OPTIONS, _MERGED, _STYLES, _STYLES_END = 153, 176, 617, 618
_DATA, _DATA_END = 145, 146

_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
_BUILT_IN: Mapping[int, CellFormat] = {
    **dict.fromkeys((*range(14, 23), 45, 47), "date"),
    46: "elapsed",
}
_BROKEN = (*UNSOUND, struct.error)


class XlsbSheet(Sheet):
    """A binary workbook; its parts are unpacked as they are read."""

    def __init__(self, info: SheetInfo, content: bytes, limits: Limits) -> None:
        self._limits = limits
        self._layouts: dict[str, Layout] = {}
        with translated(info.name, *_BROKEN):
            self._package = Package(content, "workbook.bin")
            self._book = _book(self._package)
        if not self._book.parts:
            raise no_worksheet(info.name)
        super().__init__(info, tuple(self._book.worksheets))

    def close(self) -> None:
        """Let go of the workbook; reading on is an error."""
        self._book.texts.clear()
        self._package.close()

    def _layout(self, worksheet: str) -> Layout:
        if worksheet not in self._layouts:
            with translated(self.info.name, *_BROKEN):
                self._layouts[worksheet] = _measured(self._part(worksheet))
        return self._layouts[worksheet]

    def _read(self, worksheet: str) -> Iterator[Record]:
        layout = self._layout(worksheet)
        refuse_far(self.info.name, worksheet, layout.rows, layout.columns, self._limits.max_cells)
        with translated(self.info.name, *_BROKEN):
            yield from _rows(self._part(worksheet), self._book)

    def _part(self, worksheet: str) -> bytes:
        return self._package.open(self._book.parts[worksheet]).read()


@dataclass(slots=True)
class _Book:
    """What the worksheets share: ``formats`` by number of style, ``texts`` by number."""

    worksheets: list[Worksheet] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    formats: list[CellFormat | None] = field(default_factory=list)
    since_1904: bool = False


def _book(package: Package) -> _Book:
    book = _Book()
    part = package.workbook_part()
    relations = package.relations(part)
    for kind, body in _records(package.open(part).read()):
        if kind == _BOOK_OPTIONS:
            book.since_1904 = bool(body[0] & 1)
        elif kind == _SHEET:
            relation, end = _text(body, 8)
            name, _ = _text(body, end)
            target = relations.get(relation)
            if target is not None and target.kind.endswith("worksheet") and name not in book.parts:
                book.worksheets.append(Worksheet(name, visible=not any(body[:4])))
                book.parts[name] = target.part
    for target in relations.values():
        if target.kind.endswith("/sharedStrings"):
            records = _records(package.open(target.part).read())
            book.texts = [_text(body, 1)[0] for kind, body in records if kind == _SHARED_TEXT]
        elif target.kind.endswith("/styles"):
            book.formats = _formats(package.open(target.part).read())
    return book


def _formats(part: bytes) -> list[CellFormat | None]:
    own: dict[int, CellFormat | None] = {}
    formats: list[CellFormat | None] = []
    inside = False
    for kind, body in _records(part):
        if kind == _FORMAT:
            own[int.from_bytes(body[:2], "little")] = format_of(_text(body, 2)[0])
        elif kind in (_STYLES, _STYLES_END):
            inside = kind == _STYLES
        elif kind == _STYLE and inside:
            number = int.from_bytes(body[2:4], "little")
            formats.append(own[number] if number in own else _BUILT_IN.get(number))
    return formats


def _measured(part: bytes) -> Layout:
    layout = Layout()
    row = 0
    for kind, body in _records(part):
        if kind == _ROW:
            row = int.from_bytes(body[:4], "little") + 1
        elif kind == _HIDDEN_COLUMN:
            first, last, flags = struct.unpack_from("<II8xH", body)
            if flags & 1:
                layout.note_hidden(first, last)
        elif kind == _MERGED:
            top, bottom, left, right = struct.unpack_from("<4I", body)
            layout.note_merged(MergedRange(top + 1, bottom + 1, left, right))
        elif 1 < kind <= 11 or kind == _RICH_TEXT:
            layout.rows = row
            layout.columns = max(layout.columns, int.from_bytes(body[:4], "little") + 1)
    return layout


def _rows(part: bytes, book: _Book) -> Iterator[Record]:
    """Give the records of a worksheet that hold anything."""
    row, hidden = 0, False
    values: list[str] = []
    odd: dict[int, OddCell] = {}
    column, inside = -1, False
    for kind, body in _records(part):
        if kind in (_ROW, _DATA_END) and inside:
            if odd or any(value and not value.isspace() for value in values):
                if not row:
                    raise Damaged("a worksheet has cells that stand in no row")
                yield Record(row, tuple(values), odd or None, hidden)
            values, odd, column = [], {}, -1
        if kind == _DATA:
            inside = True
        elif kind == _DATA_END:
            return
        elif not inside:
            continue
        elif kind == _ROW:
            number = int.from_bytes(body[:4], "little") + 1
            if not row < number <= LAST_ROW:
                raise Damaged("a worksheet's rows are out of order")
            row, hidden = number, bool(body[11] & 0x10)
        elif kind in _SHORT_CELLS:
            column += 1
            _take(column, _seen(kind - 11, body, 4, book), values, odd)
        elif kind <= 11 or kind == _RICH_TEXT:
            column = int.from_bytes(body[:4], "little")
            _take(column, _seen(kind, body, 8, book), values, odd)
    raise Damaged("a worksheet is cut off")


def _take(column: int, seen: str | Seen | None, values: list[str], odd: dict[int, OddCell]) -> None:
    if column >= LAST_COLUMN:
        raise Damaged("a worksheet has a cell of no column")
    if seen is None:
        return
    if column >= len(values):
        values.extend([""] * (column + 1 - len(values)))
    if isinstance(seen, str):
        values[column] = seen
    else:
        values[column], odd[column] = seen


def _seen(kind: int, body: bytes, at: int, book: _Book) -> str | Seen | None:
    """Give the text of a cell's record, whose value begins at a place; ``None``: it has none."""
    if kind == 7:  # a shared text
        return book.texts[int.from_bytes(body[at : at + 4], "little")]
    if kind in (6, 8, _RICH_TEXT):  # a text of its own, that of a formula, one of several fonts
        return _text(body, at + (kind == _RICH_TEXT))[0]
    if kind in (2, 5, 9):
        return _number(kind, body, at, book)
    if kind in (4, 10):
        return boolean_seen(body[at] != 0)
    if kind in (3, 11):
        shown = _ERRORS.get(body[at], "#ERROR")
        return shown, OddCell("error", shown)
    return None


def _number(kind: int, body: bytes, at: int, book: _Book) -> Seen:
    style = int.from_bytes(body[at - 4 : at - 1], "little")
    form = book.formats[style] if style < len(book.formats) else None
    value = _packed_number(body, at) if kind == 2 else struct.unpack_from("<d", body, at)[0]
    return serial_seen(value, form, since_1904=book.since_1904)


def _packed_number(body: bytes, at: int) -> float:
    """Read a number of 30 bits: whole, or the upper half of a float; maybe a hundredfold."""
    (packed,) = struct.unpack_from("<i", body, at)
    if packed & 2:
        value = float(packed >> 2)
    else:
        value = struct.unpack("<d", bytes(4) + struct.pack("<i", packed & ~3))[0]
    return value / 100 if packed & 1 else value


def _text(body: bytes, at: int) -> tuple[str, int]:
    """Read a text and where it ends; its length stands before it."""
    begin = at + 4
    length = int.from_bytes(body[at:begin], "little")
    if length == 0xFFFFFFFF:
        return "", begin
    end = begin + 2 * length
    if end > len(body):
        raise Damaged("a text is cut off")
    return body[begin:end].decode("utf-16-le", "replace"), end


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Give number and body of each record; both number and size are written 7 bits a byte."""
    at, end = 0, len(part)
    while at < end:
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | part[at] << 7
            at += 1
        size = part[at]
        at += 1
        if size & 0x80:
            size &= 0x7F
            for shift in (7, 14, 21):
                more = part[at]
                at += 1
                size |= (more & 0x7F) << shift
                if not more & 0x80:
                    break
        if at + size > end:
            raise Damaged("a part is cut off")
        yield kind, part[at : at + size]
        at += size
