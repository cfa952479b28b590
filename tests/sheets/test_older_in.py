"""xls, xlsb and ods: read like xlsx, with everything that a person sees."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.core.records import MergedRange, OddCell, Record
from pipeline.sheets import Worksheet, open_sheet
from tests.examples import examples
from tests.sheets import same_cells
from tests.sheets.same_cells import cell, record, row, wide, xlsb, zipped

OLDER = Path(__file__).parent.parent / "data" / "older"
NUMBER = {0: OddCell("number", "1")}


def saved(folder: Path, content: bytes) -> Path:
    path = folder / "orders"
    path.write_bytes(content)
    return path


def read(folder: Path, content: bytes, *, max_cells: int = 20_000_000) -> list[Record]:
    with open_sheet(saved(folder, content), max_cells=max_cells) as sheet:
        return [trimmed(each) for each in sheet.records("Orders")]


def trimmed(each: Record) -> Record:
    """Without empty cells at the end, which say nothing."""
    cells = list(each.cells)
    while cells and not cells[-1]:
        cells.pop()
    return Record(each.row, tuple(cells), each.odd, each.hidden)


@pytest.fixture(scope="session", params=["xlsx", "xlsb", "xls", "ods"])
def same(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same worksheet as each kind of workbook."""
    path = tmp_path_factory.mktemp("same") / f"cells.{request.param}"
    if request.param == "xlsx":
        same_cells.write_xlsx(path)
    elif request.param == "xlsb":
        path.write_bytes(same_cells.all_as_xlsb())
    else:
        return OLDER / path.name
    return path


def test_the_same_worksheet_reads_the_same_in_every_kind(same: Path) -> None:
    """Text, numbers, padded numbers, dates, booleans, errors and hidden rows come out alike."""
    with open_sheet(same) as sheet:
        assert sheet.info.kind == same.suffix[1:]
        assert [trimmed(each) for each in sheet.records("Orders")] == same_cells.expected()
        assert [each.row for each in sheet.preview("Orders", 3)] == [1, 2, 3]


def test_hidden_columns_and_merged_cells_are_told(same: Path) -> None:
    """The hidden columns and the merged cells of a worksheet are known in every kind."""
    with open_sheet(same) as sheet:
        assert sheet.hidden_columns("Orders") == same_cells.HIDDEN_COLUMNS
        assert sorted(sheet.merged("Orders")) == sorted(same_cells.merged())
        assert sheet.worksheets[0] == Worksheet("Orders")
        assert Worksheet("Hidden", visible=False) in sheet.worksheets
        assert (sheet.hidden_columns("Hidden"), sheet.merged("Hidden")) == (frozenset(), ())
        assert list(sheet.records("Hidden")) == []


ODS_TEXT = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


def ods(rows: str, *, before: str = "", styles: str = "", kind: str = "spreadsheet") -> bytes:
    """The least of an ods around rows, with a worksheet before the one that is read."""
    xml = (
        '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:style="s" '
        'xmlns:number="n" xmlns:calcext="c" xmlns:draw="d"><office:automatic-styles>'
        f"{before}</office:automatic-styles><office:body><office:{kind}>"
        '<table:table table:name="Other"><table:table-column/><table:table-row table:'
        'number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"/>'
        f'</table:table-row></table:table><table:table table:name="Orders">{rows}</table:table>'
        f"</office:{kind}></office:body></office:document-content>"
    )
    parts = {"mimetype": b"application/vnd.oasis.opendocument", "content.xml": xml.encode()}
    if styles:
        head = '<office:document-styles xmlns:office="o" xmlns:style="s" xmlns:number="n">'
        parts["styles.xml"] = f"{head}{styles}</office:document-styles>".encode()
    return zipped(parts)


