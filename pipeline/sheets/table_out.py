"""Write a small table of text, as CSV or as a workbook, with the guards of a results sheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from pipeline.core.cells import guard
from pipeline.sheets.excel.book import TextWorksheet, new_book

__all__ = ["write_table"]

_TEXT: Final[Mapping[str, object]] = {"num_format": "@", "valign": "top"}
_HEADING: Final[Mapping[str, object]] = {
    "num_format": "@",
    "bold": True,
    "bg_color": "#DCE6F1",
    "bottom": 1,
}


def write_table(
    path: Path,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    kind: str,
    widths: Sequence[int],
    worksheet: str,
) -> None:
    """Write ``rows`` of text under ``headings``; ``kind`` is ``csv`` or ``xlsx``.

    ``widths`` (characters a column shows) and the name of the worksheet are for the workbook, which
    holds at most 1,048,575 rows. Raises OSError when the disk is full.
    """
    if kind == "csv":
        _write_csv(path, headings, rows)
    else:
        _write_xlsx(path, headings, rows, widths, worksheet)


def _write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(headings)
        writer.writerows([guard(cell) for cell in row] for row in rows)


def _write_xlsx(
    path: Path,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[int],
    worksheet: str,
) -> None:
    with new_book(path, constant_memory=True) as book:
        sheet = book.add_worksheet(worksheet, TextWorksheet)
        text, heading = book.add_format(dict(_TEXT)), book.add_format(dict(_HEADING))
        try:
            for column, (title, wide) in enumerate(zip(headings, widths, strict=True)):
                sheet.set_column(column, column, wide, text)
                sheet.put_text(0, column, title, heading)
            last = 0
            for row in rows:
                last += 1
                for column, cell in enumerate(row):
                    if cell:
                        sheet.put_text(last, column, cell, text)
        except BaseException:
            sheet.close_rows()
            raise
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, len(headings) - 1)
