"""A workbook as records: cells as text the way a person sees them, oddities named.

Values come from python-calamine; what it drops comes from :mod:`pipeline.sheets.excel_scan`
(xlsx and xlsm), and an older kind is read only where it would drop nothing
(:mod:`pipeline.sheets.excel_older`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from pipeline.core.errors import SheetError
from pipeline.core.records import OddCell, Record
from pipeline.sheets.excel_formats import Padding, number_text, padding_of
from pipeline.sheets.excel_older import refuse_what_would_be_lost
from pipeline.sheets.excel_package import Damaged, Package
from pipeline.sheets.excel_scan import CellMark, RowMarks, measure, scan
from pipeline.sheets.sheet import Sheet, SheetInfo, Worksheet

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

__all__ = ["ExcelSheet"]

_SCANNED = ("xlsx", "xlsm")


class ExcelSheet(Sheet):
    """An Excel or OpenDocument workbook, held in memory until it is closed."""

    def __init__(self, info: SheetInfo, content: bytes, max_cells: int) -> None:
        from python_calamine import CalamineWorkbook

        self._max_cells = max_cells
        self._package: Package | None = None
        self._paddings: Mapping[str, Padding] = {}
        self._loaded: tuple[str, CalamineSheet, bool] | None = None
        with _translated(info.name):
            if info.kind not in _SCANNED:
                refuse_what_would_be_lost(info.name, info.kind, content, max_cells)
            self._book = CalamineWorkbook.from_filelike(BytesIO(content))
            worksheets = tuple(_worksheets(self._book))
            if info.kind in _SCANNED:
                self._package = Package(content)
                self._parts = self._package.worksheet_parts()
                self._paddings = _paddings(self._package)
        if not worksheets:
            raise SheetError(f"{info.name} has no worksheet of cells; save the rows in one.")
        super().__init__(info, worksheets)

    def close(self) -> None:
        """Let go of the workbook; reading on is an error."""
        self._loaded = None
        self._book.close()
        if self._package is not None:
            self._package.close()

    def _read(self, worksheet: str) -> Iterator[Record]:
        with _translated(self.info.name):
            sheet, odd = self._load(worksheet)
            yield from _records(sheet, self._marks(worksheet) if odd else iter(()))

    def _load(self, worksheet: str) -> tuple[CalamineSheet, bool]:
        """Load a worksheet, and tell whether it has marks; the last one loaded is kept."""
        if self._loaded is None or self._loaded[0] != worksheet:
            self._loaded = None
            odd = self._package is not None and self._measure(self._package, worksheet)
            self._loaded = (worksheet, self._book.get_sheet_by_name(worksheet), odd)
        return self._loaded[1], self._loaded[2]

    def _measure(self, package: Package, worksheet: str) -> bool:
        part = self._parts.get(worksheet, "")
        extent = measure(lambda: package.open(part), self._paddings, self._max_cells)
        if extent.rows * extent.columns > self._max_cells:
            raise SheetError(
                f"{self.info.name}: worksheet {worksheet} reaches to row {extent.rows:,} and "
                f"column {extent.columns:,}, over {self._max_cells:,} cells; "
                "delete what stands far from the table, or save the rows as CSV."
            )
        return extent.odd

    def _marks(self, worksheet: str) -> Iterator[RowMarks]:
        if self._package is None:
            return
        with self._package.open(self._parts.get(worksheet, "")) as stream:
            yield from scan(stream, self._paddings)


def _worksheets(book: CalamineWorkbook) -> Iterator[Worksheet]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    for each in book.sheets_metadata:
        if each.typ == SheetTypeEnum.WorkSheet:
            yield Worksheet(each.name, each.visible == SheetVisibleEnum.Visible)


def _paddings(package: Package) -> Mapping[str, Padding]:
    formats = ((style, padding_of(code)) for style, code in package.number_formats().items())
    return {style: padding for style, padding in formats if padding is not None}


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Say in one sentence what the readers below raise about a file that is not sound."""
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except PasswordError as error:
        raise SheetError(
            f"{name} is protected by a password; save it without one, then start again."
        ) from error
    except (CalamineError, Damaged, BadZipFile, OSError) as error:
        raise _damaged(name) from error
    except BaseException as error:
        # A panic inside the Excel reader is no Exception; signals are none of our business.
        if type(error).__name__ == "PanicException":
            raise _damaged(name) from error
        raise


def _damaged(name: str) -> SheetError:
    return SheetError(
        f"{name} is damaged or cut off; open it in Excel, save it anew, then start again."
    )


def _records(sheet: CalamineSheet, marks: Iterator[RowMarks]) -> Iterator[Record]:
    """Join the reader's rows with their marks; both come in order of rows."""
    # The reader keeps empty rows above the first cell, but not empty columns left of it.
    left = [""] * sheet.start[1] if sheet.start else []
    rows = sheet.iter_rows() if sheet.start else iter(())
    mark = next(marks, None)
    for row, values in enumerate(rows, start=1):
        mine = mark if mark is not None and mark.row == row else None
        record = _record(row, left + values if left else values, mine)
        if not record.blank or record.odd:
            yield record
        if mine is not None:
            mark = next(marks, None)
    # Rows of nothing but formulas without a value, which the reader takes for the end.
    while mark is not None:
        if (record := _record(mark.row, [], mark)).odd:
            yield record
        mark = next(marks, None)


def _record(row: int, values: list[Any], mark: RowMarks | None) -> Record:
    odd: dict[int, OddCell] = {}
    for column, value in enumerate(values):
        if value.__class__ is not str:
            values[column], odd[column] = _as_seen(value)
    if mark is None:
        return Record(row, tuple(values), odd or None)
    for column, cell in mark.cells.items():
        if cell.padding is None:
            values.extend([""] * (column + 1 - len(values)))
        if column < len(values):
            _apply(cell, column, values, odd)
    return Record(row, tuple(values), odd or None, mark.hidden)


def _apply(cell: CellMark, column: int, values: list[Any], odd: dict[int, OddCell]) -> None:
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


def _as_seen(value: object) -> tuple[str, OddCell]:
    """Give the text of a cell that is stored as something else, and what it is stored as."""
    match value:
        case bool():
            text = "TRUE" if value else "FALSE"
            return text, OddCell("boolean", text)
        case int() | float():
            text = number_text(float(value)) if isinstance(value, float) else str(value)
            return text, OddCell("number", text)
        case dt.datetime():
            midnight = value.time() == dt.time()
            text = str(value.date()) if midnight else value.isoformat(" ", "seconds")
        case dt.timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            text = f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:  # a date or a time
            text = str(value)
    return text, OddCell("date", text)