def ods_row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def ods_number(value: str, shown: str | None = None, attributes: str = "") -> str:
    text = "" if shown is None else f"<text:p>{shown}</text:p>"
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}" {attributes}>{text}'
        "</table:table-cell>"
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<text:p>a</text:p><text:p>b</text:p>", "a\nb"),
        ("<text:p>a<text:line-break/>b</text:p>", "a\nb"),
        ("<text:p>a<text:tab/>b</text:p>", "a\tb"),
        ('<text:p><text:s/>a<text:s text:c="2"/>b</text:p>', " a  b"),
        ('<text:p>a<text:s text:c="x"/>b</text:p>', "a b"),
        ("<text:p>\n  two\n  words</text:p>", "two words"),
        ("<text:p>a <text:span>b</text:span> c</text:p>", "a b c"),
        ("<text:p><text:a>Link</text:a> text</text:p>", "Link text"),
        ("<office:annotation><text:p>note</text:p></office:annotation><text:p>a</text:p>", "a"),
        ("<text:p>a</text:p><draw:frame><text:p>picture</text:p></draw:frame>", "a"),
        ("<text:p>a<text:note><text:p>foot</text:p></text:note></text:p>", "a"),
        (
            (
                "<text:p><text:ruby><text:ruby-base>base</text:ruby-base><text:ruby-text>read"
                "</text:ruby-text></text:ruby></text:p>"
            ),
            "base",
        ),
        ("<text:p>a</text:p><table:table><table:table-row/></table:table>", "a"),
        ("<text:s/><text:p>a</text:p>", "a"),
    ],
)
def test_the_text_of_an_ods_cell_is_what_stands_in_it(
    tmp_path: Path, content: str, text: str
) -> None:
    """Paragraphs are lines, spans and links are text, comments and pictures are not."""
    filled = f'<table:table-cell office:value-type="string">{content}</table:table-cell>'
    found = read(tmp_path, ods(ods_row(ODS_TEXT.format("id"), filled)))
    assert found == [Record(1, ("id", text))]


@pytest.mark.parametrize(
    ("filled", "text", "odd"),
    [
        (ods_number("2134", "02134"), "02134", OddCell("padded", "2134")),
        (ods_number("2134", "2,134"), "2134", OddCell("number", "2134")),
        (ods_number("2134", "099"), "2134", OddCell("number", "2134")),
        (ods_number("2134"), "2134", OddCell("number", "2134")),
        (ods_number("0.5", "00.5"), "0.5", OddCell("number", "0.5")),
        (ods_number("1", "TRUE"), "TRUE", OddCell("boolean", "TRUE")),
        (
            ods_number("0", attributes='table:formula="of:=FALSE()"'),
            "FALSE",
            OddCell("boolean", "FALSE"),
        ),
        (
            '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>',
            "TRUE",
            OddCell("boolean", "TRUE"),
        ),
        (
            (
                '<table:table-cell office:value-type="string" calcext:value-type="error">'
                "<text:p>Err:502</text:p></table:table-cell>"
            ),
            "Err:502",
            OddCell("error", "Err:502"),
        ),
        (
            '<table:table-cell office:value-type="string" calcext:value-type="error"/>',
            "#ERROR",
            OddCell("error", "#ERROR"),
        ),
        (
            (
                '<table:table-cell office:value-type="float" office:value="0" '
                'table:formula="of:=1/0"><text:p>#SPILL!</text:p></table:table-cell>'
            ),
            "#SPILL!",
            OddCell("error", "#SPILL!"),
        ),
        (
            (
                '<table:table-cell office:value-type="string" calcext:value-type="string" '
                'table:formula="of:=A1"><text:p>#N/A</text:p></table:table-cell>'
            ),
            "#N/A",
            None,
        ),
        ('<table:table-cell table:formula="of:=A1"/>', "", OddCell("formula")),
        ('<table:table-cell table:formula="of:=A1"><text:p/></table:table-cell>', "", None),
        (
            '<table:table-cell office:value-type="string" office:string-value="x"/>',
            "x",
            None,
        ),
        (
            '<table:table-cell office:value-type="date" office:date-value="2026-01-02T00:00:00"/>',
            "2026-01-02",
            OddCell("date", "2026-01-02"),
        ),
        (
            (
                '<table:table-cell office:value-type="date" office:date-value="soon"><text:p>soon'
                "</text:p></table:table-cell>"
            ),
            "soon",
            OddCell("date", "soon"),
        ),
        (
            '<table:table-cell office:value-type="time" office:time-value="PT03H04M05.5S"/>',
            "03:04:05",
            OddCell("date", "03:04:05"),
        ),
        (
            (
                '<table:table-cell office:value-type="time" office:time-value="P1Y"><text:p>a year'
                "</text:p></table:table-cell>"
            ),
            "a year",
            OddCell("date", "a year"),
        ),
    ],
)
def test_an_ods_cell_is_what_the_person_sees(
    tmp_path: Path, filled: str, text: str, odd: OddCell | None
) -> None:
    """What a cell of an ods is stored as is named, whoever wrote the file."""
    end = ODS_TEXT.format("end")
    [found] = read(tmp_path, ods(ods_row(ODS_TEXT.format("id"), filled, end)))
    assert found == Record(1, ("id", text, "end"), {1: odd} if odd else None)


def ods_style(name: str, data_style: str = "", parent: str = "") -> str:
    return (
        f'<style:style style:name="{name}" style:family="table-cell" '
        f'style:data-style-name="{data_style}" style:parent-style-name="{parent}"/>'
    )


