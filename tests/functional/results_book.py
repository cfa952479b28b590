"""A results workbook as a person works in it, with openpyxl instead of a spreadsheet program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl

__all__ = ["TO_FIX", "ResultsBook"]

TO_FIX = "To fix"
_FOR_A_PERSON = ("fix", "ask FinerWorks")


class ResultsBook:
    """An open results workbook; :meth:`save` it when the person has done their work.

    Where it has no ``To fix`` yet, one is made: headings in row 1, the rows that need a person.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.main = self.book.worksheets[0].title
        if TO_FIX not in self.book.sheetnames:
            to_fix = self.book.create_sheet(TO_FIX)
            to_fix.append(self.headings())
            for row in self.rows():
                if row["next_step"] in _FOR_A_PERSON:
                    to_fix.append(list(row.values()))

    def _head(self, page: Any) -> int:
        for row in range(1, page.max_row + 1):
            if any(page.cell(row, c).value == "run_id" for c in range(1, page.max_column + 1)):
                return row
        raise AssertionError(page.title)

    def headings(self, worksheet: str = "") -> list[Any]:
        page = self.book[worksheet or self.main]
        return [cell.value for cell in page[self._head(page)]]

    def rows(self, worksheet: str = "") -> list[dict[str, Any]]:
        """Give the rows by heading; those that are blank are left out."""
        page = self.book[worksheet or self.main]
        head = self.headings(worksheet)
        found = page.iter_rows(min_row=self._head(page) + 1, values_only=True)
        return [dict(zip(head, row, strict=False)) for row in found if any(row)]

    def _places(self, worksheet: str, fits: Callable[[dict[str, Any]], bool]) -> Iterator[int]:
        page = self.book[worksheet]
        head = self.headings(worksheet)
        for row in range(page.max_row, self._head(page), -1):
            values = [page.cell(row, column + 1).value for column in range(len(head))]
            if fits(dict(zip(head, values, strict=True))):
                yield row

    def edit(self, worksheet: str, row: int, **cells: Any) -> None:
        """Write cells of the row that came from this row of the run."""
        head, page = self.headings(worksheet), self.book[worksheet]
        (place,) = self._places(worksheet, lambda found: found["row"] == row)
        for name, value in cells.items():
            page.cell(place, head.index(name) + 1).value = value

    def delete(self, worksheet: str, *rows: int) -> None:
        """Delete the rows that came from these rows of the run."""
        for place in list(self._places(worksheet, lambda found: found["row"] in rows)):
            self.book[worksheet].delete_rows(place)

    def save(self, path: Path | None = None) -> bytes:
        """Save the workbook; gives its bytes, to see later that nobody touched them."""
        self.path = path or self.path
        self.book.save(self.path)
        return self.path.read_bytes()
