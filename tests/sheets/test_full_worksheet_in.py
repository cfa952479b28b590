"""A worksheet that is full to its last row."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from pipeline.sheets import open_sheet

LAST_ROW = 1_048_576


@pytest.mark.nightly
def test_a_worksheet_of_all_the_rows_that_excel_has_is_read(tmp_path: Path) -> None:
    """Every row once, in order, by its physical number."""
    path = tmp_path / "full.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for row in range(LAST_ROW):
            page.write_string(row, 0, f"0{row}")
    count = 0
    with open_sheet(path) as sheet:
        for record in sheet.records("Sheet1"):
            assert (record.row, record.cells[0]) == (count + 1, f"0{count}")
            count += 1
    assert count == LAST_ROW
