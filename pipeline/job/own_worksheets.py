"""The worksheets of a results workbook of ours: known by their headings, and made one table.

The main worksheet holds every row, ``To fix`` some of them once more; people add, move and delete
columns in either. The columns of a further worksheet are laid over those of the main one, fields by
what they mean and the others by their headings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.core.cells import undo_guards, unguard
from pipeline.core.errors import SheetError
from pipeline.core.mapping import SheetMapping
from pipeline.core.records import Record
from pipeline.core.results import OwnColumns, strip_own_columns
from pipeline.sheets import Sheet

__all__ = [
    "PREVIEW_ROWS",
    "Further",
    "Looked",
    "further_of",
    "is_guarded",
    "look_at",
    "main_first",
    "origin_of",
    "strip_ours",
    "with_columns_of",
]

PREVIEW_ROWS: Final = 60
_TO_FIX: Final = "to fix"
Undo = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Looked:
    """The beginning of a worksheet; of one of ours from its headings on, with our columns."""

    worksheet: str
    preview: Sequence[Record]
    own: OwnColumns | None

    @property
    def has_rows(self) -> bool:
        """Tell whether something stands under its headings."""
        return len(self.preview) > 1

    @property
    def headings(self) -> tuple[str, ...]:
        """The user's headings of a worksheet of ours."""
        return self.own.headings if self.own else ()


@dataclass(frozen=True, slots=True)
class Further:
    """A further worksheet: ``columns`` gives for each of its columns that of the main worksheet.

    One that the main worksheet lacks is ``None``; ``width`` is the number of columns there.
    """

    worksheet: str
    own: OwnColumns
    heading_row: int
    columns: tuple[int | None, ...]
    width: int

    def laid_over(self, record: Record) -> Record:
        """Give a row of this worksheet in the columns of the main one.

        A cell beyond the headings stays beyond them, for it is an error of the row.
        """
        cells = [""] * self.width
        odd = {}
        for at, column in enumerate(self.columns[: len(record.cells)]):
            if column is not None:
                cells[column] = record.cells[at]
                if record.odd and at in record.odd:
                    odd[column] = record.odd[at]
        cells += record.cells[len(self.columns) :]
        return replace(record, cells=_without_padding(cells), odd=odd or None)

    def instead_of(self, main: Record, record: Record) -> Record:
        """Give an edited row (:meth:`laid_over`) in the place of the main worksheet's.

        What only the main worksheet has a column for stays.
        """
        mine = set(range(self.width)).difference(self.columns)
        cells = [*record.cells, *[""] * (self.width - len(record.cells))]
        for column in mine:
            cells[column] = main.cells[column] if column < len(main.cells) else ""
        odd = {at: cell for at, cell in (main.odd or {}).items() if at in mine}
        odd |= record.odd or {}
        return replace(record, row=main.row, cells=_without_padding(cells), odd=odd or None)


def _without_padding(cells: list[str]) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def look_at(sheet: Sheet, worksheet: str) -> Looked:
    """Look at the beginning of a worksheet, and find our columns there."""
    preview = sheet.preview(worksheet, PREVIEW_ROWS)
    for at, record in enumerate(preview):
        cells = [*map(unguard, record.cells)] if is_guarded(sheet) else record.cells
        own = strip_own_columns(cells)
        if own is not None:
            return Looked(worksheet, preview[at:], own)
    return Looked(worksheet, preview, None)


def main_first(looked: Sequence[Looked]) -> list[Looked]:
    """Put the main worksheet first: the first one that is not a ``To fix``, if there is any."""
    return sorted(looked, key=lambda each: each.worksheet.casefold().startswith(_TO_FIX))


def with_columns_of(main: Looked, others: Sequence[tuple[Sequence[str], SheetMapping]]) -> Looked:
    """Put headings behind those of the main worksheet that somebody added in a further one only.

    Not where the main one has cells beyond its headings: they must stay beyond all of them.
    """
    own = main.own
    if own is None or len(own.kept) > len(own.headings):
        return main
    headings = list(own.headings)
    for theirs, mapping in others:
        for at, column in enumerate(_paired(theirs, mapping, headings, {})):
            if column is None and theirs[at].strip() and at not in mapping.fields.values():
                headings.append(theirs[at])
    return replace(main, own=replace(own, headings=tuple(headings)))


def further_of(
    name: str, main: Looked, mapping: SheetMapping, other: Looked, theirs: SheetMapping
) -> Further:
    """Lay the columns of a further worksheet over those of the main one.

    Raises :class:`SheetError` where they do not hold the same fields: a column that is absent in
    one of them would clear what is stored.
    """
    differing = sorted(set(mapping.fields) ^ set(theirs.fields))
    if differing or other.own is None:
        raise SheetError(
            f'{name}: the worksheets "{main.worksheet}" and "{other.worksheet}" do not have the '
            f"same columns ({', '.join(differing)} in one of them only); make them alike, or name "
            "the one to read with --worksheet."
        )
    return Further(
        other.worksheet,
        other.own,
        theirs.heading_row,
        tuple(_paired(other.headings, theirs, main.headings, mapping.fields)),
        len(main.headings),
    )


def _paired(
    theirs: Sequence[str],
    mapping: SheetMapping,
    headings: Sequence[str],
    fields: Mapping[str, int],
) -> list[int | None]:
    """Find for each heading its column: that of its field, else the next of the same name."""
    by_field = {at: fields[name] for name, at in mapping.fields.items() if name in fields}
    taken = set(fields.values())
    same: dict[str, list[int]] = defaultdict(list)
    for at, heading in enumerate(headings):
        if at not in taken:
            same[heading.strip().casefold()].append(at)
    found: list[int | None] = []
    for at, heading in enumerate(theirs):
        named = same[heading.strip().casefold()]
        found.append(by_field[at] if at in by_field else named.pop(0) if named else None)
    return found


def is_guarded(sheet: Sheet) -> bool:
    """Our guards stand in text files only; a workbook's cells are plain text anyway."""
    return sheet.info.kind == "csv"


def strip_ours(
    record: Record, own: OwnColumns | None, *, guarded: bool, undo: Undo | None = None
) -> Record:
    """Undo what a results sheet of ours added: our columns, renamed headings, guards.

    ``undo`` takes the guards off where the source row is known.
    """
    if own is None:
        return record
    if own.are_headings(record.cells):
        return Record(record.row, own.headings)
    cells = own.source_cells(record.cells)
    undone = undo(cells) if undo else undo_guards(cells, None, guarded=guarded)
    odd = None
    if record.odd:
        odd = {new: record.odd[old] for new, old in enumerate(own.kept) if old in record.odd}
    return Record(record.row, tuple(undone), odd, record.hidden, record.problem)


def origin_of(record: Record, own: OwnColumns) -> tuple[str, int] | None:
    """Give the run and row that a row of a results sheet names as its own, if it names any."""
    run, row = own.cell("run_id", record.cells), own.cell("row", record.cells)
    row = row.removesuffix(".0")  # as some programs save a number
    if not run or not (row.isascii() and row.isdigit() and len(row) < 10):
        return None
    return run, int(row)
