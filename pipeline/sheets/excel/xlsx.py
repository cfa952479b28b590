"""An xlsx or xlsm as records: cells as text the way a person sees them, oddities named.

Values come from python-calamine; what it drops comes from :mod:`pipeline.sheets.excel.scan`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pipeline.core.records import OddCell, Record
from pipeline.sheets.excel.formats import Padding, padding_of
from pipeline.sheets.excel.layout import Limits
from pipeline.sheets.excel.measure import marked_rows, measure
from pipeline.sheets.excel.package import Package
from pipeline.sheets.excel.scan import CellMark, Extent, RowMarks, blocks_of, scan
from pipeline.sheets.excel.texts import refuse_empty_promise, shown_bytes, text_lengths
from pipeline.sheets.excel.trouble import (
    no_worksheet,
    refuse_far,
    too_big,
    translated,
)
from pipeline.sheets.excel.values import value_seen
from pipeline.sheets.sheet import Sheet, SheetInfo, Worksheet

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

__all__ = ["ExcelSheet"]


class ExcelSheet(Sheet):
    """An Excel workbook of XML parts, held in memory until it is closed."""

    def __init__(self, info: SheetInfo, content: bytes, limits: Limits) -> None:
        from python_calamine import CalamineError, CalamineWorkbook

        self._limits = limits
        self._errors = (CalamineError, OverflowError)  # elapsed time of a billion days
        self._loaded: tuple[str, CalamineSheet] | None = None
        self._extents: dict[str, Extent] = {}
        with translated(info.name, *self._errors):
            self._package = Package(content)
            texts = self._package.shared_texts()
            refuse_empty_promise(texts)
            self._lengths = text_lengths(texts)
            self._book = CalamineWorkbook.from_filelike(BytesIO(content))
            worksheets = tuple(_worksheets(self._book))
            self._parts = self._package.worksheet_parts()
            self._paddings = _paddings(self._package)
        if not worksheets:
            raise no_worksheet(info.name)
        super().__init__(info, worksheets)

    def close(self) -> None:
        """Let go of the workbook; reading on is an error."""
        self._loaded = None
        self._book.close()
        self._package.close()

    def _layout(self, worksheet: str) -> Extent:
        if worksheet not in self._extents:
            part = self._parts.get(worksheet, "")
            with translated(self.info.name, *self._errors):
                self._extents[worksheet] = measure(
                    partial(self._package.open, part), self._paddings, self._limits.max_cells
                )
        return self._extents[worksheet]

    def _read(self, worksheet: str) -> Iterator[Record]:
        extent = self._layout(worksheet)
        refuse_far(self.info.name, worksheet, extent.rows, extent.columns, self._limits.max_cells)
        with translated(self.info.name, *self._errors):
            self._refuse_too_much_text(worksheet, extent)
            sheet = self._load(worksheet)
            if extent.odd:
                yield from _marked_records(sheet, self._marks(worksheet, plain=extent.plain))
            else:
                yield from _plain_records(sheet)

    def _refuse_too_much_text(self, worksheet: str, extent: Extent) -> None:
        """One long text in very many cells would take all memory."""
        most = self._limits.max_megabytes * 1_000_000
        if extent.cells * max(self._lengths, default=0) > most:
            part = self._parts.get(worksheet, "")
            opened = partial(self._package.open, part)
            if shown_bytes(opened, self._lengths, plain=extent.plain) > most:
                raise too_big(self.info.name, self._limits.max_megabytes)

    def _load(self, worksheet: str) -> CalamineSheet:
        """Load a worksheet; the last one loaded is kept."""
        if self._loaded is None or self._loaded[0] != worksheet:
            self._loaded = None
            self._loaded = (worksheet, self._book.get_sheet_by_name(worksheet))
        return self._loaded[1]

    def _marks(self, worksheet: str, *, plain: bool) -> Iterator[RowMarks]:
        with self._package.open(self._parts.get(worksheet, "")) as stream:
            blocks = marked_rows(stream, self._paddings) if plain else blocks_of(stream)
            yield from scan(blocks, self._paddings)


def _worksheets(book: CalamineWorkbook) -> Iterator[Worksheet]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    for each in book.sheets_metadata:
        if each.typ == SheetTypeEnum.WorkSheet:
            yield Worksheet(each.name, each.visible == SheetVisibleEnum.Visible)


def _paddings(package: Package) -> Mapping[str, Padding]:
    formats = ((style, padding_of(code)) for style, code in package.number_formats().items())
    return {style: padding for style, padding in formats if padding is not None}


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[Any]]]:
    """Give every row with its number; the reader drops empty columns left of the first cell."""
    if sheet.start is None:
        return
    left = [""] * sheet.start[1]
    for row, values in enumerate(sheet.iter_rows(), start=1):
        yield row, left + values if left else values


def _plain_records(sheet: CalamineSheet) -> Iterator[Record]:
    """Give the records of a worksheet that has no marks."""
    columns_of: dict[tuple[type, ...], tuple[int, ...]] = {}
    for row, values in _rows(sheet):
        odd = _see(values, columns_of)
        if odd or not _blank(values):
            yield Record(row, tuple(values), odd)


def _marked_records(sheet: CalamineSheet, marks: Iterator[RowMarks]) -> Iterator[Record]:
    """Join the reader's rows with their marks; both come in order of rows."""
    columns_of: dict[tuple[type, ...], tuple[int, ...]] = {}
    mark = next(marks, None)
    for row, values in _rows(sheet):
        odd = _see(values, columns_of)
        if mark is None or mark.row != row:
            record = Record(row, tuple(values), odd)
        else:
            record = _marked(row, values, odd or {}, mark)
            mark = next(marks, None)
        if record.odd or not record.blank:
            yield record
    # Rows of nothing but formulas without a value, which the reader takes for the end.
    while mark is not None:
        if (record := _marked(mark.row, [], {}, mark)).odd:
            yield record
        mark = next(marks, None)


