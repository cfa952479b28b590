"""Write a results sheet as an Excel workbook, row by row in bounded memory.

Everything that came as text stays text (Text format, never a formula, link or number), so that a
ZIP typed into a cell later keeps its zero as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.core.account import Account
from pipeline.core.results import (
    FOLDED_COLUMNS,
    RESULT_COLUMNS,
    HeadingLine,
    Line,
    ResultRow,
    Value,
    padded,
    results_headings,
)
from pipeline.sheets.excel.book import TextWorksheet, new_book, worksheet_name

__all__ = ["MAX_EXCEL_COLUMNS", "MAX_EXCEL_ROWS", "fits_excel", "write_xlsx"]

MAX_EXCEL_ROWS = 1_048_575
"""Rows of a worksheet under its headings: Microsoft's published limit."""
MAX_EXCEL_COLUMNS = 16_384

# Characters that a column shows; ``reason`` is as wide as most of its sentences, not as all.
_OUR_WIDTHS: Mapping[str, int] = {
    "success": 11,
    "reference_id": 36,
    "outcome": 12,
    "next_step": 15,
    "reason": 64,
    "repairs": 44,
    "warnings": 44,
    "http_status": 14,
    "attempts": 12,
    "sent_at": 22,
    "row": 8,
    "run_id": 24,
}
_LEAST_WIDTH, _MOST_WIDTH = 8, 42
_FILTER_BUTTON = 3
_NUMBERS = frozenset({"http_status", "attempts", "row"})
_SEVERAL_LINES = ("reason", "repairs", "warnings")
_FORMATS: Mapping[str, Mapping[str, object]] = {
    "text": {"num_format": "@", "valign": "top"},
    "lines": {"num_format": "@", "valign": "top", "text_wrap": True},
    "number": {"num_format": "0", "valign": "top"},
    # Excel shows TRUE and FALSE by itself; LibreOffice needs the format, or shows 1 and 0.
    "success": {"num_format": '"TRUE";"TRUE";"FALSE"', "valign": "top", "align": "center"},
    "theirs": {"num_format": "@", "bold": True, "bg_color": "#EDEDED", "bottom": 1},
    "ours": {"num_format": "@", "bold": True, "bg_color": "#DCE6F1", "bottom": 1},
}
_LINE_POINTS = 15  # the height of a row of one line
_MOST_LINES = 20
_EVERYWHERE = "A1:XFD1048576"


def fits_excel(rows: int, width: int) -> bool:
    """Tell whether a worksheet holds so many rows of so many of the user's columns, and ours."""
    return rows <= MAX_EXCEL_ROWS and width + len(RESULT_COLUMNS) <= MAX_EXCEL_COLUMNS


def write_xlsx(
    path: Path,
    lines: Iterable[Line],
    *,
    width: int,
    widths: Sequence[int],
    worksheet: str,
    account: Account,
) -> None:
    """Write ``lines``, which come in the order of their rows, as the one worksheet of a workbook.

    ``width`` is the number of the user's columns, ``widths`` the characters that each should show
    (kept within sensible bounds), ``worksheet`` the name to give (what Excel does not allow in it
    is replaced), ``account`` what became of the run as a whole. Row N of the results is row N of
    the source. Cells too long for Excel are cut with a mark. Raises OSError when the disk is full
    and ValueError when lines are out of order, wider than ``width`` or beyond :func:`fits_excel`.
    """
    if not fits_excel(0, width):
        raise ValueError(f"{width} columns and ours are more than Excel holds")
    with new_book(path, constant_memory=True) as book:
        # Not the time of writing: the same run gives the same bytes again.
        book.set_properties({"created": datetime.fromtimestamp(account.begun_at, UTC)})
        page = _Page(book, worksheet_name(worksheet), width)
        try:
            for line in lines:
                page.write(line)
        except BaseException:
            page.abandon()
            raise
        page.finish(widths)