def test_zeros_in_front_come_from_the_style_of_an_ods(tmp_path: Path) -> None:
    """A cell, its row, its column or a parent of its style may say that zeros are shown."""
    five = (
        '<number:number-style style:name="N5"><number:text>Z</number:text>'
        '<number:number number:min-integer-digits="5"/></number:number-style>'
    )
    others = (
        '<number:number-style style:name="N2"><number:number number:min-integer-digits="2" '
        'number:decimal-places="2"/></number:number-style>'
        '<number:number-style style:name="N3"><number:number number:min-integer-digits="3" '
        'number:grouping="true"/></number:number-style>'
        '<number:number-style style:name="N4"><number:fraction number:min-integer-digits="4"/>'
        "</number:number-style>"
    )
    inner = ods_style("ce1", parent="five") + "".join(
        ods_style(f"ce{n}", f"N{n}") for n in (2, 3, 4)
    )
    styled = ['table:style-name="ce1"', "", *(f'table:style-name="ce{n}"' for n in (2, 3, 4))]
    rows = (
        '<table:table-column/><table:table-column table:default-cell-style-name="ce1"/>'
        + ods_row(*(ods_number("7", attributes=each) for each in styled))
        + ods_row(ods_number("8"), attributes='table:default-cell-style-name="ce1"')
    )
    content = ods(rows, before=inner + others, styles=five + ods_style("five", "N5"))
    padded, number = OddCell("padded", "7"), OddCell("number", "7")
    assert read(tmp_path, content) == [
        Record(
            1, ("Z00007", "Z00007", "7", "7", "7"), dict(enumerate((padded, padded, *[number] * 3)))
        ),
        Record(2, ("Z00008",), {0: OddCell("padded", "8")}),
    ]


def test_what_is_repeated_in_an_ods_comes_as_often(tmp_path: Path) -> None:
    """A repeated row or cell stands for many; empty ones keep the places of the others."""
    twice = ODS_TEXT.format("x").replace(
        "office:value", 'table:number-columns-repeated="2" office:value'
    )
    rows = (
        ods_row("<table:table-cell/>", attributes='table:number-rows-repeated="2"')
        + ods_row(
            '<table:table-cell table:number-columns-repeated="2"/>', twice,
            attributes='table:number-rows-repeated="3" table:visibility="filter"',
        )
        + ods_row("<table:covered-table-cell/>", ODS_TEXT.format("end"))
    )  # fmt: skip
    hidden = [Record(at, ("", "", "x", "x"), None, hidden=True) for at in (3, 4, 5)]
    assert read(tmp_path, ods(rows)) == [*hidden, Record(6, ("", "end"))]


def test_what_is_no_row_of_an_ods_is_passed_over(tmp_path: Path) -> None:
    """Deleted cells that are kept for tracking, and shapes, are not in the worksheet."""
    kept = f"<table:tracked-changes>{ods_row(ODS_TEXT.format('gone'))}</table:tracked-changes>"
    shapes = f"<table:shapes>{ods_row(ODS_TEXT.format('shape'))}</table:shapes>"
    grouped = f"<table:table-row-group>{ods_row(ODS_TEXT.format('x'))}</table:table-row-group>"
    assert read(tmp_path, ods(kept + shapes + grouped)) == [Record(1, ("x",))]


def test_a_text_document_is_no_workbook(tmp_path: Path) -> None:
    """A table in a text document is no worksheet."""
    with pytest.raises(SheetError, match="no worksheet of cells"):
        read(tmp_path, ods(ods_row(ODS_TEXT.format("x")), kind="text"))


