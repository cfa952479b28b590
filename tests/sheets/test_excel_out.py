"""Results as an Excel workbook, read back with two readers that are not ours."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from pipeline.core.cells import CUT_MARK, EXCEL_MAX_CELL
from pipeline.core.results import RESULT_COLUMNS, HeadingLine, Line, PlainLine, ResultRow
from pipeline.sheets.excel.results_out import MAX_EXCEL_ROWS, fits_excel, write_xlsx
from tests.examples import examples
from tests.fakes.accounts import an_account

ACCOUNT = an_account()
ODD_TEXTS = (
    "=1+1",
    "{=1+1}",
    "http://a.example/b",
    "mailto:a@example.com",
    "internal:Sheet1!A1",
    "02134",
    "1E5",
    "TRUE",
    "#N/A",
    "2026-11-23",
    "'02134",
    " a ",
    "a\nb",
    "a\r\nb",
    "\ta",
    "\x00\x1f",
    "_x0041_",
    "<r>x & y</r>",
    "<r></r>",
    "<r>only begun",
    "<b>&amp;</b>]]>",
    "😀 München 漢字",
    "\x7f\x85\u2028",
)
# The two are no characters, and the reader gives them back in Excel's escaped form.
a_cell = st.sampled_from(ODD_TEXTS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=8
)


def a_row(row: int, cells: tuple[str, ...], *, success: bool | None = True) -> ResultRow:
    return ResultRow(
        row=row,
        cells=cells,
        success=success,
        reference_id=None,
        outcome="updated",
        next_step="nothing",
        reason="=a reason",
        repairs="a: 1 → 2\nb: 3 → 4",
        warnings="",
        http_status=None,
        attempts=1,
        sent_at=None,
        run_id="20261123-k3f9q2",
    )


def write(
    path: Path,
    lines: Sequence[Line],
    *,
    width: int = 2,
    widths: Sequence[int] = (5, 90),
    worksheet: str = "Orders",
) -> Path:
    write_xlsx(path, lines, width=width, widths=widths, worksheet=worksheet, account=ACCOUNT)
    return path


def values(path: Path) -> list[list[object]]:
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    return [list(row) for row in sheet.to_python(skip_empty_area=False)]


def look(path: Path) -> Worksheet:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert isinstance(sheet, Worksheet)
    return sheet


LINES: tuple[Line, ...] = (
    PlainLine(1, ("Week 47",)),
    HeadingLine(3, ("Zip", "row")),
    a_row(4, ("02134", "=1+1")),
    a_row(6, ("",), success=False),
    a_row(7, ("x", "y"), success=None),
    PlainLine(9, ("Total", "2")),
)


def test_lines_stand_at_their_rows(tmp_path: Path) -> None:
    """Title, headings, rows and totals come back at the source's row numbers, blanks between."""
    ours = ["", "updated", "nothing", "=a reason", "a: 1 → 2\nb: 3 → 4", "", "", 1.0, ""]
    run, none = "20261123-k3f9q2", [""] * len(RESULT_COLUMNS)
    blank = ["", "", *none]
    assert values(write(tmp_path / "r.xlsx", LINES)) == [
        ["Week 47", "", *none],
        blank,
        ["Zip", "row (sheet)", *RESULT_COLUMNS],
        ["02134", "=1+1", True, *ours, 4.0, run],
        blank,
        ["", "", False, *ours, 6.0, run],
        ["x", "y", "", *ours, 7.0, run],
        blank,
        ["Total", "2", *none],
    ]


def test_text_is_in_text_format_and_numbers_are_numbers(tmp_path: Path) -> None:
    """User's cells and texts are text, success is a boolean, row and attempts are numbers."""
    sheet = look(write(tmp_path / "r.xlsx", LINES))
    types = {sheet.cell(3, column).value: sheet.cell(4, column) for column in range(1, 15)}
    assert (types["Zip"].data_type, types["Zip"].number_format) == ("s", "@")
    assert (types["row (sheet)"].data_type, types["row (sheet)"].number_format) == ("s", "@")
    assert (types["reason"].data_type, types["reason"].number_format) == ("s", "@")
    assert (types["success"].data_type, types["success"].value) == ("b", True)
    assert {"n"} == {types[name].data_type for name in ("row", "attempts")}


def test_a_cell_typed_later_stays_text_too(tmp_path: Path) -> None:
    """The user's columns are in Text format as a whole, so a typed ZIP keeps its zero."""
    columns = look(write(tmp_path / "r.xlsx", LINES)).column_dimensions
    assert [columns[name].number_format for name in "AB"] == ["@", "@"]


def test_the_table_is_ready_to_work_with(tmp_path: Path) -> None:
    """Headings are frozen and filtered at their real row, down to the last row, not the totals."""
    sheet = look(write(tmp_path / "r.xlsx", LINES))
    assert sheet.freeze_panes == "A4"
    assert sheet.auto_filter.ref == "A3:N7"
    assert sheet.cell(3, 1).font.bold
    assert sheet.cell(3, 14).font.bold
    assert not sheet.cell(1, 1).font.bold


def test_the_technical_columns_are_folded(tmp_path: Path) -> None:
    """The last five columns are a closed group with its handle behind it."""
    columns = look(write(tmp_path / "r.xlsx", LINES)).column_dimensions
    assert all(columns[name].hidden for name in "JKLMN")
    assert all(columns[name].outlineLevel == 1 for name in "JKLMN")
    assert not any(columns[name].hidden for name in "ABCDEFGHIO")
    assert columns["O"].collapsed


