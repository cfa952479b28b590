"""Choosing, before a sheet is staged: which worksheet is read, and which column holds what.

:mod:`pipeline.job.staging` goes on from there, row by row.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.errors import SheetError
from pipeline.core.mapping import SheetMapping, fits, map_sheet
from pipeline.core.order_ids import OrderIds
from pipeline.core.records import Record
from pipeline.core.results import OwnColumns
from pipeline.core.said import NOTHING_SAID, Said
from pipeline.job.own_worksheets import (
    PREVIEW_ROWS,
    Further,
    Looked,
    further_of,
    is_guarded,
    look_at,
    main_first,
    strip_ours,
    with_columns_of,
)
from pipeline.sheets import Sheet

__all__ = [
    "PREVIEW_ROWS",
    "Chosen",
    "SheetOptions",
    "choose",
    "fitting_worksheets",
    "hidden_headings",
    "quoted",
    "read_order_ids",
    "visible_worksheets",
]


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
    said: Said = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Chosen:
    """The worksheet that is read, how its columns map, and our own columns where it has them.

    ``further``: the other worksheets of a results workbook, which hold some of its rows again.
    """

    worksheet: str
    mapping: SheetMapping
    own: OwnColumns | None
    further: tuple[Further, ...] = ()


def choose(sheet: Sheet, options: SheetOptions) -> Chosen:
    """Choose the worksheet and map its columns, or raise one sentence that says what to do."""
    name = sheet.info.name
    wanted = options.worksheet
    if wanted is None:
        main, *others = _only_fitting(sheet, options)
    elif wanted in {worksheet.name for worksheet in sheet.worksheets}:
        main, others = look_at(sheet, wanted), []
    elif sheet.info.kind == "csv":
        raise SheetError(f"{name} is a text file without worksheets; leave --worksheet out.")
    else:
        raise SheetError(
            f"{name} has no worksheet {wanted!r}; it has "
            f"{quoted([worksheet.name for worksheet in sheet.worksheets])}."
        )
    if not main.preview:
        raise SheetError(f"{name} is empty; nothing was sent.")
    mapped = [(each, _map(sheet, each, options, main)) for each in others if each.has_rows]
    main = with_columns_of(main, [(each.headings, mapping) for each, mapping in mapped])
    mapping = _map(sheet, main, options, main)
    head = next(record for record in main.preview if record.row == mapping.heading_row)
    if head.problem:
        raise SheetError(f"{name}: the row of headings, row {head.row}: {head.problem}")
    further = tuple(further_of(name, main, mapping, *each) for each in mapped)
    return Chosen(main.worksheet, mapping, main.own, further)


def _map(sheet: Sheet, looked: Looked, options: SheetOptions, main: Looked) -> SheetMapping:
    own, name = looked.own, sheet.info.name
    return map_sheet(
        [strip_ours(record, own, guarded=is_guarded(sheet)) for record in looked.preview],
        source=name if looked is main else f'{name}, worksheet "{looked.worksheet}"',
        columns=options.columns or {},
        flags=options.flags or {},
        ids_given=options.ids is not None,
        merged=sheet.merged(looked.worksheet) if own is None else (),
    )


def _only_fitting(sheet: Sheet, options: SheetOptions) -> list[Looked]:
    """The only visible worksheet with all required fields; one alone needs no choosing.

    The worksheets of a results workbook are one sheet together, the main one first.
    """
    looked = [look_at(sheet, name) for name in visible_worksheets(sheet)]
    results = main_first([each for each in looked if each.own is not None])
    if len(looked) == 1:
        return looked
    fitting = [each for each in looked if each.own is None and _fits(sheet, each, options)]
    if results and not fitting:
        return results
    if len(fitting) == 1 and not results:
        return fitting
    if fitting:
        both = [each.worksheet for each in looked if each in fitting or each in results]
        raise SheetError(
            f"{sheet.info.name}: the worksheets {quoted(both)} all hold orders; "
            "name the one to read with --worksheet."
        )
    names = quoted(visible_worksheets(sheet))
    raise SheetError(
        f"{sheet.info.name}: none of the worksheets {names} has all the headings that are needed; "
        "name the one to read with --worksheet to see what it lacks."
    )


def _fits(sheet: Sheet, looked: Looked, options: SheetOptions) -> bool:
    return fits(
        looked.preview,
        columns=options.columns or {},
        flags=options.flags or {},
        merged=sheet.merged(looked.worksheet),
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
    kept = chosen.own.kept if chosen.own else range(max(columns, default=0) + 1)
    return tuple(
        chosen.mapping.headings[column]
        for column in columns
        if column < len(kept) and kept[column] in hidden
    )


def quoted(names: Sequence[str]) -> str:
    """Name worksheets in a sentence."""
    return ", ".join(f'"{name}"' for name in names) or "none that is visible"


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
