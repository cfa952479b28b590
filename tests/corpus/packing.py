"""Workbooks put together by hand, for what no library writes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from xml.sax.saxutils import escape

from tests.corpus.entry import ADA, BO, HEAD

__all__ = [
    "letters",
    "ods",
    "ods_cell",
    "ods_row",
    "row_xml",
    "sound_xlsx",
    "text_cell",
    "xlsx",
    "zipped",
]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_ESCAPE = re.compile("_x[0-9A-Fa-f]{4}_")
_LONG_AGO = (2020, 1, 1, 0, 0, 0)


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Pack files; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, content)
    return out.getvalue()


def letters(column: int) -> str:
    """Give a column's letters, counted from 0."""
    name = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        name = chr(65 + digit) + name
    return name


def text_cell(row: int, column: int, text: str) -> str:
    """Give a cell of text that stands in the cell itself; what looks like an escape is escaped."""
    shown = escape(_ESCAPE.sub(r"_x005F\g<0>", text))
    return (
        f'<c r="{letters(column)}{row}" t="inlineStr"><is><t xml:space="preserve">'
        f"{shown}</t></is></c>"
    )


def row_xml(row: int, cells: Sequence[str], attributes: str = "") -> str:
    """Give a row of text cells."""
    inside = "".join(text_cell(row, at, cell) for at, cell in enumerate(cells) if cell)
    return f'<row r="{row}"{attributes}>{inside}</row>'


def xlsx(
    rows: str,
    *,
    before: str = "",
    after: str = "",
    shared: str = "",
    shared_attributes: str = "",
    styles: str = "",
    namespace: str = MAIN,
    prefix: str = "",
    sheet: str | None = None,
) -> bytes:
    """Give a workbook of one worksheet, ``Orders``, out of the XML of its rows."""
    p, xmlns = (f"{prefix}:", f"xmlns:{prefix}") if prefix else ("", "xmlns")
    body = f"<{p}sheetData>{rows}</{p}sheetData>{after}"
    if sheet is None:
        sheet = (
            f'<?xml version="1.0" encoding="UTF-8"?>{before}'
            f'<{p}worksheet {xmlns}="{namespace}">{body}</{p}worksheet>'
        )
    relation = f'<Relationship Id="rId{{}}" Type="{_OFFICE}/{{}}" Target="{{}}"/>'
    parts = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
        ),
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}">'
        + relation.format(1, "officeDocument", "xl/workbook.xml")
        + "</Relationships>",
        "xl/workbook.xml": (
            f'<?xml version="1.0"?><workbook xmlns="{namespace}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">'
        + relation.format(1, "worksheet", "worksheets/sheet1.xml")
        + relation.format(2, "sharedStrings", "sharedStrings.xml")
        + relation.format(3, "styles", "styles.xml")
        + "</Relationships>",
        "xl/sharedStrings.xml": f'<?xml version="1.0"?><sst xmlns="{namespace}"'
        f"{shared_attributes}>{shared}</sst>",
        "xl/styles.xml": f'<?xml version="1.0"?><styleSheet xmlns="{namespace}">{styles}'
        "</styleSheet>",
        "xl/worksheets/sheet1.xml": sheet,
    }
    return zipped(parts)


@cache
def sound_xlsx() -> bytes:
    """Give a workbook with nothing odd in it."""
    return xlsx("".join(row_xml(at, row) for at, row in enumerate((HEAD, ADA, BO), start=1)))


_CALC = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods(rows: str, *, styles: str = "") -> bytes:
    """Give an OpenDocument sheet of one worksheet, ``Orders``, out of the XML of its rows."""
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            "content.xml": '<?xml version="1.0" encoding="UTF-8"?>'
            f"<office:document-content {_CALC}>"
            f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
            f'<office:spreadsheet><table:table table:name="Orders">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def ods_row(cells: Sequence[str], attributes: str = "") -> str:
    """Give a row of text cells, each line of a cell a paragraph of its own."""
    inside = "".join(map(ods_cell, cells))
    return f"<table:table-row{attributes}>{inside}</table:table-row>"


def ods_cell(text: str) -> str:
    """Give a text cell the way LibreOffice stores it: several blanks and tabs as elements."""
    if not text:
        return "<table:table-cell/>"
    lines = "".join(f"<text:p>{_spaced(line)}</text:p>" for line in text.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


def _spaced(line: str) -> str:
    return escape(line).replace("\t", "<text:tab/>").replace(" ", "<text:s/>")
