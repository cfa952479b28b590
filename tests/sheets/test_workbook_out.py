"""The results workbook as a person opens it: colours, comments, what is to fix, the summary."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from pipeline.core.account import Account
from pipeline.core.results import RESULT_COLUMNS, CellNote, HeadingLine, Line, PlainLine
from pipeline.sheets.excel.results_out import write_xlsx, writing
from pipeline.sheets.excel.results_out.looks import MARKS, TINTS
from tests.fakes.accounts import an_account
from tests.fakes.result_rows import a_result

HEADINGS = ("Order", "Last", "Zip")
EMPTY_NAME = "last_name is empty; fill it in."
LINES: tuple[Line, ...] = (
    PlainLine(1, ("Week 47",)),
    HeadingLine(3, HEADINGS),
    a_result(4, ("1", "Byron", "78701")),
    a_result(
        5,
        ("2", "", "2134"),
        "invalid",
        reason=EMPTY_NAME,
        repairs="zip_postal_code: 2134 → 02134",
        notes=(CellNote(1, "error", EMPTY_NAME), CellNote(2, "repair", "2134 → 02134")),
    ),
    a_result(7, ("3", "Ek", "2134"), notes=(CellNote(2, "repair", "2134 → 02134"),), repairs="r"),
    a_result(
        8,
        ("4", "Ek", "0"),
        "rejected",
        reason="It was refused.",
        next_step="ask FinerWorks",
        notes=(CellNote(2, "error", "It was refused."), CellNote(2, "warning", "is odd.")),
    ),
    a_result(9, ("5", "Ek", "0"), "failed"),
    PlainLine(11, ("Total", "5")),
)


def write(
    path: Path,
    lines: Sequence[Line] = LINES,
    *,
    worksheet: str = "Orders",
    account: Account | None = None,
    width: int = len(HEADINGS),
) -> Path:
    write_xlsx(
        path,
        lines,
        width=width,
        widths=(10,) * width,
        worksheet=worksheet,
        account=account or an_account(),
    )
    return path


def opened(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def sheet_of(path: Path, name: str) -> Worksheet:
    sheet = opened(path)[name]
    assert isinstance(sheet, Worksheet)
    return sheet


def texts(sheet: Worksheet) -> list[str]:
    return [str(cell.value) for row in sheet for cell in row if cell.value is not None]


def colour(cell: Any) -> str:
    return "#" + cell.fill.fgColor.rgb[2:] if cell.fill.patternType else ""


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_to_fix_holds_the_rows_that_need_a_person_and_no_others(tmp_path: Path) -> None:
    """The same columns under headings in row 1; what is only to be sent again is not there."""
    book = CalamineWorkbook.from_path(str(write(tmp_path / "r.xlsx")))
    assert book.sheet_names == ["Orders", "To fix", "Summary"]
    rows = book.get_sheet_by_name("To fix").to_python(skip_empty_area=False)
    assert rows[0] == [*HEADINGS, *RESULT_COLUMNS]
    at = len(HEADINGS) + RESULT_COLUMNS.index("row")
    assert [(row[0], row[at]) for row in rows[1:]] == [("2", 5.0), ("4", 8.0)]
    main = book.get_sheet_by_name("Orders").to_python(skip_empty_area=False)
    assert [main[4], main[7]] == rows[1:]


def test_to_fix_is_there_with_nothing_to_fix(tmp_path: Path) -> None:
    """Headings alone: who looks for it finds that nothing is to be done."""
    sheet = sheet_of(write(tmp_path / "r.xlsx", LINES[:3]), "To fix")
    assert (sheet.max_row, sheet["A1"].value) == (1, "Order")


def test_to_fix_shows_the_row_and_folds_what_is_of_no_use_there(tmp_path: Path) -> None:
    """``row`` stands open; the headings are frozen and filtered down to the last row."""
    sheet = sheet_of(write(tmp_path / "r.xlsx"), "To fix")
    shown = {
        str(cell.value): not sheet.column_dimensions[get_column_letter(at)].hidden
        for at, cell in enumerate(sheet[1], start=1)
    }
    folded = {"success", "reference_id", "http_status", "attempts", "sent_at", "run_id"}
    assert {name for name, seen in shown.items() if not seen} == folded
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:O3")


@pytest.mark.parametrize("name", ["Orders", "To fix"])
def test_rows_and_outcomes_are_coloured(tmp_path: Path, name: str) -> None:
    """What did not go well is tinted over all its cells, blank ones too; the word more strongly."""
    sheet = sheet_of(write(tmp_path / "r.xlsx"), name)
    seen = {str(row[0].value): row for row in sheet.iter_rows(min_row=2)}
    tint = TINTS["invalid"]
    assert [colour(cell) for cell in seen["2"]][3:] == [
        tint.word if column == "outcome" else tint.row for column in RESULT_COLUMNS
    ]
    if name == "Orders":
        assert {colour(cell) for cell in seen["1"]} == {"", TINTS["updated"].word}


def test_offending_cells_are_marked_by_the_gravest_thing_to_say(tmp_path: Path) -> None:
    """Fill, border and bold; an empty cell that is wrong is marked like any other."""
    sheet = sheet_of(write(tmp_path / "r.xlsx"), "Orders")
    wrong, repaired, both = sheet["B5"], sheet["C7"], sheet["C8"]
    assert (wrong.value, colour(wrong), wrong.font.bold) == (None, MARKS["error"].fill, True)
    assert (wrong.border.left.style, both.border.top.style) == ("medium", "medium")
    assert (colour(repaired), repaired.font.bold) == (MARKS["repair"].fill, False)
    assert repaired.border.left.style == "thin"


@pytest.mark.parametrize(("name", "first", "second"), [("Orders", 5, 8), ("To fix", 2, 3)])
def test_comments_say_what_is_wrong_and_what_was_repaired(
    tmp_path: Path, name: str, first: int, second: int
) -> None:
    """Each marked cell tells all there is to say of it, in the name of this program."""
    sheet = sheet_of(write(tmp_path / "r.xlsx"), name)
    told = [sheet.cell(first, 2), sheet.cell(first, 3), sheet.cell(second, 3)]
    assert [cell.comment.text for cell in told if cell.comment] == [
        f"To fix: {EMPTY_NAME}",
        "Repaired: 2134 → 02134",
        "To fix: It was refused.\nDoubtful: is odd.",
    ]
    assert {cell.comment.author for cell in told if cell.comment} == {"address-pipeline"}


def test_a_long_comment_gets_a_higher_box_and_an_endless_one_is_cut(tmp_path: Path) -> None:
    """All that is kept can be read without pulling at the box."""
    said = ("short", "word " * 30, "x" * 5_000)
    notes = tuple(CellNote(at, "error", text) for at, text in enumerate(said))
    path = write(tmp_path / "r.xlsx", [HeadingLine(1, HEADINGS), a_result(2, ("",), notes=notes)])
    drawn = parts(path)["xl/drawings/vmlDrawing1.vml"].decode()
    short, long, endless = (float(points) for points in re.findall(r";height:([\d.]+)pt", drawn))
    assert 20 < short < long < endless < 300
    cut = sheet_of(path, "Orders")["C2"].comment
    assert cut
    assert (len(cut.text), cut.text[-1]) == (1_000, "…")


def test_comments_hold_any_text(tmp_path: Path) -> None:
    """Control characters, markup and half characters break no workbook."""
    odd = "a\x00b\x0b<b>&\ud800 _x0041_ \ufffe=1+1"
    lines: list[Line] = [
        HeadingLine(1, HEADINGS),
        a_result(2, ("",), notes=(CellNote(0, "warning", odd),)),
    ]
    comment = sheet_of(write(tmp_path / "r.xlsx", lines), "Orders")["A2"].comment
    assert comment
    assert comment.text.replace("_x005F", "") == "Doubtful: a�b�<b>&� _x0041_ �=1+1"


def test_comments_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 on the results, 20,000 in To fix; the Summary says how many are missing."""
    assert (writing._MAIN_COMMENTS, writing._TO_FIX_COMMENTS) == (5_000, 20_000)
    monkeypatch.setattr(writing, "_MAIN_COMMENTS", 5)
    monkeypatch.setattr(writing, "_TO_FIX_COMMENTS", 20)
    notes = tuple(CellNote(column, "error", "x") for column in range(3))
    lines: list[Line] = [HeadingLine(1, HEADINGS)]
    rows = [a_result(row, ("", "", ""), "invalid", notes=notes) for row in range(2, 12)]
    path = write(tmp_path / "r.xlsx", [*lines, *rows])
    held = parts(path)
    assert [held[f"xl/comments{n}.xml"].count(b"<comment ") for n in (1, 2)] == [5, 20]
    told = " ".join(texts(sheet_of(path, "Summary")))
    assert "10 marked cells of “To fix” have no comment" in told


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("to FIX", ["to FIX", "To fix (2)", "Summary"]),
        ("SUMMARY", ["SUMMARY", "To fix", "Summary (2)"]),
        ("Summary (2)", ["Summary (2)", "To fix", "Summary"]),
    ],
)
def test_a_source_worksheet_may_have_the_name_of_ours(
    tmp_path: Path, source: str, names: list[str]
) -> None:
    """Excel takes no two of one name, whatever their case; ours give way."""
    path = write(tmp_path / "r.xlsx", worksheet=source)
    assert opened(path).sheetnames == names
    assert f"“{names[1]}”" in " ".join(texts(sheet_of(path, names[2])))


