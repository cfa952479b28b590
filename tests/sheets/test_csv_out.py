"""Results as CSV."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.cells import GUARDED, guard, unguard
from pipeline.core.results import RESULT_COLUMNS, HeadingLine, Line, PlainLine, ResultRow
from pipeline.sheets.csv_out import write_csv

a_cell = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["=1+1", "02134", 'a "b"', "a,b;c\td|e", "a\r\nb", "\r", "'x", "1E5", "NA", "\x00", "＝1"]
)


def a_row(row: int, cells: tuple[str, ...], *, success: bool | None = True) -> ResultRow:
    return ResultRow(
        row=row,
        cells=cells,
        success=success,
        reference_id="-5",
        outcome="updated",
        next_step="nothing",
        reason="=a reason",
        repairs="a\nb",
        warnings="",
        http_status=200,
        attempts=1,
        sent_at="2026-11-23T22:41:07Z",
        run_id="20261123-k3f9q2",
    )


def write(path: Path, lines: Sequence[Line], *, delimiter: str = ",", width: int = 2) -> str:
    write_csv(path, lines, delimiter=delimiter, width=width)
    return path.read_bytes().decode("utf-8")


def test_a_results_csv_byte_for_byte(tmp_path: Path) -> None:
    """Mark, title, blank row, headings, row and totals stand as they should, guarded, in CRLF."""
    lines: list[Line] = [
        PlainLine(1, ("Week 47",)),
        HeadingLine(3, ("Zip", "row")),
        a_row(4, ("02134", "+1")),
        a_row(6, ("a,b",), success=False),
        a_row(7, ("x", "y"), success=None),
        PlainLine(9, ("Total", "2")),
    ]
    ours = "'-5,updated,nothing,'=a reason,\"a\nb\",,200,1,2026-11-23T22:41:07Z"
    run = "20261123-k3f9q2"
    none = "," * len(RESULT_COLUMNS)
    expected = [
        f"\ufeffWeek 47,{none}",
        "",
        f"Zip,row (sheet),{','.join(RESULT_COLUMNS)}",
        f"02134,'+1,TRUE,{ours},4,{run}",
        "",
        f'"a,b",,FALSE,{ours},6,{run}',
        f"x,y,,{ours},7,{run}",
        "",
        f"Total,2{none}",
        "",
    ]
    assert "\r\n".join(expected) == write(tmp_path / "r.csv", lines)


@pytest.mark.parametrize("cells", [("sep=;",), ("sep=", ""), ("SEP=;", "")])
def test_the_line_that_names_the_delimiter_stays_bare(
    tmp_path: Path, cells: tuple[str, ...]
) -> None:
    """Excel obeys ``sep=;`` only without quotes and cells behind it, so it is written so."""
    text = write(tmp_path / "r.csv", [PlainLine(1, cells), HeadingLine(2, ("a",))], delimiter=";")
    assert text.startswith("\ufeffsep=;\r\na;;success;")


def test_only_the_first_line_can_name_the_delimiter(tmp_path: Path) -> None:
    """A later cell of that form is a cell like any other."""
    text = write(tmp_path / "r.csv", [PlainLine(2, ("sep=;",))], delimiter=";", width=1)
    assert text == f'\ufeff\r\n"sep=;"{";" * len(RESULT_COLUMNS)}\r\n'


@given(st.lists(a_cell, min_size=1, max_size=3), st.sampled_from(",;\t|"))
def test_a_line_is_what_the_csv_module_writes(cells: list[str], delimiter: str) -> None:
    """A line is the csv module's line of guarded cells, also where it could be written at once."""
    row = replace(a_row(1, tuple(cells)), reference_id="R5", reason="", repairs="")
    with tempfile.TemporaryDirectory() as folder:
        text = write(Path(folder) / "r.csv", [row], delimiter=delimiter, width=3)
    ours = ["TRUE", "R5", "updated", "nothing", "", "", "", 200, 1, row.sent_at, 1, row.run_id]
    padding = [""] * (3 - len(cells))
    expected = io.StringIO(newline="")
    writer = csv.writer(expected, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([*map(guard, cells), *padding, *ours])
    assert f"\ufeff{expected.getvalue()}" == text


@given(
    st.lists(st.tuples(st.integers(1, 3), st.lists(a_cell, min_size=1, max_size=3)), max_size=8),
    st.sampled_from(",;\t|"),
)
def test_cells_and_row_numbers_survive(steps: list[tuple[int, list[str]]], delimiter: str) -> None:
    """Read back, every record stands at its own row and its cells are the same again."""
    row, lines = 1, [HeadingLine(1, ("a", "b", "c"))]
    rows: list[ResultRow] = []
    for step, cells in steps:
        row += step
        rows.append(a_row(row, tuple(cells)))
    with tempfile.TemporaryDirectory() as folder:
        text = write(Path(folder) / "r.csv", [*lines, *rows], delimiter=delimiter, width=3)
    records = list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=delimiter, strict=True))
    assert row == len(records)
    for line in rows:
        record = records[line.row - 1]
        assert [*line.cells, "", ""][:3] == [unguard(cell) for cell in record[:3]]
        assert str(line.row) == record[3 + RESULT_COLUMNS.index("row")]
        assert not any(cell[:1] in GUARDED - {"'"} for cell in record if cell)


def test_half_a_surrogate_pair_costs_one_character(tmp_path: Path) -> None:
    """What UTF-8 cannot hold becomes a question mark; the sheet is written."""
    assert "a?b" in write(tmp_path / "r.csv", [a_row(1, ("a\ud800b",))])


@pytest.mark.parametrize(
    "lines",
    [
        [HeadingLine(2, ("a",)), a_row(2, ("a",))],
        [HeadingLine(2, ("a",)), a_row(1, ("a",))],
        [a_row(1, ("a", "b", "c"))],
    ],
)
def test_lines_that_would_be_misplaced_are_refused(tmp_path: Path, lines: list[Line]) -> None:
    """Rows out of order or wider than the table are an error of ours, never a shifted sheet."""
    with pytest.raises(ValueError, match=r"comes after|does not fit"):
        write(tmp_path / "r.csv", lines)


def test_a_full_disk_is_told() -> None:
    """The system's own error reaches the caller."""
    with pytest.raises(OSError, match="No space left"):
        write_csv(Path("/dev/full"), [a_row(1, ("a",))], delimiter=",", width=1)
