"""What we write, our own reader gives back: results can be fed back, the template be filled in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.cells import unguard
from pipeline.core.results import (
    CellNote,
    HeadingLine,
    Line,
    PlainLine,
    ResultRow,
    padded,
    strip_own_columns,
)
from pipeline.sheets import open_sheet
from pipeline.sheets.csv_out import write_csv
from pipeline.sheets.excel.results_out import write_xlsx
from pipeline.sheets.template import TEMPLATE_HEADINGS, write_template
from tests.examples import examples
from tests.fakes.accounts import an_account
from tests.fakes.result_rows import a_result

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


# What a person can type, and what programs put beside it: any text but half characters, and the
# two code points that are no characters.
a_cell = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=8
) | st.sampled_from(
    [
        *("=1+1", "{=1+1}", "'=1", "''", "-5 Main St", "+1 415", "＝1", "\t=1", "02134", "1E5"),
        *("NA", "http://a.example", "_x0041_", "<r>x</r>", " a ", "a\nb", 'a"b', "sep=;"),
    ]
)
some_rows = st.lists(
    st.tuples(st.integers(1, 3), st.booleans(), st.lists(a_cell, min_size=3, max_size=3)),
    min_size=1,
    max_size=6,
)


def _laid_out(steps: list[tuple[int, bool, list[str]]]) -> list[ResultRow]:
    """Rows with blank ones between them, some of which need a person."""
    rows, at = [], 1
    for step, wrong, texts in steps:
        at += step
        told = {"reason": texts[0], "repairs": texts[1], "warnings": texts[2]}
        # The first column is never blank: a row without any text is none to a reader.
        cells = (str(at), *texts)
        notes = (CellNote(1, "error", texts[0]),) if wrong else ()
        outcome = "invalid" if wrong else "updated"
        rows.append(a_result(at, cells, outcome, notes=notes, **told))
    return rows


def _read(path: Path, worksheet: int) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """Give the source's cells and our columns of each row, as our reader takes them."""
    with open_sheet(path) as sheet:
        headings, *records = sheet.records(sheet.worksheets[worksheet].name)
    own = strip_own_columns(headings.cells)
    assert own is not None
    return [
        (
            padded(own.source_cells(record.cells), 4),
            {name: record.cells[at] for name, at in own.ours.items() if at < len(record.cells)},
        )
        for record in records
    ]


def _expected(rows: list[ResultRow]) -> list[tuple[tuple[str, ...], str, str]]:
    return [(row.cells, str(row.row), row.reason) for row in rows]


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_rows)
def test_any_cells_come_back_from_a_workbook(
    tmp_path: Path, steps: list[tuple[int, bool, list[str]]]
) -> None:
    """On the results and in To fix, at their rows, each with its own outcome and reason."""
    rows, path = _laid_out(steps), tmp_path / "r.xlsx"
    lines: list[Line] = [HeadingLine(1, ("Order", "a", "b", "c")), *rows]
    write_xlsx(path, lines, width=4, widths=(), worksheet="Orders", account=an_account())
    to_fix = [row for row in rows if row.needs_a_person]
    for at, wanted in enumerate((rows, to_fix)):
        found = [(cells, ours["row"], ours["reason"]) for cells, ours in _read(path, at)]
        assert found == _expected(wanted)


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_rows, st.sampled_from(",;\t|"))
def test_any_cells_come_back_from_a_csv(
    tmp_path: Path, steps: list[tuple[int, bool, list[str]]], delimiter: str
) -> None:
    """With their guards undone, in whatever delimiter the source had."""
    rows, path = _laid_out(steps), tmp_path / "r.csv"
    lines: list[Line] = [HeadingLine(1, ("Order", "a", "b", "c")), *rows]
    write_csv(path, lines, delimiter=delimiter, width=4)
    found = [
        (tuple(map(unguard, cells)), ours["row"], unguard(ours["reason"]))
        for cells, ours in _read(path, 0)
    ]
    assert found == _expected(rows)


@pytest.mark.parametrize("text", ["{=1+1}", "{=SUM(A1:A9)}", "{=cmd|' /C calc'!A0}"])
def test_an_array_formula_is_text_in_csv_too(tmp_path: Path, text: str) -> None:
    """No program evaluates a CSV cell that begins with a brace, so it needs no guard."""
    path = tmp_path / "r.csv"
    write_csv(path, [a_result(1, (text,))], delimiter=",", width=1)
    assert path.read_text(encoding="utf-8-sig").split(",")[0] == text
