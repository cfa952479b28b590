"""A worksheet of result rows while it grows: all of them, or those that are to be fixed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline.core.results import RESULT_COLUMNS, CellNote, ResultRow, Value, results_headings
from pipeline.sheets.excel.book import TextWorksheet
from pipeline.sheets.excel.results_out.comments import comment_of
from pipeline.sheets.excel.results_out.looks import MARKS, SEVERAL_LINES, Formats

__all__ = ["Page", "Shown", "shown"]

# Characters that a column shows; ``reason`` is as wide as most of its sentences, not as all.
_OUR_WIDTHS: Final[Mapping[str, int]] = {
    "success": 11,
    "reference_id": 36,
    "outcome": 13,
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
_LINE_POINTS = 15  # the height of a row of one line
_MOST_LINES = 20
_OUTCOME: Final = RESULT_COLUMNS.index("outcome")
_WRAPPED: Final = tuple((name, RESULT_COLUMNS.index(name)) for name in SEVERAL_LINES)


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it is written, on one worksheet or on two."""

    values: tuple[Value, ...]
    outcome: str
    wrapped: tuple[int, ...]
    height: float | None
    notes: tuple[CellNote, ...]


def shown(row: ResultRow, cells: tuple[str, ...]) -> Shown:
    """Lay out a row; ``cells`` are the user's, filled up to the width of the table."""
    ours, width = row.ours(), len(cells)
    lines = [(_lines_of(ours[index], name), index) for name, index in _WRAPPED]
    tall = max(lines)[0]
    return Shown(
        values=cells + ours,
        outcome=row.outcome,
        wrapped=tuple(width + index for count, index in lines if count > 1),
        # Not left to the program: LibreOffice does not fit every row.
        height=_LINE_POINTS * min(tall, _MOST_LINES) if tall > 1 else None,
        notes=row.notes,
    )


class Page:
    """One worksheet of the table.

    ``folded``: our columns that are folded away; ``comments``: so many cells get one at most, and
    ``left_out`` counts those that did not.
    """

    def __init__(
        self,
        book: Any,
        name: str,
        formats: Formats,
        *,
        width: int,
        folded: Collection[str],
        comments: int,
    ) -> None:
        self.sheet = book.add_worksheet(name, TextWorksheet)
        self.rows = 0
        self.left_out = 0
        self._formats = formats
        self._width = width
        self._folded = folded
        self._comments = comments
        self._headings: tuple[str, ...] = ()
        self._heading_at: int | None = None
        self._last = 0

    def headings(self, at: int, cells: tuple[str, ...]) -> None:
        """Write the user's headings and ours."""
        self._headings = results_headings(cells, self._width)
        self._heading_at = self._last = at
        for column, heading in enumerate(self._headings):
            look = self._formats.theirs if column < self._width else self._formats.ours
            self.sheet.put_text(at, column, heading, look)

    def plain(self, at: int, cells: Sequence[str]) -> None:
        """Write a title or a totals row."""
        look = self._formats.plain("text")
        for column, cell in enumerate(cells):
            if cell:
                self.sheet.put_text(at, column, cell, look)

    def row(self, at: int, row: Shown) -> None:
        """Write a row with its marks and comments."""
        self._last = at
        self.rows += 1
        others: dict[int, Any] = {}
        if row.wrapped:
            lines = self._formats.lines(row.outcome)
            others = dict.fromkeys(row.wrapped, lines)
        if row.notes:
            others |= self._mark(at, row.notes)
        self.sheet.put_row(at, row.values, self._formats.row(row.outcome), others, row.height)

    def _mark(self, at: int, notes: Sequence[CellNote]) -> dict[int, Any]:
        by_column: dict[int, list[CellNote]] = {}
        for note in notes:
            by_column.setdefault(note.column, []).append(note)
        for column, told in by_column.items():
            if self._comments:
                self._comments -= 1
                self.sheet.put_comment(at, column, comment_of(told))
            else:
                self.left_out += 1
        return {
            column: next(self._formats.marks[kind] for kind in MARKS if kind in kinds)
            for column, kinds in (
                (column, {note.kind for note in told}) for column, told in by_column.items()
            )
        }

    def finish(self, widths: Sequence[int]) -> None:
        """Set what is known only when all rows are there."""
        sheet, last_column = self.sheet, self._width + len(RESULT_COLUMNS) - 1
        self._set_columns(widths)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        if self._heading_at is not None:
            at = self._heading_at
            sheet.freeze_panes(at + 1, 0)
            sheet.autofilter(at, 0, self._last, last_column)
            sheet.repeat_rows(at)

    def _set_columns(self, widths: Sequence[int]) -> None:
        sheet, text = self.sheet, self._formats.plain("text")
        for column in range(self._width):
            heading = len(self._headings[column]) if self._headings else 0
            wanted = max(*widths[column : column + 1], heading + _FILTER_BUTTON, _LEAST_WIDTH)
            sheet.set_column(column, column, min(wanted, _MOST_WIDTH), text)
        folded = False
        for column, (name, wide) in enumerate(_OUR_WIDTHS.items(), start=self._width):
            fold = {"level": 1, "hidden": True} if name in self._folded else {"collapsed": folded}
            folded = name in self._folded
            sheet.set_column(column, column, wide, self._formats.column(name), fold)
        after = self._width + len(RESULT_COLUMNS)
        sheet.set_column(after, after, None, None, {"collapsed": folded})

    def abandon(self) -> None:
        """Let go of the file of rows after an error."""
        self.sheet.close_rows()


def _lines_of(text: Value, name: str) -> int:
    """Estimate the lines of a wrapped cell."""
    room = _OUR_WIDTHS[name] - 4
    if not isinstance(text, str) or (len(text) <= room and "\n" not in text):
        return 1
    return sum(-(-len(line) // room) or 1 for line in text.split("\n"))