@pytest.mark.parametrize(
    ("records", "text", "odd"),
    [
        (cell(62, 0, b"\1" + wide("Zoë") + bytes(8)), "Zoë", None),
        (cell(7, 0, struct.pack("<I", 1)), "shared", None),
        (cell(8, 0, wide("of a formula") + bytes(10)), "of a formula", None),
        (cell(2, 0, struct.pack("<i", 12345 << 2 | 2)), "12345", OddCell("number", "12345")),
        (cell(2, 0, struct.pack("<i", 1250 << 2 | 3)), "12.5", OddCell("number", "12.5")),
        (cell(2, 0, bytes(2) + b"\xf0\x3f"), "1", OddCell("number", "1")),
        (
            cell(2, 0, struct.pack("<i", 46024 << 2 | 2), 1),
            "2026-01-02",
            OddCell("date", "2026-01-02"),
        ),
        (cell(2, 0, struct.pack("<i", 2134 << 2 | 2), 2), "02134", OddCell("padded", "2134")),
        (cell(9, 0, struct.pack("<d", 2134), 2), "02134", OddCell("padded", "2134")),
        (cell(9, 0, struct.pack("<d", 1), 999), "1", OddCell("number", "1")),
        (cell(10, 0, b"\1"), "TRUE", OddCell("boolean", "TRUE")),
        (cell(11, 0, b"\x2a"), "#N/A", OddCell("error", "#N/A")),
        (cell(11, 0, b"\xee"), "#ERROR", OddCell("error", "#ERROR")),
        (record(17, struct.pack("<I", 0) + wide("short")), "short", None),
        (record(13, struct.pack("<Ii", 0, 7 << 2 | 2)), "7", OddCell("number", "7")),
    ],
)
def test_every_record_of_an_xlsb_cell_is_read(
    tmp_path: Path, records: bytes, text: str, odd: OddCell | None
) -> None:
    """Packed numbers, shared and rich text, formulas and short cells come out as they are seen."""
    content = xlsb(
        row(0) + cell(6, 0, wide("id")) + row(1) + records,
        codes=("General", "yyyy-mm-dd", "00000"),
        texts=("other", "shared"),
    )
    assert read(tmp_path, content)[1] == Record(2, (text,), {0: odd} if odd else None)


def test_an_xlsb_text_may_be_none(tmp_path: Path) -> None:
    """A text without content leaves the others in their places."""
    none = cell(6, 0, struct.pack("<I", 0xFFFFFFFF))
    assert read(tmp_path, xlsb(row(0) + none + cell(6, 1, wide("x")))) == [Record(1, ("", "x"))]


def test_an_xlsb_may_count_days_from_1904(tmp_path: Path) -> None:
    """A workbook that was begun on an old Mac counts its days from another one."""
    content = xlsb(
        row(0) + cell(5, 0, struct.pack("<d", 44562), 0), codes=("yyyy-mm-dd",), options=1
    )
    assert read(tmp_path, content)[0].cells == ("2026-01-02",)


def bare_xls(*records: bytes) -> bytes:
    """A worksheet of Excel 4, which knew no container."""
    return b"".join((b"\x09\x04\x06\0\0\0\x10\0\0\0", *records, b"\x0a\0\0\0"))


def biff(number: int, body: bytes) -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def biff_text(at: int, column: int, text: bytes) -> bytes:
    return biff(0x204, struct.pack("<HHHH", at, column, 0, len(text)) + text)


def test_an_xls_of_before_1997_is_read(tmp_path: Path) -> None:
    """Excel 4 wrote one worksheet and nothing around it; it is read like any other."""
    content = bare_xls(biff_text(0, 0, b"id"), biff_text(2, 1, b"M\xfcnchen"))
    path = saved(tmp_path, content)
    with open_sheet(path) as sheet:
        assert sheet.info.kind == "xls"
        [only] = sheet.worksheets
        found = [trimmed(each) for each in sheet.records(only.name)]
    assert found == [Record(1, ("id",)), Record(3, ("", "München"))]


def test_an_xls_with_a_password_says_so(tmp_path: Path) -> None:
    """An encrypted workbook is not damaged: it needs to be saved without its password."""
    begin = biff(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0))
    with pytest.raises(SheetError, match="protected by a password"):
        read(tmp_path, begin + biff(0x2F, struct.pack("<HH", 1, 2)) + biff(0x0A, b""))


FAR = (
    (xlsb(row(0) + cell(6, 0, wide("x")) + row(1048575) + cell(6, 16383, wide("x")))),
    ods(
        ods_row(ODS_TEXT.format("x"), attributes='table:number-rows-repeated="1048575"')
        + ods_row('<table:table-cell table:number-columns-repeated="16383"/>', ODS_TEXT.format("x"))
    ),
)


@pytest.mark.parametrize("content", FAR)
def test_a_lone_far_cell_is_refused(tmp_path: Path, content: bytes) -> None:
    """A cell far from the table ends in one sentence, before rows without number are given."""
    with pytest.raises(SheetError, match=r"reaches to row 1,048,576 and column 16,384"):
        read(tmp_path, content)


def test_the_limit_on_cells_holds_for_an_xls(tmp_path: Path) -> None:
    """More cells than allowed are refused in every kind."""
    with pytest.raises(SheetError, match="over 50 cells"):
        read(tmp_path, (OLDER / "cells.xls").read_bytes(), max_cells=50)


