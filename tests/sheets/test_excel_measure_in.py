"""What is found out about a worksheet's XML before and beside reading its cells."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.core.records import MergedRange
from pipeline.sheets import open_sheet
from pipeline.sheets.excel.formats import padding_of
from pipeline.sheets.excel.measure import marked_rows
from pipeline.sheets.excel.scan import scan
from tests.sheets.bare_xlsx import bare_xlsx, read, saved, worksheet


@pytest.mark.parametrize("spelled", ['"', "'"])
def test_hidden_columns_and_merged_cells_are_found(tmp_path: Path, spelled: str) -> None:
    """Both are told however the XML is written, and a hidden column hides no row."""
    columns = '<cols><col min="1" max="1" width="9"/><col min="3" max="5" hidden="1"/></cols>'
    after = '<mergeCells count="3"><mergeCell ref="A1:B1"/><mergeCell ref="C1:C2"/></mergeCells>'
    data = worksheet('<row r="1"><c r="A1"><v>1</v></c></row>', after=after)
    xml = data.replace("<sheetData>", columns + "<sheetData>").replace('"', spelled)
    path = saved(tmp_path, bare_xlsx(xml))
    with open_sheet(path) as sheet:
        assert sheet.hidden_columns("Orders") == {2, 3, 4}
        assert sheet.merged("Orders") == (MergedRange(1, 1, 0, 1), MergedRange(1, 2, 2, 2))
        assert [record.hidden for record in sheet.records("Orders")] == [False]


SHARED = "<sst><si/><si><t>short</t></si><si><t>{}</t></si></sst>"


def with_shared_text(text: str, cells: str) -> bytes:
    content = io.BytesIO(bare_xlsx(worksheet(cells)))
    with zipfile.ZipFile(content, "a") as package:
        package.writestr("xl/sharedStrings.xml", SHARED.format(text))
    relation = (
        '<Relationship Id="rId2" Target="sharedStrings.xml" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/sharedStrings"/></Relationships>'
    )
    return replaced(
        content.getvalue(),
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(b"</Relationships>", relation.encode()),
    )


def replaced(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            xml = old.read(name)
            new.writestr(name, change(xml) if name == part else xml)
    return out.getvalue()


@pytest.mark.parametrize("attributes", ['r="{}{}" t="s"', 't="s" r="{}{}"', "r='{}{}' t='s'"])
def test_one_text_in_very_many_cells_is_bounded(tmp_path: Path, attributes: str) -> None:
    """A text is stored once and read as often as it is shown: that too is unpacking."""

    def cells(number: int) -> str:
        return "".join(
            f'<row r="{row}"><c {attributes.format("A", row)}><v>{number}</v></c></row>'
            for row in range(1, 41)
        )

    long = "x" * 30_000
    path = saved(tmp_path, with_shared_text(long, cells(2)))
    with open_sheet(path, max_megabytes=1) as sheet, pytest.raises(SheetError) as refused:
        list(sheet.records("Orders"))
    assert str(refused.value) == (
        "orders.xlsx unpacks to more than 1 MB; split it, or raise sheet.max_megabytes."
    )
    assert len(read(path)) == 40
    path = saved(tmp_path, with_shared_text(long, cells(1)))
    with open_sheet(path, max_megabytes=1) as sheet:
        assert [record.cells for record in sheet.records("Orders")] == [("short",)] * 40


PIECES = st.sampled_from(
    [
        '<c r="{0}{1}"><v>1</v></c>',
        '<c r="{0}{1}" s="1"><v>501</v></c>',
        '<c r="{0}{1}" s="1"/>',
        '<c r="{0}{1}" t="e"><v>#N/A</v></c>',
        '<c r="{0}{1}"><f>A1</f></c>',
        '<c r="{0}{1}" s="1"><f>A1</f><v>7</v></c>',
        '<c r="{0}{1}" t="str"><f>A1</f><v>x</v></c>',
        '<c r="{0}{1}" t="inlineStr"><is><t>t="e" s="1" hidden="1"</t></is></c>',
    ]
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", ' hidden="1"', ' s="1" customFormat="1"']),
        st.lists(PIECES, max_size=4),
    ),
    max_size=6,
)


@given(rows=ROWS, block=st.integers(1, 400))
def test_what_is_cut_down_to_marked_rows_has_the_same_marks(
    rows: list[tuple[str, list[str]]], block: int
) -> None:
    """Parsing only rows and cells that have a mark finds all that parsing everything finds."""
    xml = "".join(
        f'<row r="{row}"{attributes}>'
        + "".join(piece.format(letter, row) for letter, piece in zip("ABCD", pieces, strict=False))
        + "</row>"
        if pieces
        else f'<row r="{row}"{attributes}/>'
        for row, (attributes, pieces) in enumerate(rows, 1)
    )
    content = worksheet(xml, after='<pageMargins left="1"/>').encode()
    padding = padding_of("00000")
    assert padding is not None
    paddings = {"1": padding}
    whole = list(scan([content], paddings))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.sheets.excel.scan._BLOCK", block)
        cut = list(scan(marked_rows(io.BytesIO(content), paddings), paddings))
    assert cut == whole
