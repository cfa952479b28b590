"""What every sheet can do, whatever kind of file it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pipeline.core.errors import SheetError
from pipeline.core.records import MergedRange, Record
from pipeline.sheets.excel.layout import Layout

__all__ = ["Sheet", "SheetInfo", "SheetKind", "Worksheet"]

SheetKind = Literal["csv", "xlsx", "xlsm", "xls", "xlsb", "ods", "rows"]
"""``rows``: no file at all, but mappings or a DataFrame handed over by a program."""


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """What is known of a file before its rows are read.

    ``sha256`` is the hex digest of its bytes. ``delimiter`` and ``encoding`` are those of a CSV,
    ``None`` for a workbook.
    """

    path: Path
    name: str
    kind: SheetKind
    sha256: str
    size_bytes: int
    modified_ns: int
    delimiter: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One tab of a workbook; a CSV has exactly one, with an empty name."""

    name: str
    visible: bool = True


class Sheet(ABC):
    """A file of rows; reading it never changes it."""

    def __init__(self, info: SheetInfo, worksheets: tuple[Worksheet, ...]) -> None:
        self.info = info
        self.worksheets = worksheets

    def records(self, worksheet: str) -> Iterator[Record]:
        """Give every row that is not blank, in order; each call starts anew.

        Raises :class:`SheetError` if there is no such worksheet or the file cannot be read on.
        """
        if worksheet not in (known := [each.name for each in self.worksheets]):
            names = ", ".join(known) or "one unnamed worksheet"
            raise SheetError(
                f"{self.info.name}: no worksheet is called {worksheet}; it has {names}."
            )
        return self._read(worksheet)

    def preview(self, worksheet: str, rows: int = 60) -> list[Record]:
        """Give the first ``rows`` rows that are not blank."""
        return list(islice(self.records(worksheet), rows))

    def hidden_columns(self, worksheet: str) -> frozenset[int]:
        """Give the hidden columns of a worksheet, by index from 0; they are read all the same."""
        return frozenset(self._layout(worksheet).hidden_columns)

    def merged(self, worksheet: str) -> tuple[MergedRange, ...]:
        """Give the merged cells in the first 500 rows of a worksheet, where headings may be."""
        return tuple(self._layout(worksheet).merged)

    def _layout(self, worksheet: str) -> Layout:  # noqa: ARG002
        """Look at a worksheet that exists; a text file has no such thing."""
        return Layout()

    @abstractmethod
    def _read(self, worksheet: str) -> Iterator[Record]:
        """Give the records of a worksheet that exists."""

    def close(self) -> None:  # noqa: B027  # a CSV holds nothing between two readings
        """Let go of what is held in memory."""

    def __enter__(self) -> Self:
        """Give the sheet itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
