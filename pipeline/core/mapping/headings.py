"""Headings that were merged: over two rows, over several columns, or with group titles above.

``Street`` twice in a row says nothing; under the titles ``Shipping`` and ``Billing`` it says
everything. What is read here is what a person reads who looks at the merged cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline.core.mapping.complaints import column_letters
from pipeline.core.platforms import claim, other_party, plain
from pipeline.core.records import MergedRange, Record

__all__ = ["Headings", "headings_of", "last_row_of_block", "with_cells_from_above"]

_MOST_TITLES: Final = 2
"""So many rows of group titles may stand above the headings."""

_NEVER_THE_RECIPIENT: Final = ("bill", "invoice", "payer", "sender")


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings of a row as a person reads them, without empty ones at the end.

    ``renamed``: the columns whose heading says more than its own cell. ``spread``: column → the
    column whose heading is merged over it.
    """

    row: int
    names: tuple[str, ...]
    renamed: Mapping[int, str] = field(default_factory=dict)
    spread: Mapping[int, int] = field(default_factory=dict)


def with_cells_from_above(
    record: Record, preview: Sequence[Record], merged: Sequence[MergedRange]
) -> Record:
    """Give a row with the text of those merged cells that reach down into it."""
    texts = {
        cells.first_column: text
        for cells in merged
        if cells.first_row < record.row <= cells.last_row
        and (text := _text(preview, cells.first_row, cells.first_column))
    }
    texts = {at: text for at, text in texts.items() if not _cell(record, at)}
    if not texts:
        return record
    cells = list(record.cells)
    cells.extend([""] * (max(texts) + 1 - len(cells)))
    for at, text in texts.items():
        cells[at] = text
    return Record(record.row, tuple(cells), record.odd, record.hidden, record.problem)


def last_row_of_block(row: int, merged: Sequence[MergedRange]) -> int:
    """Give the last row that a heading of this row is merged down to."""
    reached = (cells.last_row for cells in merged if cells.first_row <= row <= cells.last_row)
    return max(reached, default=row)


def headings_of(
    record: Record, preview: Sequence[Record], merged: Sequence[MergedRange]
) -> Headings:
    """Read the row of headings together with what is merged in and above it."""
    own = [" ".join(cell.split()) for cell in record.cells]
    names = [
        " ".join(cell.split()) for cell in with_cells_from_above(record, preview, merged).cells
    ]
    spread = _spread(record.row, names, merged)
    for column, first in spread.items():
        names.extend([""] * (column + 1 - len(names)))
        names[column] = f"{names[first]} ({column_letters(column)})"
    while names and not names[-1]:
        names.pop()
    titles = _titles(record.row, preview, merged)
    names = [_titled(names, at, titles) for at in range(len(names))]
    renamed = {at: name for at, name in enumerate(names) if name != (own[at : at + 1] or [""])[0]}
    return Headings(record.row, tuple(names), renamed, spread)


def _spread(row: int, names: Sequence[str], merged: Sequence[MergedRange]) -> dict[int, int]:
    """Find the columns that have no heading but a part of the one left of them."""
    return {
        column: cells.first_column
        for cells in merged
        if cells.first_row <= row <= cells.last_row and _name(names, cells.first_column)
        for column in range(cells.first_column + 1, cells.last_column + 1)
        if not _name(names, column)
    }


def _titles(row: int, preview: Sequence[Record], merged: Sequence[MergedRange]) -> dict[int, str]:
    """Give the nearest title above each column; some title must be merged over several."""
    titles: dict[int, str] = {}
    for above in range(row - 1, row - 1 - _MOST_TITLES, -1):
        wide = [
            cells
            for cells in merged
            if cells.last_row == above and cells.first_column < cells.last_column
        ]
        if not wide:
            continue
        for cells in wide:
            text = " ".join(_text(preview, cells.first_row, cells.first_column).split())
            for column in range(cells.first_column, cells.last_column + 1):
                titles.setdefault(column, text)
        for record in preview:  # a group of one column is not merged
            if record.row == above:
                for column, cell in enumerate(record.cells):
                    if cell.strip():
                        titles.setdefault(column, " ".join(cell.split()))
    return {column: title for column, title in titles.items() if title}


def _titled(names: Sequence[str], column: int, titles: Mapping[int, str]) -> str:
    """Put the title before a heading, where without it the heading may be another's."""
    name, title = names[column], titles.get(column, "")
    if not name or not title or plain(name).startswith(plain(title)):
        return name
    titled = f"{title} {name}"
    if plain(title).startswith(_NEVER_THE_RECIPIENT) or _tells_apart(names, column, titles):
        return titled
    if title not in _telling(names, titles):
        return name
    # In a group that tells others apart each heading is of the group, unless that says nothing.
    return titled if claim(titled) or other_party(titled) or not claim(name) else name


def _tells_apart(names: Sequence[str], column: int, titles: Mapping[int, str]) -> bool:
    """Tell whether a heading stands there more than once, each time under another title."""
    name = plain(names[column])
    alike = [titles.get(at, "") for at, other in enumerate(names) if plain(other) == name]
    return len(alike) > 1 and max(Counter(map(plain, alike)).values()) == 1


def _telling(names: Sequence[str], titles: Mapping[int, str]) -> set[str]:
    """The titles that tell headings apart."""
    return {
        title
        for column, title in titles.items()
        if column < len(names) and names[column] and _tells_apart(names, column, titles)
    }


def _text(preview: Sequence[Record], row: int, column: int) -> str:
    return next((_cell(record, column) for record in preview if record.row == row), "")


def _cell(record: Record, column: int) -> str:
    return record.cells[column].strip() if column < len(record.cells) else ""


def _name(names: Sequence[str], column: int) -> str:
    return names[column] if column < len(names) else ""
