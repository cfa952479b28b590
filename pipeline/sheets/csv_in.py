"""A CSV as a stream of records, every cell as its text, in memory that does not grow with rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TextIO

from pipeline.core.errors import OUT_OF_FILES, SheetError, no_more_files
from pipeline.core.records import Record
from pipeline.sheets.csv_records import LONGEST, LineTooLong, records
from pipeline.sheets.csv_shape import CsvShape
from pipeline.sheets.sheet import Sheet, SheetInfo, Worksheet

__all__ = ["CsvSheet"]


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
                for record in records(stream, shape):
                    row = record.row
                    yield record
                self._refuse_if_changed(stream)
        except UnicodeError as error:
            raise SheetError(
                f"{info.name}: what follows row {row} is not {shape.encoding} text; "
                "name its encoding, or save it as CSV UTF-8."
            ) from error
        except LineTooLong as error:
            raise SheetError(
                f"{info.name}: what follows row {row} is a line of over {LONGEST:,} characters; "
                "this is no sheet of rows."
            ) from error
        except OSError as error:
            if error.errno in OUT_OF_FILES:
                raise no_more_files() from error
            raise SheetError(f"{info.name} cannot be read: {error.strerror}.") from error

    def _refuse_if_changed(self, stream: TextIO) -> None:
        """Hold to the bytes that were hashed: rows of two versions must not mix."""
        state = os.fstat(stream.fileno())
        if (state.st_size, state.st_mtime_ns) != (self.info.size_bytes, self.info.modified_ns):
            raise SheetError(
                f"{self.info.name} was changed while it was being read; "
                "save and close it, then start again."
            )
