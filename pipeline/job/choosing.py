"""Choosing, before a sheet is staged: which worksheet is read, and which column holds what.

:mod:`pipeline.job.staging` goes on from there, row by row.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.core.cells import unguard
from pipeline.core.errors import SheetError
from pipeline.core.mapping import SheetMapping, fits, map_sheet
from pipeline.core.order_ids import OrderIds
from pipeline.core.records import Record
from pipeline.core.results import OwnColumns, strip_own_columns
from pipeline.sheets import Sheet

__all__ = [
    "PREVIEW_ROWS",
    "Chosen",
    "SheetOptions",
    "choose",
    "fitting_worksheets",
    "hidden_headings",
    "is_guarded",
    "origin_of",
    "quoted",
    "read_order_ids",
    "strip_ours",
    "visible_worksheets",
]

PREVIEW_ROWS: Final = 60


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """What the user said about where things stand in the sheet.

    ``ids_sha256``: of the file that ``ids`` was read from.
    """

    worksheet: str | None = None
    columns: Mapping[str, str] | None = None
    flags: Mapping[str, str] | None = None
    ids: OrderIds | None = None
    ids_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The worksheet that is read, how its columns map, and our own columns where it has them."""

    worksheet: str
    mapping: SheetMapping
    own: OwnColumns | None


def choose(sheet: Sheet, options: SheetOptions) -> Chosen:
    """Choose the worksheet and map its columns, or raise one sentence that says what to do."""
    name = sheet.info.name
    wanted = options.worksheet
    if wanted is None:
        wanted = _only_fitting(sheet, options)
    elif wanted not in {worksheet.name for worksheet in sheet.worksheets}:
        if sheet.info.kind == "csv":
            raise SheetError(f"{name} is a text file without worksheets; leave --worksheet out.")
        raise SheetError(
            f"{name} has no worksheet {wanted!r}; it has "
            f"{quoted([worksheet.name for worksheet in sheet.worksheets])}."
        )
    preview = sheet.preview(wanted, PREVIEW_ROWS)
    if not preview:
        raise SheetError(f"{name} is empty; nothing was sent.")
    own, preview = _own_columns(preview)
    stripped = [strip_ours(record, own, guarded=is_guarded(sheet)) for record in preview]
    mapping = map_sheet(
        stripped,
        source=name,
        columns=options.columns or {},
        flags=options.flags or {},
        ids_given=options.ids is not None,
        merged=sheet.merged(wanted) if own is None else (),
    )
    head = next(record for record in preview if record.row == mapping.heading_row)
    if head.problem:
        raise SheetError(f"{name}: the row of headings, row {head.row}: {head.problem}")
    return Chosen(wanted, mapping, own)


def _only_fitting(sheet: Sheet, options: SheetOptions) -> str:
    """The only visible worksheet with all required fields; one alone needs no choosing."""
    fitting = fitting_worksheets(
        sheet,
        lambda name: fits(
            sheet.preview(name, PREVIEW_ROWS),
            columns=options.columns or {},
            flags=options.flags or {},
            merged=sheet.merged(name),
        ),
    )
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise SheetError(
            f"{sheet.info.name}: the worksheets {quoted(fitting)} all hold orders; "
            "name the one to read with --worksheet."
        )
    names = quoted(visible_worksheets(sheet))
    raise SheetError(
        f"{sheet.info.name}: none of the worksheets {names} has all the headings that are needed; "
        "name the one to read with --worksheet to see what it lacks."
    )


def visible_worksheets(sheet: Sheet) -> list[str]:
    """Name the worksheets that are not hidden."""
    return [worksheet.name for worksheet in sheet.worksheets if worksheet.visible]


def fitting_worksheets(sheet: Sheet, fit: Callable[[str], bool]) -> list[str]:
    """Name the visible worksheets that fit; one alone needs no choosing, so it is not asked."""
    visible = visible_worksheets(sheet)
    return visible if len(visible) == 1 else [name for name in visible if fit(name)]


def hidden_headings(sheet: Sheet, chosen: Chosen) -> tuple[str, ...]:
    """Name the columns that are read although the worksheet hides them."""
    hidden = sheet.hidden_columns(chosen.worksheet)
    columns = sorted(set(chosen.mapping.fields.values()))
    return tuple(
        chosen.mapping.headings[column]
        for column in columns
        if (chosen.own.kept[column] if chosen.own else column) in hidden
    )


def quoted(names: Sequence[str]) -> str:
    """Name worksheets in a sentence."""
    return ", ".join(f'"{name}"' for name in names) or "none that is visible"


def is_guarded(sheet: Sheet) -> bool:
    """Our guards stand in text files only; a workbook's cells are plain text anyway."""
    return sheet.info.kind == "csv"


def _own_columns(preview: list[Record]) -> tuple[OwnColumns | None, list[Record]]:
    """Find our columns; then the headings are in their row, whatever stands above it."""
    for at, record in enumerate(preview):
        own = strip_own_columns(record.cells)
        if own is not None:
            return own, preview[at:]
    return None, preview


def strip_ours(record: Record, own: OwnColumns | None, *, guarded: bool) -> Record:
    """Undo what a results sheet of ours added: our columns, renamed headings, guards."""
    if own is None:
        return record
    if strip_own_columns(record.cells) is not None:
        return Record(record.row, own.headings)
    cells = own.source_cells(record.cells)
    if guarded:
        cells = tuple(unguard(cell) for cell in cells)
    odd = None
    if record.odd:
        odd = {new: record.odd[old] for new, old in enumerate(own.kept) if old in record.odd}
    return Record(record.row, cells, odd, record.hidden, record.problem)


def origin_of(record: Record, own: OwnColumns) -> tuple[str, int] | None:
    """Give the run and row that a row of a results sheet names as its own, if it names any."""
    run, row = (
        record.cells[at].strip() if at < len(record.cells) else ""
        for at in (own.ours["run_id"], own.ours["row"])
    )
    if not run or not (row.isascii() and row.isdigit() and len(row) < 10):
        return None
    return run, int(row)


def read_order_ids(sheet: Sheet) -> OrderIds:
    """Read a sheet that pairs PO numbers with FinerWorks order ids (``--ids``)."""
    problems = []
    for worksheet in (one.name for one in sheet.worksheets if one.visible):
        rows = _Sound(sheet.records(worksheet))
        try:
            head = next(rows, None)
            if head is not None:
                return OrderIds.from_rows(head, rows, rows.place)
        except SheetError as error:
            problems.append(str(error))
    told = problems[0] if problems else "it is empty."
    raise SheetError(f"{sheet.info.name} (--ids): {told}")


class _Sound:
    """The cells of records; a record that cannot be taken apart ends them with its sentence."""

    def __init__(self, records: Iterator[Record]) -> None:
        self._records = records
        self._rows = array("I")

    def place(self, ordinal: int) -> str:
        """Name a row by how many were read before it."""
        return f"row {self._rows[ordinal]}"

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return self

    def __next__(self) -> tuple[str, ...]:
        record = next(self._records)
        self._rows.append(record.row)
        if record.problem:
            raise SheetError(f"row {record.row}: {record.problem}")
        return record.cells
