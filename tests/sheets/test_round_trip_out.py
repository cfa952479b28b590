"""What we write, our own reader gives back: results can be fed back, the template be filled in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from pipeline.core.cells import unguard
from pipeline.core.results import HeadingLine, Line, PlainLine, ResultRow, strip_own_columns
from pipeline.sheets import open_sheet
from pipeline.sheets.csv_out import write_csv
from pipeline.sheets.excel.results_out import write_xlsx
from pipeline.sheets.template import TEMPLATE_HEADINGS, write_template
from tests.fakes.accounts import an_account

HEADINGS = ("Order", "Zip", "Success", "Note")
ROWS = {
    4: ("1000001", "02134", "yes", "=1+1"),
    5: ("1000002", "80331", "", "a\nb, c; d"),
    7: ("1000003", "NA", "1E5", "'s-Hertogenbosch"),
    8: ("1000004", "", "NULL", "😀"),
}


def a_row(row: int, cells: tuple[str, ...]) -> ResultRow:
    return ResultRow(
        row=row,
        cells=cells,
        success=False,
        reference_id="0f3c",
        outcome="invalid",
        next_step="fix",
        reason="-",
        repairs="a: 1 → 2\nb: 3 → 4",
        warnings="w",
        http_status=400,
        attempts=2,
        sent_at="2026-11-23T22:41:07Z",
        run_id="20261123-k3f9q2",
    )


LINES: tuple[Line, ...] = (
    PlainLine(1, ("Week 47",)),
    HeadingLine(3, HEADINGS),
    *(a_row(row, cells) for row, cells in ROWS.items()),
    PlainLine(10, ("Total", "4")),
)


def as_csv(path: Path) -> None:
    write_csv(path, LINES, delimiter=";", width=5)


def as_xlsx(path: Path) -> None:
    write_xlsx(path, LINES, width=5, widths=(), worksheet="Orders", account=an_account())


@pytest.mark.parametrize(("write", "name"), [(as_csv, "r.csv"), (as_xlsx, "r.xlsx")])
def test_results_fed_back_are_the_source_again(
    tmp_path: Path, write: Callable[[Path], None], name: str
) -> None:
    """Without our columns, headings, cells and row numbers are those that came in."""
    write(tmp_path / name)
    with open_sheet(tmp_path / name) as sheet:
        records = {record.row: record for record in sheet.records(sheet.worksheets[0].name)}
    assert list(records) == [1, 3, *ROWS, 10]
    own = strip_own_columns(records[3].cells)
    assert own is not None
    assert own.headings == HEADINGS
    undo = unguard if name.endswith("csv") else str
    for row, cells in ROWS.items():
        back = tuple(undo(cell) for cell in own.source_cells(records[row].cells))
        assert back == cells
        assert records[row].cells[own.ours["row"]] == str(row)
        assert records[row].cells[own.ours["run_id"]] == "20261123-k3f9q2"


def test_a_filled_in_template_is_read(tmp_path: Path) -> None:
    """What a person types under the headings is what the reader gives, its zero kept."""
    path = tmp_path / "template.xlsx"
    write_template(path)
    book = openpyxl.load_workbook(path)
    book["Corrections"]["A2"] = "1000001"
    book["Corrections"].cell(2, TEMPLATE_HEADINGS.index("zip_postal_code") + 1).value = "02134"
    book.save(path)
    with open_sheet(path) as sheet:
        shown = [worksheet.name for worksheet in sheet.worksheets if worksheet.visible]
        headings, row = list(sheet.records("Corrections"))
    assert shown == ["Corrections", "Example"]
    assert headings.cells[: len(TEMPLATE_HEADINGS)] == TEMPLATE_HEADINGS
    assert (row.row, row.cells[0], row.cells[10]) == (2, "1000001", "02134")
