"""Workbooks of the older kinds, and those that would make a reader hang or take all memory."""

from __future__ import annotations

import struct

from tests.corpus.books import book, number
from tests.corpus.entry import ADA, BO, HEAD, Cells, ada, refused
from tests.corpus.packing import ods, ods_row, row_xml, xlsx
from tests.corpus.seeds import XLS

__all__ = ["OLDER"]

_ZIP = (
    '<table:table-cell office:value-type="float" office:value="2134">'
    "<text:p>02134</text:p></table:table-cell>"
)
_NA = (
    '<table:table-cell table:formula="of:=NA()" office:value-type="string" '
    'calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
)
_DAMAGED = "is damaged or cut off"


def with_ods_cell(row: Cells, at: int, cell: str) -> str:
    """Give a row in which one cell is written by hand."""
    cells = ods_row(row).removeprefix("<table:table-row>").split("</table:table-cell>")
    cells[at] = cell.removesuffix("</table:table-cell>")
    return "<table:table-row>" + "</table:table-cell>".join(cells)


def cell_beyond_its_row() -> bytes:
    """Give a cell whose own name lies a billion rows below the row that it stands in."""
    return xlsx(row_xml(1, HEAD) + row_xml(2, ADA).replace('r="B2"', 'r="B999999999"'))


def promised_texts() -> bytes:
    """Give a workbook that promises two billion texts, for which a reader may set memory aside."""
    sheet = f'<row r="1"><c r="A1" t="s"><v>0</v></c></row>{row_xml(2, ADA)}'
    return xlsx(
        sheet, shared="<si><t>order_id</t></si>", shared_attributes=' uniqueCount="2147483648"'
    )


def circle_of_sectors() -> bytes:
    """Give an xls whose first short sector says that the next one is itself."""
    table = 512 * (1 + struct.unpack("<i", XLS[60:64])[0])
    return XLS[:table] + struct.pack("<i", 0) + XLS[table + 4 :]


OLDER = [
    book(
        "hidden_row.ods",
        lambda: ods(ods_row(HEAD) + ods_row(ADA, ' table:visibility="filter"') + ods_row(BO)),
        told={2: "hidden"},
    ),
    book(
        "zip_padded_by_its_format.ods",
        lambda: ods(ods_row(HEAD) + ods_row(ADA) + with_ods_cell(BO, 6, _ZIP)),
        repairs={3: "zip_postal_code: 2134 → 02134"},
    ),
    book(
        "error_cell.ods",
        lambda: ods(ods_row(HEAD) + with_ods_cell(ADA, 4, _NA) + ods_row(BO)),
        [(1, HEAD), (2, number(4, ADA, "#N/A")), (3, BO)],
        {2: "invalid", 3: "ready"},
        told={2: "city"},
    ),
    book(
        "tab_in_a_cell.ods",
        lambda: ods(ods_row(HEAD) + ods_row(ada(1, "b\tc")) + ods_row(BO)),
        [(1, HEAD), (2, ada(1, "b\tc")), (3, BO)],
    ),
    book(
        "error_as_text.ods",
        lambda: ods(ods_row(HEAD) + ods_row(ada(1, "#N/A")) + ods_row(BO)),
        [(1, HEAD), (2, ada(1, "#N/A")), (3, BO)],
    ),
    refused("cell_beyond_its_row.xlsx", cell_beyond_its_row, _DAMAGED),
    refused("promise_of_two_billion_texts.xlsx", promised_texts, _DAMAGED),
    refused("circle_of_sectors.xls", circle_of_sectors, _DAMAGED),
]