class _Page:
    """The results worksheet while it grows."""

    def __init__(self, book: Any, name: str, width: int) -> None:
        self._sheet = book.add_worksheet(name, TextWorksheet)
        self._formats = {name: book.add_format(dict(look)) for name, look in _FORMATS.items()}
        self._width = width
        self._looks = [self._formats["text"]] * width
        self._looks += [self._formats[_look_of(name)] for name in RESULT_COLUMNS]
        self._headings: tuple[str, ...] = ()
        self._heading_row = 0
        self._table_end = 0
        self._last_row = 0

    def write(self, line: Line) -> None:
        if not self._last_row < line.row <= MAX_EXCEL_ROWS + 1:
            raise ValueError(f"row {line.row} cannot come after row {self._last_row} in Excel")
        self._last_row = line.row
        if isinstance(line, HeadingLine):
            self._write_headings(line)
            return
        cells = padded(line.cells, self._width)
        if isinstance(line, ResultRow):
            self._write_row(line, cells)
        else:
            self._write_theirs(line.row - 1, cells)

    def _write_headings(self, line: HeadingLine) -> None:
        self._headings = results_headings(line.cells, self._width)
        self._heading_row = self._table_end = line.row
        for column, heading in enumerate(self._headings):
            look = "theirs" if column < self._width else "ours"
            self._sheet.put_text(line.row - 1, column, heading, self._formats[look])

    def _write_theirs(self, at: int, cells: Iterable[str]) -> None:
        write, text = self._sheet.put_text, self._formats["text"]
        for column, cell in enumerate(cells):
            if cell:
                write(at, column, cell, text)

    def _write_row(self, line: ResultRow, cells: tuple[str, ...]) -> None:
        self._table_end = line.row
        told = (line.reason, line.repairs, line.warnings)
        tall = max(map(_lines_of, told, _SEVERAL_LINES))
        ours = line.ours()
        if tall == 1 and self._sheet.put_row(line.row - 1, cells + ours, self._looks):
            return
        self._write_theirs(line.row - 1, cells)
        self._write_ours(line.row - 1, ours, tall)

    def _write_ours(self, at: int, ours: Sequence[Value], tall: int) -> None:
        sheet, formats = self._sheet, self._formats
        if tall > 1:  # not left to the program: LibreOffice does not fit every row
            sheet.set_row(at, _LINE_POINTS * min(tall, _MOST_LINES))
        values = zip(RESULT_COLUMNS, ours, strict=True)
        for column, (name, value) in enumerate(values, start=self._width):
            if value is None or value == "":
                continue
            look = formats[_look_of(name, value)]
            if isinstance(value, bool):
                sheet.write_boolean(at, column, value, look)
            elif isinstance(value, int):
                sheet.write_number(at, column, value, look)
            else:
                sheet.put_text(at, column, value, look)

    def finish(self, widths: Sequence[int]) -> None:
        sheet, last_column = self._sheet, self._width + len(RESULT_COLUMNS) - 1
        self._set_columns(widths)
        sheet.ignore_errors({"number_stored_as_text": _EVERYWHERE})
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        if self._heading_row:
            sheet.freeze_panes(self._heading_row, 0)
            sheet.autofilter(self._heading_row - 1, 0, self._table_end - 1, last_column)
            sheet.repeat_rows(self._heading_row - 1)

    def _set_columns(self, widths: Sequence[int]) -> None:
        sheet, text = self._sheet, self._formats["text"]
        for column in range(self._width):
            heading = len(self._headings[column]) if self._headings else 0
            wanted = max(*widths[column : column + 1], heading + _FILTER_BUTTON, _LEAST_WIDTH)
            sheet.set_column(column, column, min(wanted, _MOST_WIDTH), text)
        first_folded = len(RESULT_COLUMNS) - FOLDED_COLUMNS
        for number, (name, wide) in enumerate(_OUR_WIDTHS.items()):
            fold = {"level": 1, "hidden": True} if number >= first_folded else None
            column = self._width + number
            sheet.set_column(column, column, wide, self._formats[_look_of(name)], fold)
        after = self._width + len(RESULT_COLUMNS)
        sheet.set_column(after, after, None, None, {"collapsed": True})

    def abandon(self) -> None:
        self._sheet.close_rows()


def _lines_of(text: str, name: str) -> int:
    """Estimate the lines of a wrapped cell."""
    room = _OUR_WIDTHS[name] - 4
    if len(text) <= room and "\n" not in text:
        return 1
    return sum(-(-len(line) // room) or 1 for line in text.split("\n"))


def _look_of(name: str, value: Value = None) -> str:
    if name in _NUMBERS:
        return "number"
    if name in _SEVERAL_LINES and isinstance(value, str) and _lines_of(value, name) > 1:
        return "lines"
    return "success" if name == "success" else "text"
