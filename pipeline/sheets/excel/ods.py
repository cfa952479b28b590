"""An ods as records, read as a stream of XML: its cells never lie in memory all at once.

python-calamine reads ods too, but gives an error cell as empty, loses zeros in front, hidden rows
and merged cells, and lays out every repeated cell in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.core.records import MergedRange, OddCell, Record
from pipeline.sheets.excel.layout import LAST_COLUMN, Layout, Limits
from pipeline.sheets.excel.ods_cells import cell_seen
from pipeline.sheets.excel.ods_styles import OdsStyles
from pipeline.sheets.excel.ods_walk import Attributes, Walk, parse, parsing, repeated
from pipeline.sheets.excel.package import UNSOUND, Damaged, Package
from pipeline.sheets.excel.trouble import no_worksheet, refuse_far, translated
from pipeline.sheets.excel.values import Seen
from pipeline.sheets.sheet import Sheet, SheetInfo, Worksheet

__all__ = ["OdsSheet"]

_SPACES = re.compile(r"[ \t\r\n]+")
_HIDDEN = ("collapse", "filter")
_MOST_SPACES = 1_000


class OdsSheet(Sheet):
    """A spreadsheet in the OpenDocument format, as LibreOffice and Google write it."""

    def __init__(self, info: SheetInfo, content: bytes, limits: Limits) -> None:
        self._limits = limits
        self._styles = OdsStyles()
        tables = _Tables(self._styles)
        with translated(info.name, *UNSOUND):
            self._package = Package(content)
            if self._package.holds("styles.xml"):
                parse(self._package.open("styles.xml"), self._styles)
            parse(self._package.open("content.xml"), tables)
        if not tables.found:
            raise no_worksheet(info.name)
        self._tables = tables.found
        super().__init__(info, tuple(each.worksheet for each in tables.found.values()))

    def close(self) -> None:
        """Let go of the workbook; reading on is an error."""
        self._package.close()

    def _layout(self, worksheet: str) -> Layout:
        return self._tables[worksheet].layout

    def _read(self, worksheet: str) -> Iterator[Record]:
        table = self._tables[worksheet]
        rows, columns = table.layout.rows, table.layout.columns
        refuse_far(self.info.name, worksheet, rows, columns, self._limits.max_cells)
        with translated(self.info.name, *UNSOUND):
            reader = _Rows(table, self._styles)
            for _ in parsing(self._package.open("content.xml"), reader):
                yield from reader.taken()
                if reader.ended:
                    return


@dataclass(slots=True)
class _Table:
    """A worksheet and its number; ``default_styles``: those of its columns' cells."""

    number: int
    worksheet: Worksheet
    layout: Layout = field(default_factory=Layout)
    default_styles: list[str] = field(default_factory=list)


class _Tables(Walk):
    """Finds the worksheets, how far they reach and what is hidden and merged in them."""

    def __init__(self, styles: OdsStyles) -> None:
        super().__init__()
        self.found: dict[str, _Table] = {}
        self._styles = styles
        self._table = _Table(-1, Worksheet(""))
        self._row = self._row_end = self._column = 0

    def start_other(self, tag: str, attributes: Attributes) -> None:
        """Styles stand in the same file."""
        self._styles.start(tag, attributes)

    def end_other(self, tag: str) -> None:
        self._styles.end(tag)

    def characters(self, data: str) -> None:
        self._styles.text(data)

    def start_table(self, attributes: Attributes) -> None:
        name = attributes.get("table:name", "")
        hidden = attributes.get("table:style-name", "") in self._styles.hidden_tables
        self._table = _Table(self.table, Worksheet(name, visible=not hidden))
        self.found.setdefault(name, self._table)
        self._row = self._row_end = 0

    def start_column(self, attributes: Attributes) -> None:
        styles = self._table.default_styles
        number = min(
            repeated(attributes, "table:number-columns-repeated"), LAST_COLUMN - len(styles)
        )
        if attributes.get("table:visibility") in _HIDDEN:
            self._table.layout.note_hidden(len(styles), len(styles) + number - 1)
        styles.extend([attributes.get("table:default-cell-style-name", "")] * number)

    def start_row(self, attributes: Attributes) -> None:
        self._row = self._row_end + 1
        self._row_end += repeated(attributes, "table:number-rows-repeated")
        self._column = 0

    def start_cell(self, attributes: Attributes) -> None:
        first = self._column
        self._column += repeated(attributes, "table:number-columns-repeated")
        if "office:value-type" in attributes or "table:formula" in attributes:
            self._reach()
        if "table:number-columns-spanned" in attributes:
            bottom = self._row + repeated(attributes, "table:number-rows-spanned") - 1
            right = first + repeated(attributes, "table:number-columns-spanned") - 1
            self._table.layout.note_merged(MergedRange(self._row, bottom, first, right))

    def start_text(self, _tag: str, _attributes: Attributes) -> None:
        self._reach()

    def _reach(self) -> None:
        layout = self._table.layout
        layout.rows = self._row_end
        layout.columns = max(layout.columns, self._column)


