"""An xls (Excel 97 to 2003, and the ones before) as records, read by xlrd.

python-calamine reads xls too, but gives an error cell as empty and tells neither zeros in front
nor hidden rows. xlrd believes what it reads, so whatever it raises about a file means: damaged.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.records import MergedRange, OddCell, Record
from pipeline.sheets.excel.formats import CellFormat, format_of
from pipeline.sheets.excel.layout import Layout, Limits
from pipeline.sheets.excel.package import Damaged
from pipeline.sheets.excel.trouble import no_worksheet, protected, refuse_far, translated
from pipeline.sheets.excel.values import Seen, boolean_seen, serial_seen
from pipeline.sheets.sheet import Sheet, SheetInfo, Worksheet

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Sheet as XlrdSheet

__all__ = ["XlsSheet"]

_NUMBERS, _BOOLEAN, _ERROR = (2, 3), 4, 5


class XlsSheet(Sheet):
    """A workbook of Excel's old kind; one worksheet of it is held in memory at a time."""

    def __init__(self, info: SheetInfo, content: bytes, limits: Limits) -> None:
        self._limits = limits
        self._loaded: tuple[str, XlrdSheet] | None = None
        self._formats: dict[int, CellFormat | None] = {}
        with translated(info.name, Exception):
            self._book = _opened(info.name, content)
            visibilities = self._book._sheet_visibility  # noqa: SLF001  # else each is loaded
            worksheets = tuple(
                Worksheet(name, visible=not hidden)
                for name, hidden in zip(self._book.sheet_names(), visibilities, strict=False)
            )
        if not worksheets:
            raise no_worksheet(info.name)
        super().__init__(info, worksheets)

    def close(self) -> None:
        """Let go of the workbook; reading on is an error."""
        self._loaded = None
        self._book.release_resources()

    def _layout(self, worksheet: str) -> Layout:
        with translated(self.info.name, Exception):
            sheet = self._load(worksheet)
            layout = Layout(sheet.nrows, sheet.ncols)
            for column, told in sheet.colinfo_map.items():
                if told.hidden:
                    layout.note_hidden(column, column)
            for top, bottom, left, right in sheet.merged_cells:
                layout.note_merged(MergedRange(top + 1, bottom, left, right - 1))
        return layout

    def _read(self, worksheet: str) -> Iterator[Record]:
        layout = self._layout(worksheet)
        refuse_far(self.info.name, worksheet, layout.rows, layout.columns, self._limits.max_cells)
        with translated(self.info.name, Exception):
            sheet = self._load(worksheet)
            for row in range(layout.rows):
                record = self._record(sheet, row)
                if record.odd or not record.blank:
                    yield record

    def _load(self, worksheet: str) -> XlrdSheet:
        if self._loaded is None or self._loaded[0] != worksheet:
            if self._loaded is not None:
                self._book.unload_sheet(self._loaded[0])
                self._loaded = None
            self._loaded = (worksheet, self._book.sheet_by_name(worksheet))
        return self._loaded[1]

    def _record(self, sheet: XlrdSheet, row: int) -> Record:
        values = sheet.row_values(row)
        odd: dict[int, OddCell] = {}
        for column, kind in enumerate(sheet.row_types(row)):
            if kind in _NUMBERS:
                style = sheet.cell_xf_index(row, column)
                values[column], odd[column] = self._number(float(values[column]), style)
            elif kind == _BOOLEAN:
                values[column], odd[column] = boolean_seen(bool(values[column]))
            elif kind == _ERROR:
                values[column], odd[column] = _error(values[column])
        told = sheet.rowinfo_map.get(row)
        return Record(row + 1, tuple(values), odd or None, bool(told and told.hidden))

    def _number(self, value: float, style: int) -> Seen:
        if style not in self._formats:
            key = self._book.xf_list[style].format_key
            self._formats[style] = format_of(self._book.format_map[key].format_str)
        return serial_seen(value, self._formats[style], since_1904=self._book.datemode == 1)


class _Silence(io.TextIOBase):
    """Takes what xlrd prints about odd files; ``print`` would show it to nobody's use."""

    def write(self, text: str) -> int:
        return len(text)


def _opened(name: str, content: bytes) -> Book:
    import xlrd

    try:
        return xlrd.open_workbook(
            file_contents=_stream(content),
            logfile=_Silence(),
            formatting_info=True,
            on_demand=True,
            ragged_rows=True,
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise protected(name) from error
        raise


def _stream(content: bytes) -> bytes:
    """Take the workbook out of its container.

    xlrd does that too, but for ever where a chain of small sectors leads back into itself.
    """
    import olefile

    if not content.startswith(olefile.MAGIC):
        return content
    with olefile.OleFileIO(io.BytesIO(content)) as container:
        name = "Workbook" if container.exists("Workbook") else "Book"
        if max(container.root.size, container.get_size(name)) > len(content):
            raise Damaged("it promises more than it has")
        return bytes(container.openstream(name).read())


def _error(code: int) -> Seen:
    from xlrd import error_text_from_code

    shown = error_text_from_code.get(code, "#ERROR")
    return shown, OddCell("error", shown)
