"""Write a results sheet as an Excel workbook, row by row in bounded memory.

Everything that came as text stays text (Text format, never a formula, link or number), so that a
ZIP typed into a cell later keeps its zero as well. All worksheets grow in one pass over the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pipeline.core.account import Account
from pipeline.core.results import (
    FOLDED_COLUMNS,
    RESULT_COLUMNS,
    HeadingLine,
    Line,
    ResultRow,
    padded,
)
from pipeline.sheets.excel.book import new_book, worksheet_name
from pipeline.sheets.excel.results_out.looks import Formats
from pipeline.sheets.excel.results_out.page import Page, shown
from pipeline.sheets.excel.results_out.summary import SummaryPage
from pipeline.sheets.excel.results_out.telling import banner

__all__ = ["MAX_EXCEL_COLUMNS", "MAX_EXCEL_ROWS", "fits_excel", "write_xlsx"]

MAX_EXCEL_ROWS = 1_048_575
"""Rows of a worksheet under its headings: Microsoft's published limit."""
MAX_EXCEL_COLUMNS = 16_384

# A workbook with very many comments opens slowly, and the library holds them in memory.
_MAIN_COMMENTS, _TO_FIX_COMMENTS = 5_000, 20_000
_ALARM: Final = "#B3261E"
_FOLDED: Final = frozenset(RESULT_COLUMNS[-FOLDED_COLUMNS:])
# Who fixes rows wants what is wrong beside the cells, and the row's number.
_FOLDED_TO_FIX: Final = (_FOLDED | {"success", "reference_id"}) - {"row"}


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
    """Write ``lines``, which come in the order of their rows, as a workbook.

    Its worksheets are the table, ``To fix`` (the rows that need a person) and ``Summary``.
    ``width`` is the number of the user's columns, ``widths`` the characters that each should show
    (kept within sensible bounds), ``worksheet`` the name to give the table (what Excel does not
    allow in it is replaced), ``account`` what became of the run as a whole. Row N of the results
    is row N of the source. Cells too long for Excel are cut with a mark. The same lines and account
    give the same bytes. Raises OSError when the disk is full and ValueError when lines are out of
    order, wider than ``width`` or beyond :func:`fits_excel`.
    """
    if not fits_excel(0, width):
        raise ValueError(f"{width} columns and ours are more than Excel holds")
    with new_book(path, constant_memory=True) as book:
        # Not the time of writing: the same run gives the same bytes again.
        book.set_properties({"created": datetime.fromtimestamp(account.begun_at, UTC)})
        pages = _Pages(book, worksheet_name(worksheet), width, account)
        try:
            for line in lines:
                pages.write(line)
            pages.finish(widths)
        except BaseException:
            pages.abandon()
            raise


class _Pages:
    """The worksheets of a workbook while they grow."""

    def __init__(self, book: Any, name: str, width: int, account: Account) -> None:
        formats = Formats(book, width)
        self._width = width
        self._account = account
        self._last_row = 0
        self._main = Page(book, name, formats, width=width, folded=_FOLDED, comments=_MAIN_COMMENTS)
        self._to_fix = Page(
            book,
            _free("To fix", name),
            formats,
            width=width,
            folded=_FOLDED_TO_FIX,
            comments=_TO_FIX_COMMENTS,
        )
        self._summary = SummaryPage(book, _free("Summary", name), account)

    def write(self, line: Line) -> None:
        if not self._last_row < line.row <= MAX_EXCEL_ROWS + 1:
            raise ValueError(f"row {line.row} cannot come after row {self._last_row} in Excel")
        self._last_row = line.row
        if isinstance(line, HeadingLine):
            self._main.headings(line.row - 1, line.cells)
            self._to_fix.headings(0, line.cells)
            return
        cells = padded(line.cells, self._width)
        if isinstance(line, ResultRow):
            row = shown(line, cells)
            self._main.row(line.row - 1, row)
            if line.needs_a_person:
                self._to_fix.row(self._to_fix.rows + 1, row)
        else:
            self._main.plain(line.row - 1, cells)

    def finish(self, widths: Sequence[int]) -> None:
        self._main.finish(widths)
        self._to_fix.finish(widths)
        to_fix = self._to_fix
        self._summary.write(
            to_fix=to_fix.sheet.name, rows_to_fix=to_fix.rows, no_comment=to_fix.left_out
        )
        if to_fix.rows:
            to_fix.sheet.set_tab_color(_ALARM)
        if warned := banner(self._account):
            for page in (self._main, to_fix):  # on paper too
                page.sheet.set_header("&C" + warned.replace("&", "&&")[:200])
        self._first_shown().activate()

    def _first_shown(self) -> Any:
        """Give the worksheet that opens: work to do, unless the run itself comes before it."""
        account = self._account
        if self._to_fix.rows and not (account.check or account.error or account.findings):
            return self._to_fix.sheet
        return self._summary.sheet

    def abandon(self) -> None:
        for page in (self._main, self._to_fix, self._summary):
            page.abandon()


def _free(name: str, taken: str) -> str:
    return f"{name} (2)" if name.casefold() == taken.casefold() else name