class _Rows(Walk):
    """Reads the rows of one worksheet."""

    def __init__(self, table: _Table, styles: OdsStyles) -> None:
        super().__init__()
        self.ended = False
        self._wanted = table.number
        self._column_styles = table.default_styles
        self._styles = styles
        self._done: list[tuple[int, Record]] = []
        self._row = self._rows = 0
        self._hidden = False
        self._row_style = ""
        self._values: list[str] = []
        self._odd: dict[int, OddCell] = {}
        self._column = 0
        self._cell: Attributes = {}
        self._pieces: list[str] | None = None

    def taken(self) -> Iterator[Record]:
        """Hand over the finished rows, each as often as it is repeated."""
        done, self._done = self._done, []
        for times, record in done:
            yield record
            for row in range(record.row + 1, record.row + times):
                yield Record(row, record.cells, record.odd, record.hidden)

    def end_table(self) -> None:
        self.ended = self.ended or self.table == self._wanted

    def start_row(self, attributes: Attributes) -> None:
        self._row += self._rows
        if self.table != self._wanted:
            return
        self._row = self._row or 1
        self._rows = repeated(attributes, "table:number-rows-repeated")
        self._hidden = attributes.get("table:visibility") in _HIDDEN
        self._row_style = attributes.get("table:default-cell-style-name", "")
        self._column = 0

    def end_row(self) -> None:
        if not self._values:
            return
        values, odd = self._values, self._odd
        self._values, self._odd = [], {}
        if odd or any(value and not value.isspace() for value in values):
            record = Record(self._row, tuple(values), odd or None, self._hidden)
            self._done.append((self._rows, record))

    def start_cell(self, attributes: Attributes) -> None:
        self._cell = attributes

    def start_text(self, tag: str, attributes: Attributes) -> None:
        if tag in ("text:p", "text:h"):
            if self._pieces is None:
                self._pieces = []
            else:
                self._pieces.append("\n")
        elif self._pieces is None:
            return
        elif tag == "text:s":
            said = attributes.get("text:c", "1")
            self._pieces.append(" " * (min(int(said[:9]), _MOST_SPACES) if said.isdecimal() else 1))
        elif tag == "text:tab":
            self._pieces.append("\t")
        elif tag == "text:line-break":
            self._pieces.append("\n")

    def characters(self, data: str) -> None:
        if self._pieces is not None:
            text = _SPACES.sub(" ", data)
            begins = not self._pieces or self._pieces[-1] == "\n"
            self._pieces.append(text.lstrip(" ") if begins else text)

    def end_cell(self) -> None:
        if self.table != self._wanted:
            self._pieces = None
            return
        attributes, pieces = self._cell, self._pieces
        self._pieces = None
        first = self._column
        self._column += repeated(attributes, "table:number-columns-repeated")
        if pieces is None and not attributes:
            return
        text = None if pieces is None else "".join(pieces)
        seen: str | Seen | None = text
        if attributes.get("calcext:value-type") != "string" or not text:
            padding = self._styles.padding(self._style(attributes, first))
            seen = cell_seen(attributes, text, padding)
        if seen:
            self._put(first, seen)

    def _style(self, attributes: Attributes, column: int) -> str:
        if style := attributes.get("table:style-name", "") or self._row_style:
            return style
        return self._column_styles[column] if column < len(self._column_styles) else ""

    def _put(self, first: int, seen: str | Seen) -> None:
        if self._column > LAST_COLUMN:
            raise Damaged("a worksheet has a cell of no column")
        values = self._values
        values.extend([""] * (self._column - len(values)))
        for column in range(first, self._column):
            if isinstance(seen, str):
                values[column] = seen
            else:
                values[column], self._odd[column] = seen