@pytest.mark.parametrize(
    ("lines", "changes", "name"),
    [
        (LINES, {}, "To fix"),
        (LINES[:3], {}, "Summary"),
        (LINES, {"check": True}, "Summary"),
        (LINES, {"error": "FinerWorks is down."}, "Summary"),
        (LINES, {"findings": ("Rows 4 to 9 are shifted.",)}, "Summary"),
    ],
)
def test_what_opens_first(
    tmp_path: Path, lines: Sequence[Line], changes: dict[str, Any], name: str
) -> None:
    """The work to do, unless something about the run as a whole comes before it."""
    book = opened(write(tmp_path / "r.xlsx", lines, account=an_account(**changes)))
    assert (book.active.title, book.sheetnames[0]) == (name, "Orders")
    assert [sheet.title for sheet in book if sheet.sheet_view.tabSelected] == [name]


def test_no_green_triangles(tmp_path: Path) -> None:
    """Numbers and years of two digits that stand as text are meant so, on every worksheet."""
    held = parts(write(tmp_path / "r.xlsx"))
    for number in (1, 2, 3):
        page = held[f"xl/worksheets/sheet{number}.xml"].decode()
        ignored = re.findall(r"<ignoredError ([^>]*)/>", page)
        assert ignored == ['sqref="A1:XFD1048576" numberStoredAsText="1" twoDigitTextYear="1"']