@pytest.mark.parametrize(
    "content",
    [
        xlsb(row(1) + row(0)),
        xlsb(row(0) + cell(6, 99999, wide("x"))),
        xlsb(row(0) + cell(6, 0, struct.pack("<I", 500))),
        xlsb(row(0) + cell(7, 0, struct.pack("<I", 5))),
        xlsb(row(0) + record(5, b"")),
        xlsb(row(0)).replace(b"sheet1.bin", b"sheet9.bin", 1),
        ods(ods_row(ods_number("much"))),
        ods(ods_row(ods_number("inf"))),
        ods(
            ods_row(
                ODS_TEXT.format("x").replace(
                    "office", 'table:number-columns-repeated="99999" office', 1
                )
            )
        ),
        ods("<table:table-row>"),
        ods('<!DOCTYPE w [<!ENTITY a "b">]>'),
        (OLDER / "cells.xls").read_bytes()[:5000],
        bare_xls(biff(0x203, struct.pack("<HHHd", 0, 0, 99, 1.0))),
    ],
)
def test_what_is_broken_is_said_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    """A workbook that does not hold together is damaged; nothing of it is guessed."""
    with pytest.raises(SheetError, match="damaged or cut off"):
        read(tmp_path, content, max_cells=10**12)


SOUND = {
    "xls": (OLDER / "cells.xls").read_bytes(),
    "ods": (OLDER / "cells.ods").read_bytes(),
    "ods bare": ods(ods_row(ODS_TEXT.format("id"), ods_number("2134", "02134"))),
    "xlsb": same_cells.all_as_xlsb(),
}


def spoilt(content: bytes, data: st.DataObject) -> bytes:
    spoilt = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(spoilt)))
        spoilt[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    return bytes(spoilt)


def rows_or_sentence(path: Path) -> None:
    try:
        with open_sheet(path) as sheet:
            for each in sheet.worksheets:
                rows = [found.row for found in sheet.records(each.name)]
                assert rows == sorted(rows)
    except SheetError:
        return


@settings(max_examples=examples(200), deadline=None)
@given(data=st.data(), kind=st.sampled_from(sorted(SOUND)))
def test_no_spoilt_bytes_crash_the_reader(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str
) -> None:
    """An older workbook that is spoilt anywhere ends in records or in one sentence."""
    rows_or_sentence(saved(tmp_path_factory.mktemp("old"), spoilt(SOUND[kind], data)))


@settings(max_examples=examples(150), deadline=None)
@given(data=st.data(), kind=st.sampled_from(["ods", "xlsb"]))
def test_no_spoilt_part_crashes_the_reader(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str
) -> None:
    """A part that is spoilt inside a sound zip ends in records or in one sentence."""
    with zipfile.ZipFile(io.BytesIO(SOUND[kind])) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    part = data.draw(st.sampled_from(sorted(parts)))
    parts[part] = spoilt(parts[part], data)
    rows_or_sentence(saved(tmp_path_factory.mktemp("part"), zipped(parts)))


CELL = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    st.sampled_from(
        ["02134", "=1+1", "1E5", "NA", " x  y ", "a\nb", "a\tb", "#N/A", "<&>", "\u00a0"]
    ),
)
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=5)


def ods_text(text: str) -> str:
    """Write a text as LibreOffice does: lines as paragraphs, spaces and tabs as elements."""
    marked = escape(text).replace(" ", "<text:s/>").replace("\t", "<text:tab/>")
    return ODS_TEXT.format("</text:p><text:p>".join(marked.split("\n")))


@settings(max_examples=examples(60), deadline=None)
@given(rows=ROWS)
def test_text_cells_survive(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    """Any text that stands in an ods or xlsb comes out as it is, in its place."""
    expected = [
        trimmed(Record(number, tuple(cells)))
        for number, cells in enumerate(rows, 1)
        if not Record(number, tuple(cells)).blank
    ]
    as_ods = ods("".join(ods_row(*map(ods_text, cells)) for cells in rows))
    as_xlsb = xlsb(
        b"".join(
            row(number) + b"".join(cell(6, at, wide(text)) for at, text in enumerate(cells))
            for number, cells in enumerate(rows)
        )
    )
    folder = tmp_path_factory.mktemp("text")
    assert [read(folder, content) for content in (as_ods, as_xlsb)] == [expected, expected]


def test_merged_ranges_of_one_cell_are_none(tmp_path: Path) -> None:
    """A cell merged with itself is not merged."""
    one = ODS_TEXT.format("x").replace(
        "office", 'table:number-columns-spanned="1" table:number-rows-spanned="1" office', 1
    )
    two = one.replace('columns-spanned="1"', 'columns-spanned="2"')
    with open_sheet(saved(tmp_path, ods(ods_row(one, two)))) as sheet:
        assert sheet.merged("Orders") == (MergedRange(1, 1, 1, 2),)
