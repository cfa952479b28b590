"""A CSV as a stream of records, every cell as its text, in memory that does not grow with rows."""

from __future__ import annotations

import csv
import os
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import TextIO

from pipeline.core.errors import SheetError
from pipeline.core.records import Record
from pipeline.sheets.csv_shape import CsvShape
from pipeline.sheets.sheet import Sheet, SheetInfo, Worksheet

__all__ = ["CsvSheet"]

_LONGEST = 1 << 24
"""The most characters of one line and of one cell: above the 10 million that people have."""

_OPEN_QUOTE = (
    "This row has a quotation mark that is never closed, or one inside a quoted cell that is "
    "not doubled; mend it in the sheet."
)


class CsvSheet(Sheet):
    """A CSV, TSV, semicolon or pipe file; it has no odd cells and no hidden rows."""

    def __init__(self, info: SheetInfo, shape: CsvShape) -> None:
        super().__init__(info, (Worksheet(""),))
        self._shape = shape

    def _read(self, _worksheet: str) -> Iterator[Record]:
        shape, info = self._shape, self.info
        row = 0
        try:
            with info.path.open(
                "r", encoding=shape.encoding, errors=shape.errors, newline=""
            ) as stream:
                self._refuse_if_changed(stream)
                for record in _records(stream, shape):
                    row = record.row
                    yield record
                self._refuse_if_changed(stream)
        except UnicodeError as error:
            raise SheetError(
                f"{info.name}: what follows row {row} is not {shape.encoding} text; "
                "name its encoding, or save it as CSV UTF-8."
            ) from error
        except _LineTooLong as error:
            raise SheetError(
                f"{info.name}: what follows row {row} is a line of over {_LONGEST:,} characters; "
                "this is no sheet of rows."
            ) from error
        except OSError as error:
            raise SheetError(f"{info.name} cannot be read: {error.strerror}.") from error

    def _refuse_if_changed(self, stream: TextIO) -> None:
        """Hold to the bytes that were hashed: rows of two versions must not mix."""
        state = os.fstat(stream.fileno())
        if (state.st_size, state.st_mtime_ns) != (self.info.size_bytes, self.info.modified_ns):
            raise SheetError(
                f"{self.info.name} was changed while it was being read; "
                "save and close it, then start again."
            )


class _LineTooLong(Exception):
    """A line beyond all reason; splitting it could take all memory."""


class _Lines:
    """Hands lines to the csv module and keeps those of the record under way.

    So a record that goes wrong over several lines can be given up after its first one, and the
    rows that its open quote had swallowed are read as rows of their own.
    """

    def __init__(self, stream: TextIO) -> None:
        self.held: list[str] = []
        self._back: deque[str] = deque()
        self._stream = iter(partial(stream.readline, _LONGEST), "")

    def feed(self) -> Iterator[str]:
        """Give the lines put back, then those of the stream."""
        held = self.held
        while self._back:
            line = self._back.popleft()
            held.append(line)
            yield line
        for line in self._stream:
            if len(line) >= _LONGEST:
                raise _LineTooLong
            held.append(line)
            yield line

    def give_up(self) -> str:
        """Put back all lines of this record but the first, and give that one."""
        first, *rest = self.held
        self._back.extendleft(reversed(rest))
        self.held.clear()
        return first


def _records(stream: TextIO, shape: CsvShape) -> Iterator[Record]:
    """Give the records that are not blank, each with its number, blank ones counted.

    Quotes are read strictly: a stray one would otherwise swallow a delimiter or whole rows, and
    move cells under other headings.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST))
    if stream.read(1) != "\ufeff":  # a mark that the codec left, or a second one
        stream.seek(0)
    lines = _Lines(stream)
    row = 0
    if shape.directive:
        row = 1
        yield Record(1, (stream.readline().rstrip("\r\n").strip('"'),))
    while True:
        reader = csv.reader(lines.feed(), delimiter=shape.delimiter, strict=True)
        try:
            for cells in reader:
                lines.held.clear()
                row += 1
                for cell in cells:
                    if cell and not cell.isspace():
                        yield Record(row, tuple(cells))
                        break
        except csv.Error:
            row += 1
            yield Record(row, _loosely(lines.give_up(), shape), problem=_OPEN_QUOTE)
        else:
            return


def _loosely(line: str, shape: CsvShape) -> tuple[str, ...]:
    """Split a line whose quotes are broken, for a person to look at; it is never sent."""
    bare = line.rstrip("\r\n")
    return tuple(next(csv.reader([bare], delimiter=shape.delimiter), ()))
