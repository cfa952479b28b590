"""Workbooks as Excel, LibreOffice and programs write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.core.records import OddCell, Record
from pipeline.sheets import open_sheet
from tests.examples import examples
from tests.sheets.bare_xlsx import MAIN, bare_xlsx, read, saved, worksheet


def built(folder: Path, fill: Callable[[Any, Any], None], **options: bool) -> Path:
    path = folder / "orders.xlsx"
    with xlsxwriter.Workbook(path, options) as book:
        fill(book, book.add_worksheet("Orders"))
    return path


@pytest.mark.parametrize(
    ("value", "format_code", "text", "odd"),
    [
        ("02134", None, "02134", None),
        ("2134.0", None, "2134.0", None),
        ("1E5", None, "1E5", None),
        ("NA", None, "NA", None),
        ("TRUE", None, "TRUE", None),
        ("#N/A", None, "#N/A", None),
        (" x\n y ", None, " x\n y ", None),
        (12345.0, None, "12345", OddCell("number", "12345")),
        (2134, "00000", "02134", OddCell("padded", "2134")),
        (21341001, "00000-0000", "02134-1001", OddCell("padded", "21341001")),
        (21341001, "00000\\-0000", "02134-1001", OddCell("padded", "21341001")),
        (1021341001, "00000-0000", "102134-1001", OddCell("padded", "1021341001")),
        (5, "##-00", "-05", OddCell("padded", "5")),
        (501, '00000;"no";@', "00501", OddCell("padded", "501")),
        (7, '"#"0000', "#0007", OddCell("padded", "7")),
        (94103, "00000", "94103", OddCell("number", "94103")),
        (123456, "00000", "123456", OddCell("number", "123456")),
        (12.5, "00000", "12.5", OddCell("number", "12.5")),
        (-5, "00000", "-5", OddCell("number", "-5")),
        (12345, "#,##0", "12345", OddCell("number", "12345")),
        (12345, "0", "12345", OddCell("number", "12345")),
        (0.1 + 0.2, None, "0.3", OddCell("number", "0.3")),
        (123456789012345, "0.00E+00", "123456789012345", OddCell("number", "123456789012345")),
        (1e20, None, "100000000000000000000", OddCell("number", "100000000000000000000")),
        (0.00001, None, "0.00001", OddCell("number", "0.00001")),
        (True, None, "TRUE", OddCell("boolean", "TRUE")),
        (False, None, "FALSE", OddCell("boolean", "FALSE")),
        (dt.date(2026, 1, 2), "yyyy-mm-dd", "2026-01-02", OddCell("date", "2026-01-02")),
        (dt.date(2026, 1, 2), "d-mmm", "2026-01-02", OddCell("date", "2026-01-02")),
        (
            dt.datetime.combine(dt.date(2026, 1, 2), dt.time(3, 4, 5)),
            "yyyy-mm-dd hh:mm:ss",
            "2026-01-02 03:04:05",
            OddCell("date", "2026-01-02 03:04:05"),
        ),
        (dt.time(12, 30), "hh:mm", "12:30:00", OddCell("date", "12:30:00")),
        (dt.timedelta(hours=30), "[h]:mm:ss", "30:00:00", OddCell("date", "30:00:00")),
        ("=1/0", None, "#DIV/0!", OddCell("error", "#DIV/0!")),
        ("=B1", None, "", OddCell("formula")),
    ],
)
def test_a_cell_is_what_the_person_sees(
    tmp_path: Path, value: Any, format_code: str | None, text: str, odd: OddCell | None
) -> None:
    """Text stays exactly as it is; what Excel stores otherwise is shown as text, and named."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Orders"
    page["A1"], page["B1"] = "id", value
    if isinstance(value, str) and not value.startswith("="):
        page["B1"].data_type = "s"
    if odd is not None and odd.kind == "error":
        page["B1"].value, page["B1"].data_type = odd.raw, "e"
    if format_code is not None:
        page["B1"].number_format = format_code
    book.save(tmp_path / "orders.xlsx")
    [record] = read(tmp_path / "orders.xlsx")
    assert record == Record(1, ("id", text), {1: odd} if odd else None)


