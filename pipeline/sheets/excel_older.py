"""What would be lost without a word in an xls, xlsb or ods file, found before it is read.

The Excel reader gives an error cell of these kinds as empty (sent, that would clear a field), a
ZIP shown as 02134 as 2134, and a hidden row like any other. Only xlsx is read with all of these;
an older file that holds any is refused with the way out, never read wrongly.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

from pipeline.core.errors import SheetError
from pipeline.sheets.excel_formats import padding_of
from pipeline.sheets.excel_package import UNSOUND, Damaged
from pipeline.sheets.sheet import SheetKind

__all__ = ["refuse_what_would_be_lost"]

_ERRORS = "error cells such as #N/A"
_HIDDEN = "hidden rows"
_PADDED = "numbers shown with leading zeros"
_FAR = "more cells than allowed"

_ODS_MARKS = (
    (_ERRORS, re.compile(rb'value-type="error"|<text:p>(?:#(?:N/A|REF!|NAME\?|DIV/0!)|Err:\d)')),
    (_HIDDEN, re.compile(rb'<table:table-row[^>]*table:visibility="(?:collapse|filter)"')),
    (
        _PADDED,
        re.compile(
            rb'value-type="float"[^>]*>(?:<office:annotation.*?</office:annotation>)?<text:p[^>]*>[^<\d]*0\d',
            re.DOTALL,
        ),
    ),
)
_ODS_CELL = re.compile(
    rb"<table:(?:(?P<table>table\s)|table-row(?P<row>[^>]*)>|(?:covered-)?table-cell(?P<cell>[^>]*)>)"
)
_ODS_REPEATED = re.compile(rb'repeated="(\d{1,9})\d*"')

# BIFF8 records: BOOLERR that is an error, FORMULA whose value is one, ROW with its hidden bit.
_XLS_MARKS = (
    (_ERRORS, re.compile(rb"\x05\x02\x08\x00.{6}[\x00\x07\x0f\x17\x1d\x24\x2a]\x01", re.DOTALL)),
    (_ERRORS, re.compile(rb"\x06\x00.\x00.{6}\x02.[\x00-\x2b].{3}\xff\xff", re.DOTALL)),
    (
        _HIDDEN,
        re.compile(rb"\x08\x02\x10\x00.{12}[\x20-\x3f\x60-\x7f\xa0-\xbf\xe0-\xff]", re.DOTALL),
    ),
)
_XLS_FORMAT = re.compile(rb"\x1e\x04..(..)(.)\x00([\x00\x01])", re.DOTALL)

_ROW, _ERROR_CELLS, _CELLS, _FORMAT = 0, (3, 11), range(1, 12), 44


def refuse_what_would_be_lost(name: str, kind: SheetKind, content: bytes, max_cells: int) -> None:
    """Raise :class:`SheetError` for a file of an older kind that cannot be read safely."""
    lost = _what_would_be_lost(kind, content, max_cells)
    if lost == _FAR:
        raise SheetError(
            f"{name} has a worksheet that reaches over {max_cells:,} cells; "
            "delete what stands far from the table, or save the rows as CSV."
        )
    if lost:
        raise SheetError(
            f"{name} holds {lost}, which cannot be read safely from an {kind} file; "
            "save it as xlsx, then start again."
        )


def _what_would_be_lost(kind: SheetKind, content: bytes, max_cells: int) -> str:
    """Name what would be lost, or nothing: ``""``."""
    if kind == "xls":
        return _lost_in_xls(content)
    try:
        with ZipFile(BytesIO(content)) as package:
            if kind == "ods":
                return _lost_in_ods(package.read("content.xml"), max_cells)
            parts = [name for name in package.namelist() if name.lower().endswith(".bin")]
            lost = (_lost_in_xlsb(package.read(part), part, max_cells) for part in parts)
            return next(filter(None, lost), "")
    except (*UNSOUND, struct.error) as error:
        raise Damaged("a part is cut off or damaged") from error


def _lost_in_ods(xml: bytes, max_cells: int) -> str:
    for what, pattern in _ODS_MARKS:
        if pattern.search(xml):
            return what
    return _FAR if _ods_extent(xml) > max_cells else ""


def _ods_extent(xml: bytes) -> int:
    """Count the cells that the reader will lay out: a repeated cell is stored only once."""
    rows = widest = column = repeated = reached = 0
    largest = 0
    for found in _ODS_CELL.finditer(xml):
        if found["table"]:
            largest = max(largest, widest * reached)
            rows = widest = column = repeated = reached = 0
        elif found["row"] is not None:
            rows += repeated
            column, repeated = 0, _repeated(found["row"])
        else:
            column += _repeated(found["cell"])
            if b"value-type" in found["cell"]:
                widest, reached = max(widest, column), rows + repeated
    return max(largest, widest * reached)


def _repeated(attributes: bytes) -> int:
    found = _ODS_REPEATED.search(attributes)
    return int(found[1]) if found else 1


def _lost_in_xls(content: bytes) -> str:
    for what, pattern in _XLS_MARKS:
        if pattern.search(content):
            return what
    for found in _XLS_FORMAT.finditer(content):
        wide, length = found[3] == b"\1", found[2][0]
        text = content[found.end() : found.end() + length * (2 if wide else 1)]
        if padding_of(text.decode("utf-16-le" if wide else "latin-1", "replace")):
            return _PADDED
    return ""


def _lost_in_xlsb(part: bytes, name: str, max_cells: int) -> str:
    rows = columns = 0
    is_sheet = "/worksheets/" in name.lower()
    for kind, body in _xlsb_records(part):
        if not is_sheet:
            if kind == _FORMAT and padding_of(body[6:].decode("utf-16-le", "replace")):
                return _PADDED
        elif kind == _ROW:
            rows = max(rows, int.from_bytes(body[:4], "little") + 1)
            if len(body) > 11 and body[11] & 0x10:
                return _HIDDEN
        elif kind in _ERROR_CELLS:
            return _ERRORS
        elif kind in _CELLS:
            columns = max(columns, int.from_bytes(body[:4], "little") + 1)
    return _FAR if rows * columns > max_cells else ""


def _xlsb_records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Give number and body of each record; both number and size are written 7 bits a byte."""
    at = 0
    while at < len(part):
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | int.from_bytes(part[at : at + 1], "little") << 7
            at += 1
        size = 0
        for step in range(4):
            byte = int.from_bytes(part[at : at + 1], "little")
            at += 1
            size |= (byte & 0x7F) << 7 * step
            if not byte & 0x80:
                break
        yield kind, part[at : at + size]
        at += size