def _see(
    values: list[Any], columns_of: dict[tuple[type, ...], tuple[int, ...]]
) -> dict[int, OddCell] | None:
    """Make text of a row's cells, in place, and name those that were none.

    Rows are much alike: which columns are to be looked at is found once for each pattern of types.
    """
    types = tuple(map(type, values))
    columns = columns_of.get(types)
    if columns is None:
        columns = tuple(at for at, kind in enumerate(types) if kind is not str)
        if len(columns_of) < _MOST_PATTERNS:
            columns_of[types] = columns
    if not columns:
        return None
    odd = {}
    for column in columns:
        values[column], odd[column] = value_seen(values[column])
    return odd


_MOST_PATTERNS = 1_000


def _blank(values: list[str]) -> bool:
    text = "".join(values)
    return not text or text.isspace()


def _marked(row: int, values: list[str], odd: dict[int, OddCell], mark: RowMarks) -> Record:
    for column, cell in mark.cells.items():
        if cell.padding is None:
            values.extend([""] * (column + 1 - len(values)))
        if column < len(values):
            _apply(cell, column, values, odd)
    return Record(row, tuple(values), odd or None, mark.hidden)


def _apply(cell: CellMark, column: int, values: list[str], odd: dict[int, OddCell]) -> None:
    """Write what the reader dropped into a row's cells."""
    if cell.error:
        values[column], odd[column] = cell.error, OddCell("error", cell.error)
    elif cell.padding is None:
        if values[column] == "":
            odd[column] = OddCell("formula")
    elif (stored := odd.get(column)) and stored.kind == "number" and stored.raw.isdecimal():
        shown = cell.padding.shown(int(stored.raw))
        if shown != stored.raw:
            values[column], odd[column] = shown, OddCell("padded", stored.raw)