@pytest.mark.parametrize(
    ("cell", "text", "odd"),
    [
        ('<c r="B1" t="e"><v>#N/A</v></c>', "#N/A", OddCell("error", "#N/A")),
        ('<c r="B1" t="e"><f>A1</f><v>#REF!</v></c>', "#REF!", OddCell("error", "#REF!")),
        ('<c r="B1"><f>A1+1</f></c>', "", OddCell("formula")),
        ('<c r="B1"><f>A1+1</f><v></v></c>', "", OddCell("formula")),
        ('<c r="B1"><f>A1+1</f><v/></c>', "", OddCell("formula")),
        ('<c r="B1"><f>A1+1</f><v>7</v></c>', "7", OddCell("number", "7")),
        ('<c r="B1" t="str"><f>A1</f><v></v></c>', "", None),
        ('<c r="B1" t="str"><f>A1</f><v>x &amp; y</v></c>', "x & y", None),
        ('<c r="B1" s="1"><f>A1</f><v>2134</v></c>', "02134", OddCell("padded", "2134")),
        ('<c r="B1" s="1" t="n"><v>2.134E3</v></c>', "02134", OddCell("padded", "2134")),
        ('<c r="B1" s="1" t="inlineStr"><is><t>2134</t></is></c>', "2134", None),
        ('<c r="B1" s="0"><v>2134</v></c>', "2134", OddCell("number", "2134")),
        ("<c r='B1' t='e'><v>#N/A</v></c>", "#N/A", OddCell("error", "#N/A")),
        ('<c t="e" r="B1"><v>#N/A</v></c>', "#N/A", OddCell("error", "#N/A")),
        ('<c\n r="B1"\n t="e"\n><v>#N/A</v></c>', "#N/A", OddCell("error", "#N/A")),
    ],
)
def test_what_the_excel_reader_drops_is_found(
    tmp_path: Path, cell: str, text: str, odd: OddCell | None
) -> None:
    """Errors, padded numbers and formulas without a value are named, however the XML is written."""
    first = '<c r="A1" t="inlineStr"><is><t>id</t></is></c>'
    last = '<c r="C1" t="inlineStr"><is><t>end</t></is></c>'
    path = saved(tmp_path, bare_xlsx(worksheet(f'<row r="1">{first}{cell}{last}</row>')))
    [record] = read(path)
    assert record == Record(1, ("id", text, "end"), {1: odd} if odd else None)


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_cells_without_references_keep_their_places(tmp_path: Path, prefix: str) -> None:
    """A row or cell without a reference follows the one before it, under any prefix."""
    xml = (
        f'<?xml version="1.0" encoding="utf-8"?><worksheet xmlns="{MAIN}"><sheetData>'
        '<row><c t="inlineStr"><is><t>id</t></is></c><c t="e"><v>#N/A</v></c></row>'
        '<row hidden="1"><c><v>1</v></c><c s="1"><v>501</v></c></row></sheetData></worksheet>'
    )
    if prefix:
        for tag in ("worksheet", "sheetData", "row", "c", "is", "t", "v"):
            for end in (" ", ">"):
                xml = xml.replace(f"<{tag}{end}", f"<x:{tag}{end}")
            xml = xml.replace(f"</{tag}>", f"</x:{tag}>")
        xml = xml.replace("xmlns=", "xmlns:x=")
    found = read(saved(tmp_path, bare_xlsx(xml)))
    assert found == [
        Record(1, ("id", "#N/A"), {1: OddCell("error", "#N/A")}),
        Record(2, ("1", "00501"), {0: OddCell("number", "1"), 1: OddCell("padded", "501")}, True),
    ]


def test_rows_of_formulas_without_a_value_are_not_lost(tmp_path: Path) -> None:
    """A row that was never calculated is a row with odd cells, not the end of the sheet."""
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>'
        '<row r="3" hidden="1"><c r="A3"><f>A1</f></c><c r="B3"><f>A1</f><v/></c></row>'
    )
    odd = {0: OddCell("formula"), 1: OddCell("formula")}
    found = read(saved(tmp_path, bare_xlsx(worksheet(rows))))
    assert found == [Record(1, ("id",)), Record(3, ("", ""), odd, True)]
    alone = saved(tmp_path, bare_xlsx(worksheet('<row r="2"><c r="A2"><f>B1</f></c></row>')))
    assert read(alone) == [Record(2, ("",), {0: OddCell("formula")})]


