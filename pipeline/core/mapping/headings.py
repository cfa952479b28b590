"""Headings that were merged: over two rows, over several columns, or with group titles above.

``Street`` twice in a row says nothing; under the titles ``Shipping`` and ``Billing`` it says
everything. What is read here is what a person reads who looks at the merged cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    names = _titled(names, _titles(record.row, preview, merged))
    renamed = {at: name for at, name in enumerate(names) if name != (own[at : at + 1] or [""])[0]}
    return Headings(record.row, tuple(names), renamed, spread)


def _spread(row: int, names: Sequence[str], merged: Sequence[MergedRange]) -> dict[int, int]:
    """Find the columns that have no heading but a part of the one left of them."""
    here = [cells for cells in merged if cells.first_row <= row <= cells.last_row]
    return {
        column: first
        for first, columns in _side_by_side(here)
        if _name(names, first)
        for column in columns
        if column > first and not _name(names, column)
    }


def _side_by_side(merged: Sequence[MergedRange]) -> Iterator[tuple[int, range]]:
    """Give first column and columns of merged cells, each column once even if they overlap."""
    begin = 0
    for cells in sorted(merged, key=lambda each: each.first_column):
        yield cells.first_column, range(max(begin, cells.first_column), cells.last_column + 1)
        begin = max(begin, cells.last_column + 1)


def _titles(row: int, preview: Sequence[Record], merged: Sequence[MergedRange]) -> dict[int, str]:
    """Give the nearest title above each column; some title must be merged over several."""
    titles: dict[int, str] = {}
    for above in range(row - 1, row - 1 - _MOST_TITLES, -1):
        wide = {
            cells.first_column: cells
            for cells in merged
            if cells.last_row == above and cells.first_column < cells.last_column
        }
        for first, columns in _side_by_side(list(wide.values())):
            text = _text(preview, wide[first].first_row, first)
            for column in columns:
                titles.setdefault(column, text)
        if wide:  # a group of one column is not merged
            own = next((each.cells for each in preview if each.row == above), ())
            for column, cell in enumerate(own):
                titles.setdefault(column, cell)
    told = {column: " ".join(title.split()) for column, title in titles.items()}
    return {column: title for column, title in told.items() if title}


def _titled(names: Sequence[str], titles: Mapping[int, str]) -> list[str]:
    """Put titles before headings, where without them a heading may be another's."""
    under: dict[str, list[str]] = {}
    for at, name in enumerate(names):
        under.setdefault(plain(name), []).append(plain(titles.get(at, "")))
    # The same heading more than once, each time under another title, or once under none.
    apart = {name for name, each in under.items() if name and 1 < len(each) == len(set(each))}
    telling = {titles.get(at, "") for at, name in enumerate(names) if plain(name) in apart}
    whole = {titles.get(at, "") for at, name in enumerate(names) if name}
    return [
        f"{title} {name}"
        if (title := titles.get(at, ""))
        and name
        and not plain(name).startswith(plain(title))
        and (
            plain(name) in apart
            or (title in telling and _is_of_the_group(title, name))
            or (len(whole) > 1 and plain(title).startswith(_NEVER_THE_RECIPIENT))
        )
        else name
        for at, name in enumerate(names)
    ]


def _is_of_the_group(title: str, name: str) -> bool:
    """In a group that tells others apart each heading is of it, unless that would say nothing."""
    titled = f"{title} {name}"
    return claim(titled) is not None or other_party(titled) or claim(name) is None


def _text(preview: Sequence[Record], row: int, column: int) -> str:
    return next((_cell(record, column) for record in preview if record.row == row), "")


def _cell(record: Record, column: int) -> str:
    return record.cells[column].strip() if column < len(record.cells) else ""


def _name(names: Sequence[str], column: int) -> str:
    return names[column] if column < len(names) else ""