ODD_TEXTS = (
    *("=1+1", "{=1+1}", "{=SUM(A1:A9)}", "+1 415 555 0100", "-5 Main St", "@SUM(A1)"),
    *("\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", "'=1", "=cmd|' /C calc'!A0"),
    *("http://a.example/b", "https://a.example", "ftp://a.example", "mailto:a@example.com"),
    *("internal:Sheet1!A1", "external:c:\\a.xlsx", "file:///etc/passwd", '=HYPERLINK("a")'),
    *("02134", "1E5", "NaN", "inf", "TRUE", "#N/A", "2026-11-23", "1/2/26", "<r>x</r>"),
)


def test_no_cell_or_comment_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    """Whatever a text begins with, it is that very text in every worksheet."""
    lines: list[Line] = [HeadingLine(1, ODD_TEXTS[:3])]
    for at, text in enumerate(ODD_TEXTS, start=2):
        told = {"reason": text, "repairs": text, "warnings": text, "reference_id": text}
        notes = (CellNote(0, "error", text),)
        lines.append(a_result(at, (text, text), "invalid", notes=notes, **told))
    path = write(tmp_path / "r.xlsx", [*lines, PlainLine(99, ODD_TEXTS[:2])], worksheet="=1+1")
    _holds_no_formula(path)
    book = CalamineWorkbook.from_path(str(path))
    for at in (0, 1):
        page = book.get_sheet_by_index(at).to_python(skip_empty_area=False)
        reason = len(HEADINGS) + RESULT_COLUMNS.index("reason")
        assert [(row[0], row[reason]) for row in page[1 : len(ODD_TEXTS) + 1]] == [
            (text, text) for text in ODD_TEXTS
        ]


@pytest.mark.parametrize("text", ["=1+1", "{=1+1}", "http://a.example/b", "<r>x</r>"])
def test_no_fact_of_a_run_becomes_a_formula_or_a_link(tmp_path: Path, text: str) -> None:
    """Names of files, worksheets, machines and people, findings and errors are text."""
    names = ("source", "worksheet", "error", "go_on", "os_user", "machine", "approved", "host")
    account = an_account(findings=(text,), cleared=(text,), **dict.fromkeys(names, text))
    path = write(tmp_path / "r.xlsx", account=account)
    _holds_no_formula(path)
    page = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(2)
    told = {row[0]: row[1] for row in page.to_python(skip_empty_area=False)}
    assert (told["Sheet"], told["Approved"], told["Worksheet"]) == (text, text, text)


def _holds_no_formula(path: Path) -> None:
    for name, part in parts(path).items():
        assert not re.search(rb"<f[ >/]|<hyperlink|externalLink|ddeLink", part), name


def test_the_same_run_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the time of writing is in the file: comments, chart and properties included."""
    first = write(tmp_path / "first.xlsx").read_bytes()

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Later:
            return cls(2031, 5, 6, 7, 8, 9, tzinfo=tz)

    monkeypatch.setattr(xlsxwriter.workbook, "datetime", Later)
    monkeypatch.setattr(time, "time", lambda: Later.now(UTC).timestamp())
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        second = write(tmp_path / "second.xlsx").read_bytes()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert second == first