def test_widths_fit_within_bounds(tmp_path: Path) -> None:
    """A narrow column still shows its heading and filter button; a wide one stays readable."""
    columns = look(write(tmp_path / "r.xlsx", LINES)).column_dimensions
    assert 8 <= columns["A"].width < 10
    assert 42 <= columns["B"].width < 44
    narrow = look(write(tmp_path / "s.xlsx", [HeadingLine(1, ("a long heading",))], widths=()))
    assert narrow.column_dimensions["A"].width > len("a long heading")


def test_rows_of_several_repairs_show_them_all(tmp_path: Path) -> None:
    """Repairs stand one a line, wrapped, in a row as high as they need; a long one counts twice."""
    long = replace(a_row(5, ("x",)), repairs="a\n" + "b" * 60)
    lines = [LINES[1], LINES[2], long]
    sheet = look(write(tmp_path / "r.xlsx", lines))
    assert sheet.cell(4, 8).alignment.wrap_text
    assert not sheet.cell(4, 7).alignment.wrap_text
    assert [sheet.row_dimensions[row].height for row in (4, 5)] == [30, 45]


@settings(max_examples=examples(25))
@given(st.lists(st.tuples(st.integers(1, 3), st.lists(a_cell, min_size=3, max_size=3)), max_size=8))
def test_text_survives(steps: list[tuple[int, list[str]]]) -> None:
    """Read back, every cell is the very text that was written, at its own row."""
    row, lines = 1, list[Line]([HeadingLine(1, ("a", "b", "c"))])
    for step, cells in steps:
        row += step
        lines.append(a_row(row, tuple(cells)))
    with tempfile.TemporaryDirectory() as folder:
        read = values(write(Path(folder) / "r.xlsx", lines, width=3))
    assert row == len(read)
    for line in lines[1:]:
        assert list(line.cells) == read[line.row - 1][:3]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a" * (EXCEL_MAX_CELL + 1), "a" * 30_000),
        ("<r>" + "&" * 20_000 + "</r>", "<r>" + "&" * 900),
    ],
)
def test_a_cell_too_long_for_excel_is_cut_with_a_mark(tmp_path: Path, text: str, kept: str) -> None:
    """The sheet is written and the cell says that it was cut."""
    cell = values(write(tmp_path / "r.xlsx", [a_row(1, (text,))]))[0][0]
    assert isinstance(cell, str)
    assert cell.startswith(kept)
    assert cell.endswith(CUT_MARK)


def test_half_a_surrogate_pair_costs_one_character(tmp_path: Path) -> None:
    """What a file cannot hold becomes the replacement character; the sheet is written."""
    assert values(write(tmp_path / "r.xlsx", [a_row(1, ("a\ud800b",))]))[0][0] == "a\ufffdb"


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Orders", "Orders"),
        ("", "Results"),
        ("May/June: [1]*?\\", "May_June_ _1____"),
        ("'quoted'", "quoted"),
        ("History", "Results"),
        ("a\ufffeb\x00", "a_b_"),
        ("x" * 40, "x" * 31),
        ("😀" * 20, "😀" * 15),
    ],
)
def test_the_worksheet_gets_a_name_that_excel_takes(tmp_path: Path, wanted: str, name: str) -> None:
    """What Excel does not allow in a worksheet's name is replaced or cut."""
    write(tmp_path / "r.xlsx", LINES, worksheet=wanted)
    assert [name, "To fix", "Summary"] == openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames


@pytest.mark.parametrize(
    ("rows", "width", "fits"),
    [
        (0, 0, True),
        (MAX_EXCEL_ROWS, 16_384 - 12, True),
        (MAX_EXCEL_ROWS + 1, 1, False),
        (1, 16_384 - 11, False),
    ],
)
def test_what_excel_holds(rows: int, width: int, *, fits: bool) -> None:
    """A worksheet holds 1,048,575 rows and 16,384 columns, ours among them."""
    assert fits == fits_excel(rows, width)


@pytest.mark.parametrize(
    ("lines", "width"),
    [
        ([HeadingLine(2, ("a",)), a_row(2, ("a",))], 2),
        ([a_row(1, ("a", "b", "c"))], 2),
        ([a_row(MAX_EXCEL_ROWS + 2, ("a",))], 2),
        ([], 16_384),
    ],
)
def test_lines_that_would_be_misplaced_or_lost_are_refused(
    tmp_path: Path, lines: list[Line], width: int
) -> None:
    """Out of order, too wide or beyond Excel's limits: an error of ours, never a lost row."""
    with pytest.raises(ValueError, match=r"cannot come after|does not fit|more than Excel"):
        write(tmp_path / "r.xlsx", lines, width=width)


def test_an_error_on_the_way_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the rows stop with an error, no workbook and no temporary file with rows remains."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))

    def rows() -> Iterator[Line]:
        yield LINES[1]
        assert list(scratch.iterdir())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_xlsx(tmp_path / "r.xlsx", rows(), width=2, widths=(), worksheet="x", account=ACCOUNT)
    gc.collect()
    assert list(scratch.iterdir()) == []
    assert (tmp_path / "r.xlsx").stat().st_size == 0


def test_a_full_disk_is_told_once() -> None:
    """The system's own error reaches the caller, and nothing else is printed afterwards."""
    with pytest.raises(OSError, match="No space left"):
        write_xlsx(Path("/dev/full"), LINES, width=2, widths=(), worksheet="x", account=ACCOUNT)
    gc.collect()  # an archive left unfinished would complain now, and warnings are errors
