"""What a sheet is made of, before anything is known of its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

__all__ = ["MergedRange", "OddCell", "OddKind", "Record"]

OddKind = Literal["date", "boolean", "error", "padded", "number", "formula"]


# A row has up to one of each a cell: freezing them would cost more than the rest of making them.
@dataclass(slots=True)
class OddCell:
    """A cell whose stored value is not the text that the person typed.

    ``kind``: ``date``, ``boolean``, ``error`` (``#N/A`` and its kin): Excel turned it into this;
    ``padded``: a number that its format shows with leading zeros (``raw`` is the bare number);
    ``number``: stored as a number, no more; ``formula``: a formula with no cached value.
    """

    kind: OddKind
    raw: str = ""


class MergedRange(NamedTuple):
    """Cells that were merged into one; its text stands in the first row and column.

    Rows are physical row numbers, columns are indexes from 0; both ends are meant.
    """

    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(slots=True)
class Record:
    """One line of a worksheet.

    ``row`` is the physical row number as Excel shows it (from 1; in a CSV the record's number,
    blank lines counted, so a line break inside quotes does not count). ``cells`` is text as the
    person sees it, column by column from the first; it may be shorter or longer than the
    headings. ``odd`` names, by column index, the cells whose stored value is not that text.
    """

    row: int
    cells: tuple[str, ...] = field(repr=False)
    odd: Mapping[int, OddCell] | None = field(default=None, repr=False)
    hidden: bool = False
    problem: str = ""
    """A sentence about the record as a whole (an open quote, say), or empty."""

    @property
    def blank(self) -> bool:
        """True where no cell holds anything but white space."""
        return not any(cell and not cell.isspace() for cell in self.cells)