def test_a_formula_of_an_extension_is_no_formula_of_a_cell(tmp_path: Path) -> None:
    """``xm:f`` in a worksheet's extensions says nothing of the last cell."""
    after = (
        '<extLst><ext xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
        "<xm:f>A1</xm:f></ext></extLst>"
    )
    rows = '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1"><v></v></c></row>'
    [record] = read(saved(tmp_path, bare_xlsx(worksheet(rows, after=after))))
    assert record.odd == {0: OddCell("error", "#N/A")}


def test_rows_keep_their_numbers(tmp_path: Path) -> None:
    """Empty rows and columns before, between and behind leave row numbers and places alone."""

    def fill(_: Any, page: Any) -> None:
        page.write_row(2, 1, ["order_id", "city"])
        page.write_row(4, 1, ["1", "Bonn"])
        page.write_row(6, 1, [" ", "\t"])
        page.set_row(4, None, None, {"hidden": True})
        page.write_row(9, 2, ["end"])

    assert read(built(tmp_path, fill)) == [
        Record(3, ("", "order_id", "city")),
        Record(5, ("", "1", "Bonn"), None, True),
        Record(10, ("", "", "end")),
    ]


def test_hidden_rows_say_so(tmp_path: Path) -> None:
    """Rows that a filter hid come in their order with ``hidden`` set."""

    def fill(_: Any, page: Any) -> None:
        for row in range(500):
            page.write_row(row, 0, [f"id {row}", "x"])
            if row % 3 == 0:
                page.set_row(row, None, None, {"hidden": True})

    found = read(built(tmp_path, fill, constant_memory=True))
    assert [record.row for record in found] == list(range(1, 501))
    assert [record.row - 1 for record in found if record.hidden] == list(range(0, 500, 3))


def test_worksheets_are_named_with_their_visibility(tmp_path: Path) -> None:
    """Every worksheet with cells is there; charts are not; an unknown name lists the known."""

    def fill(book: Any, page: Any) -> None:
        page.write(0, 0, "a")
        other = book.add_worksheet("Zwei & <3>")
        other.write(0, 0, "b")
        book.add_worksheet("Hidden").hide()
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=Orders!$A$1:$A$2"})
        book.add_chartsheet("Chart").set_chart(chart)

    path = built(tmp_path, fill)
    with open_sheet(path) as sheet:
        found = [(each.name, each.visible) for each in sheet.worksheets]
        assert found == [("Orders", True), ("Zwei & <3>", True), ("Hidden", False)]
        assert [record.cells for record in sheet.preview("Zwei & <3>")] == [("b",)]
        assert [record.cells for record in sheet.records("Orders")] == [("a",)]
        assert sheet.preview("Hidden") == []
        with pytest.raises(SheetError, match=r"no worksheet is called orders; it has Orders, Zwei"):
            sheet.records("orders")


def test_a_preview_takes_nothing_away(tmp_path: Path) -> None:
    """Records start at the first row whatever was looked at before."""
    path = built(tmp_path, lambda _, page: page.write_column(0, 0, list("abcdef")))
    with open_sheet(path) as sheet:
        assert [record.row for record in sheet.preview("Orders", 2)] == [1, 2]
        assert [record.row for record in sheet.records("Orders")] == [1, 2, 3, 4, 5, 6]


def test_a_workbook_of_charts_only_is_refused(tmp_path: Path) -> None:
    """A workbook without a worksheet of cells has no rows to read."""
    content = bare_xlsx("<chartsheet/>", part="xl/chartsheets/sheet1.xml", kind="chartsheet")
    with pytest.raises(SheetError, match="no worksheet of cells"):
        open_sheet(saved(tmp_path, content))


def test_a_part_may_be_named_in_any_case(tmp_path: Path) -> None:
    """Some programs write parts with other letters and slashes than they announce."""
    rows = '<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>'
    content = bare_xlsx(worksheet(rows), part="xl/Worksheets/SHEET1.xml")
    assert [record.cells for record in read(saved(tmp_path, content))] == [("#N/A",)]


