"""How far a worksheet reaches, which columns are hidden and which cells are merged."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.core.records import MergedRange

__all__ = ["LAST_COLUMN", "LAST_ROW", "Layout", "Limits", "column_number"]

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
_HEADINGS_END = 500
_MOST_MERGED = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a workbook may hold: bytes when unpacked, cells from the first to the last."""

    max_megabytes: int
    max_cells: int


@dataclass(slots=True)
class Layout:
    """What is found out about a worksheet before its cells are read.

    ``rows`` and ``columns``: the last ones that hold anything, counted from 1.
    """

    rows: int = 0
    columns: int = 0
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[MergedRange] = field(default_factory=list)

    def note_hidden(self, first: int, last: int) -> None:
        """Note columns as hidden, by index from 0, both ends meant."""
        self.hidden_columns.update(range(max(first, 0), min(last + 1, LAST_COLUMN)))

    def note_merged(self, cells: MergedRange) -> None:
        """Note merged cells, if they are more than one and so far up that headings may be."""
        rows, columns = cells.last_row - cells.first_row, cells.last_column - cells.first_column
        sound = (
            0 < cells.first_row <= _HEADINGS_END
            and cells.first_column >= 0
            and rows >= 0
            and columns >= 0
        )
        if sound and rows + columns and len(self.merged) < _MOST_MERGED:
            self.merged.append(cells)


def column_number(letters: str) -> int:
    """Give the number of a column, counted from 1, by the letters that Excel shows."""
    number = 0
    for letter in letters[:8]:
        number = number * 26 + ord(letter) - 64
    return number
