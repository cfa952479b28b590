"""One worksheet of every kind of cell, and writers of it; all kinds of workbook must agree on it.

Nothing but LibreOffice writes ods and xls the way people's files are. The files in
``tests/data/older`` were made once: ``python -m tests.sheets.same_cells cells.xlsx``, then
``soffice --headless --convert-to ods cells.xlsx``, and the same for ``xls``. Of the ods only the
parts that are read were kept.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

import xlsxwriter

from pipeline.core.records import MergedRange, OddCell, Record

Value = str | float | bool | dt.date | dt.time | dt.timedelta

TEXTS = (
    "02134", "NA", "NULL", "1E5", "TRUE", "#N/A", " a  b ", "A & <B>", "Zoë 中文 😀", "'s-Hage",
    "a\nb", "1234567890123456789",
)  # fmt: skip
NUMBERS: tuple[tuple[float, str, str, str], ...] = (
    (12345, "General", "12345", "number"),
    (2134, "00000", "02134", "padded"),
    (21341001, "00000-0000", "02134-1001", "padded"),
    (1021341001, "00000-0000", "102134-1001", "padded"),
    (5, "##-00", "-05", "padded"),
    (7, '"#"0000', "#0007", "padded"),
    (501, '00000;"no";@', "00501", "padded"),
    (94103, "00000", "94103", "number"),
    (12.5, "00000", "12.5", "number"),
    (-5, "00000", "-5", "number"),
    (12345, "#,##0", "12345", "number"),
    (0.5, "0%", "0.5", "number"),
    (12.5, "$#,##0.00", "12.5", "number"),
    (0.3, "General", "0.3", "number"),
    (123456789012345, "0.00E+00", "123456789012345", "number"),
    (1234567890123456, "0", "1234567890123456", "number"),
    (1e20, "General", "100000000000000000000", "number"),
    (46024, "yyyy-mm-dd", "2026-01-02", "date"),
    (46024, "d-mmm", "2026-01-02", "date"),
    (46024 + 11045 / 86400, "yyyy-mm-dd hh:mm:ss", "2026-01-02 03:04:05", "date"),
    (0.5 + 0.5 / 24, "hh:mm", "12:30:00", "date"),
    (1.25, "[h]:mm:ss", "30:00:00", "date"),
)
ERRORS = {0x2A: "#N/A", 0x07: "#DIV/0!", 0x17: "#REF!", 0x1D: "#NAME?"}
_FORMULAS = {0x2A: "=NA()", 0x07: "=1/0", 0x17: "=#REF!", 0x1D: "=nosuch(1)"}
HIDDEN_COLUMNS = frozenset({4, 5})


def expected() -> list[Record]:
    """What every kind must give, without empty cells at the end."""
    rows = [Record(1, ("what", "is in it"))]
    rows += [Record(2, ("Orders", "", "", "here"))]
    rows += [Record(at, ("text", text)) for at, text in enumerate(TEXTS, 3)]
    for _, _, text, kind in NUMBERS:
        raw = text if kind != "padded" else str(int("".join(filter(str.isdigit, text))))
        odd = {1: OddCell(kind, raw)}  # type: ignore[arg-type]
        rows.append(Record(len(rows) + 1, ("number", text), odd))
    for text in ("TRUE", "FALSE"):
        rows.append(Record(len(rows) + 1, ("boolean", text), {1: OddCell("boolean", text)}))
    for text in ERRORS.values():
        rows.append(Record(len(rows) + 1, ("error", text), {1: OddCell("error", text)}))
    end = len(rows)
    rows.append(Record(end + 1, ("hidden",), None, hidden=True))
    same = ("same", "1", "1", "", "x")
    ones = {1: OddCell("number", "1"), 2: OddCell("number", "1")}
    rows += [Record(end + 4, same, ones), Record(end + 5, same, ones)]
    rows += [Record(end + 6, ("merged", "group")), Record(end + 8, ("link", "Shown text"))]
    rows += [Record(end + 9, ("fonts", "plain bold end")), Record(end + 10, ("comment", "cell"))]
    return rows


def merged() -> tuple[MergedRange, ...]:
    """The merged cells of the worksheet."""
    row = next(each.row for each in expected() if each.cells[0] == "merged")
    return MergedRange(row, row + 1, 0, 0), MergedRange(row, row, 1, 3)


def write_xlsx(path: Path) -> None:
    """Write the worksheet, one behind it and a hidden one."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("Orders")
        for record in expected():
            for column, text in enumerate(record.cells):
                if text and not (record.odd and column in record.odd):
                    page.write_string(record.row - 1, column, text)
                elif text == "1":
                    page.write_number(record.row - 1, column, 1)
        first = 2 + len(TEXTS)
        for row, (value, shape, _, _) in enumerate(NUMBERS, first):
            page.write_number(row, 1, value, book.add_format({"num_format": shape}))
        first += len(NUMBERS)
        page.write_boolean(first, 1, True)
        page.write_boolean(first + 1, 1, False)
        for row, (code, text) in enumerate(ERRORS.items(), first + 2):
            page.write_formula(row, 1, _FORMULAS[code], None, text)
        _decorate(book, page, first + 2 + len(ERRORS))
        book.add_worksheet("Hidden").hide()
        book.add_worksheet("Zwei & <3>").write(0, 0, "b")


