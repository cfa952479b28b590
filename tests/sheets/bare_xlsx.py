"""The least of a workbook around worksheet XML of a test's own."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from pipeline.core.records import Record
from pipeline.sheets import open_sheet

WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="TARGET" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/TYPE"/></Relationships>'
)
STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts>'
    '<numFmt numFmtId="164" formatCode="00000"/></numFmts><cellStyleXfs><xf numFmtId="164"/>'
    '</cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def bare_xlsx(
    sheet_xml: str | bytes, *, part: str = "xl/worksheets/sheet1.xml", kind: str = "worksheet"
) -> bytes:
    """The least of a workbook around worksheet XML of the test's own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        root = RELATIONS.replace("TARGET", "xl/workbook.xml").replace("TYPE", "officeDocument")
        package.writestr("_rels/.rels", root)
        package.writestr("xl/workbook.xml", WORKBOOK)
        target = part.removeprefix("xl/")
        own = RELATIONS.replace("TARGET", target).replace("TYPE", kind)
        package.writestr("xl/_rels/workbook.xml.rels", own)
        package.writestr("xl/styles.xml", STYLES)
        package.writestr(part, sheet_xml)
    return out.getvalue()


def worksheet(rows: str, *, after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def saved(folder: Path, content: bytes, name: str = "orders.xlsx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read(path: Path, name: str = "Orders", *, max_cells: int = 20_000_000) -> list[Record]:
    with open_sheet(path, max_cells=max_cells) as sheet:
        return list(sheet.records(name))