@pytest.mark.parametrize(
    "rows",
    [
        (
            '<row r="1"><c r="A1"><v>1</v></c></row>'
            '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        ),
        "<row><c><v>1</v></c></row><row r='99999999'><c r='ZZ99999999'><v>1</v></c></row>",
        '<row r="1048576"><c r="A1048576"><v>1</v></c><c r="ZZZZZZZZZ1048576"><v>1</v></c></row>',
    ],
)
def test_a_lone_far_cell_does_not_take_all_memory(tmp_path: Path, rows: str) -> None:
    """A cell far from the table is refused before the reader lays out everything between."""
    path = saved(tmp_path, bare_xlsx(worksheet(rows)))
    with pytest.raises(SheetError, match="delete what stands far from the table"):
        read(path)


def test_formats_without_content_do_not_count(tmp_path: Path) -> None:
    """A sheet that is formatted to its last row and column is as small as its content."""
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row>'
        '<row r="1048576" ht="20"><c r="A1048576" s="1"/></row>'
    )
    assert [r.cells for r in read(saved(tmp_path, bare_xlsx(worksheet(rows))))] == [("1",)]


@pytest.mark.parametrize(
    "xml",
    [
        f'<!DOCTYPE w [<!ENTITY a "b">]>{worksheet("")}',
        worksheet('<row r="1" hidden="1"><c r="A1"><v>1</v>'),
        worksheet('<row r="2" hidden="1"><c r="A2"><v>1</v></c></row><row r="1"></row>'),
        worksheet('<row r="1"><c r="A1"><v>1</v></c></row>').encode("utf-16"),
        worksheet('<row r="1" hidden="1"><c r="7"><v>1</v></c></row>'),
    ],
)
def test_broken_worksheets_are_refused(tmp_path: Path, xml: str | bytes) -> None:
    """XML that is cut off, out of order or declares entities ends in one sentence."""
    with pytest.raises(SheetError, match="damaged or cut off"):
        read(saved(tmp_path, bare_xlsx(xml)))


def test_elapsed_time_beyond_all_reason_is_refused(tmp_path: Path) -> None:
    """A number that no clock can show ends in one sentence."""
    path = built(
        tmp_path,
        lambda book, page: page.write_number(0, 0, 1e10, book.add_format({"num_format": "[h]:mm"})),
    )
    with pytest.raises(SheetError, match="damaged"):
        read(path)


CELL = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
    st.sampled_from(["02134", "=1+1", "1E5", "NA", "http://example.com", "'x", "_x0041_", "#N/A"]),
)


@settings(max_examples=examples(60), deadline=None)
@given(rows=st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=5))
def test_text_cells_survive(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    """Any text that stands in a workbook comes out as it is."""

    def fill(_: Any, page: Any) -> None:
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                page.write_string(number, column, text)

    found = read(built(tmp_path_factory.mktemp("xlsx"), fill))
    width = max(map(len, rows))
    expected = [
        (number, (*row, *[""] * (width - len(row))))
        for number, row in enumerate(rows, 1)
        if "".join(row).strip()
    ]
    assert [(record.row, record.cells) for record in found] == expected


ROW_XML = worksheet(
    "".join(
        f'<row r="{row}" hidden="1"><c r="A{row}" t="e"><v>#N/A</v></c>'
        f'<c r="B{row}" s="1"><f>A1</f><v>{row}</v></c></row>'
        for row in range(1, 9)
    )
)


@settings(max_examples=examples(300), deadline=None)
@given(data=st.data())
def test_no_spoilt_bytes_crash_the_reader(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A workbook that is cut or spliced anywhere ends in records or in one sentence."""
    content = bytearray(bare_xlsx(ROW_XML))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        gone = data.draw(st.integers(0, 40))
        content[at : at + gone] = data.draw(st.binary(max_size=40))
    path = saved(tmp_path_factory.mktemp("spoilt"), bytes(content))
    try:
        with open_sheet(path) as sheet:
            rows = [record.row for each in sheet.worksheets for record in sheet.records(each.name)]
    except SheetError:
        return
    assert all(row > 0 for row in rows)


@settings(max_examples=examples(300), deadline=None)
@given(data=st.data())
def test_no_spoilt_xml_crashes_the_reader(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Worksheet XML that is spoilt inside a sound zip ends in records or in one sentence."""
    xml = ROW_XML
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(xml)))
        gone = data.draw(st.integers(0, 20))
        new = data.draw(st.text("<>/=\"' rctvfse0123456789AZ-.&#x", max_size=12))
        xml = xml[:at] + new + xml[at + gone :]
    path = saved(tmp_path_factory.mktemp("xml"), bare_xlsx(xml))
    try:
        rows = [record.row for record in read(path)]
    except SheetError:
        return
    assert rows == sorted(rows)