def _decorate(book: Any, page: Any, row: int) -> None:
    page.set_row(row, None, None, {"hidden": True})
    page.set_column(4, 5, None, None, {"hidden": True})
    page.merge_range(row + 5, 0, row + 6, 0, "merged")
    page.merge_range(row + 5, 1, row + 5, 3, "group")
    page.write_url(row + 7, 1, "https://example.com/", string="Shown text")
    bold = book.add_format({"bold": True})
    page.write_rich_string(row + 8, 1, "plain ", bold, "bold", " end")
    page.write_comment(row + 9, 1, "a comment\nof two lines")


def record(number: int, body: bytes = b"") -> bytes:
    """One record of an xlsb."""
    name = bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])
    size = len(body)
    sizes = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return name + sizes + body


def wide(text: str) -> bytes:
    """A text in an xlsb, its length before it."""
    units = text.encode("utf-16-le")
    return struct.pack("<I", len(units) // 2) + units


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return out.getvalue()


def row(number: int, flags: int = 0) -> bytes:
    """The record that begins a row, counted from 0."""
    return record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0))


def cell(kind: int, column: int, value: bytes, style: int = 0) -> bytes:
    """The record of a cell."""
    return record(kind, struct.pack("<II", column, style) + value)


def xlsb(
    cells: bytes,
    *,
    codes: tuple[str, ...] = (),
    texts: tuple[str, ...] = (),
    columns: bytes = b"",
    after: bytes = b"",
    options: int = 0,
) -> bytes:
    """The least of an xlsb around the records of cells; style n has the nth of ``codes``."""
    kinds = {"sheet1": "worksheet", "sheet2": "worksheet", "sheet3": "chartsheet"}
    relations = [
        f'<Relationship Id="{name}" Target="worksheets/{name}.bin" Type="x/{kind}"/>'
        for name, kind in kinds.items()
    ]
    relations += [
        f'<Relationship Id="{name}" Target="{name}.bin" Type="x/{name}"/>'
        for name in ("styles", "sharedStrings")
    ]
    sheets = [("sheet1", "Orders", 0), ("sheet2", "Hidden", 1), ("sheet3", "Chart", 0)]
    bundle = b"".join(
        record(156, struct.pack("<II", state, number) + wide(part) + wide(name))
        for number, (part, name, state) in enumerate(sheets, 1)
    )
    formats = [record(44, struct.pack("<H", 164 + at) + wide(c)) for at, c in enumerate(codes)]
    styles = [record(47, struct.pack("<HH12x", 0, 164 + at)) for at in range(len(codes))]
    begin = record(129) + record(148, bytes(16)) + columns + record(145)
    shared = b"".join(record(19, b"\0" + wide(text)) for text in texts)
    book = record(131) + record(153, struct.pack("<I", options)) + record(143) + bundle
    return zipped(
        {
            "xl/workbook.bin": book + record(144) + record(132),
            "xl/_rels/workbook.bin.rels": f"<R>{''.join(relations)}</R>".encode(),
            "xl/worksheets/sheet1.bin": begin + cells + record(146) + after + record(130),
            "xl/worksheets/sheet2.bin": record(129)
            + record(148, bytes(16))
            + record(145)
            + record(146)
            + record(130),
            "xl/styles.bin": record(626)
            + record(47, bytes(16))
            + record(627)
            + b"".join(formats)
            + record(617)
            + b"".join(styles)
            + record(618),
            "xl/sharedStrings.bin": shared,
        }
    )


def all_as_xlsb() -> bytes:
    """Write the worksheet as an xlsb, in the ways that Excel stores such cells."""
    codes = ("General", *(code for _, code, _, _ in NUMBERS))
    numbers = {3 + len(TEXTS) + at: (n[0], at + 1) for at, n in enumerate(NUMBERS)}
    error_codes = {text: code for code, text in ERRORS.items()}
    cells = b""
    for each in expected():
        cells += row(each.row - 1, 0x10 if each.hidden else 0)
        for column, text in enumerate(each.cells):
            odd = each.odd.get(column) if each.odd else None
            if odd is None:
                cells += cell(6, column, wide(text)) if text else cell(1, column, b"")
            elif odd.kind == "error":
                cells += cell(3, column, bytes([error_codes[text]]))
            elif odd.kind == "boolean":
                cells += cell(4, column, bytes([text == "TRUE"]))
            else:
                value, style = numbers.get(each.row, (1, 0))
                cells += cell(5, column, struct.pack("<d", value), style)
    last = max(each.row for each in expected())
    cells += row(last + 1)  # an empty row at the end is no row
    hidden = record(60, struct.pack("<IIIIH", 4, 5, 2560, 0, 1))
    ranges = b"".join(
        record(176, struct.pack("<4I", top - 1, bottom - 1, left, right))
        for top, bottom, left, right in merged()
    )
    return xlsb(cells, codes=codes, columns=hidden, after=ranges)


if __name__ == "__main__":
    write_xlsx(Path(sys.argv[1]))
