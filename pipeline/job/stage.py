"""STAGE: a sheet's rows become text, are mapped, repaired and checked, and lie in the ledger.

The whole sheet is staged before anything is sent: a conflict in the last row must stop the first.
From here on the source is not opened again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.core.cells import unguard
from pipeline.core.checking import CheckedRow, Finding, RowChecker, carries_no_address
from pipeline.core.errors import SheetError
from pipeline.core.mapping import SheetMapping, fits, map_sheet
from pipeline.core.order_ids import OrderIds
from pipeline.core.outcome import NextStep, Outcome
from pipeline.core.records import OddCell, Record
from pipeline.core.results import OwnColumns, strip_own_columns
from pipeline.ledger import Ledger
from pipeline.ledger.rows import Marks, StagedLine, row_id, stage
from pipeline.sheets import Sheet

__all__ = ["Chosen", "SheetOptions", "Staging", "choose", "read_order_ids"]

WIDEST_COLUMN: Final = 60
PREVIEW_ROWS: Final = 60

_TOTALS = re.compile(r"(grand\s+|sub)?totals?\b|sum\b|count\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """What the user said about where things stand in the sheet."""

    worksheet: str | None = None
    columns: Mapping[str, str] | None = None
    flags: Mapping[str, str] | None = None
    ids: OrderIds | None = None


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
            f"{_quoted([worksheet.name for worksheet in sheet.worksheets])}."
        )
    preview = sheet.preview(wanted, PREVIEW_ROWS)
    if not preview:
        raise SheetError(f"{name} is empty; nothing was sent.")
    own = _own_columns(preview)
    stripped = [_strip(record, own, guarded=_guarded(sheet)) for record in preview]
    mapping = map_sheet(
        stripped,
        source=name,
        columns=options.columns or {},
        flags=options.flags or {},
        ids_given=options.ids is not None,
    )
    return Chosen(wanted, mapping, own)


def _only_fitting(sheet: Sheet, options: SheetOptions) -> str:
    """The only visible worksheet with all required fields; one alone needs no choosing."""
    visible = [worksheet.name for worksheet in sheet.worksheets if worksheet.visible]
    if len(visible) == 1:
        return visible[0]
    fitting = [
        name
        for name in visible
        if fits(
            sheet.preview(name, PREVIEW_ROWS),
            columns=options.columns or {},
            flags=options.flags or {},
        )
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise SheetError(
            f"{sheet.info.name}: the worksheets {_quoted(fitting)} all hold orders; "
            "name the one to read with --worksheet."
        )
    raise SheetError(
        f"{sheet.info.name}: none of the worksheets {_quoted(visible)} has all the headings that "
        "are needed; name the one to read with --worksheet to see what it lacks."
    )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names) or "none that is visible"


def _guarded(sheet: Sheet) -> bool:
    """Our guards stand in text files only; a workbook's cells are plain text anyway."""
    return sheet.info.kind == "csv"


def _own_columns(preview: Sequence[Record]) -> OwnColumns | None:
    found = (strip_own_columns(record.cells) for record in preview)
    return next((own for own in found if own is not None), None)


def _strip(record: Record, own: OwnColumns | None, *, guarded: bool) -> Record:
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


def _origin(record: Record, own: OwnColumns) -> tuple[str | None, int | None]:
    """Give the run and row that a row of a results sheet names as its own."""
    run, row = (
        record.cells[at].strip() if at < len(record.cells) else ""
        for at in (own.ours["run_id"], own.ours["row"])
    )
    if not run or not (row.isascii() and row.isdigit() and len(row) < 10):
        return None, None
    return run, int(row)


def read_order_ids(sheet: Sheet) -> OrderIds:
    """Read a sheet that pairs PO numbers with FinerWorks order ids (``--ids``)."""
    problems = []
    for worksheet in (one.name for one in sheet.worksheets if one.visible):
        records = sheet.records(worksheet)
        head = next(records, None)
        if head is None:
            continue
        try:
            return OrderIds.from_rows(head.cells, (record.cells for record in records))
        except SheetError as error:
            problems.append(str(error))
    told = problems[0] if problems else "it is empty."
    raise SheetError(f"{sheet.info.name} (--ids): {told}")


class Staging:
    """Turns the records of one sheet into ledger lines."""

    def __init__(
        self, ledger: Ledger, run_no: int, chosen: Chosen, checker: RowChecker, ids: OrderIds | None
    ) -> None:
        self._ledger = ledger
        self._run_no = run_no
        self._mapping = chosen.mapping
        self._own = chosen.own
        self._checker = checker
        self._ids = ids
        self._columns = tuple(chosen.mapping.fields.items())
        self._width = len(chosen.mapping.headings)
        self._above: int | None = None
        self._origin: tuple[str | None, int | None] = (None, None)
        self.widths: list[int] = []
        self.rows = 0

    @property
    def width(self) -> int:
        """How many columns the sheet has, surplus cells included."""
        return max(self._width, len(self.widths))

    def run(self, sheet: Sheet, worksheet: str) -> None:
        """Stage every line of the worksheet; raises :class:`SheetError` where it has no rows."""
        stage(self._ledger, self._run_no, self._lines(self._records(sheet, worksheet)))
        if self.rows == 0:
            raise SheetError(f"{sheet.info.name} has headings only, no rows; nothing was sent.")

    def _records(self, sheet: Sheet, worksheet: str) -> Iterator[Record]:
        if self._own is None:
            yield from sheet.records(worksheet)
            return
        guarded = _guarded(sheet)
        for record in sheet.records(worksheet):
            self._origin = _origin(record, self._own)
            yield _strip(record, self._own, guarded=guarded)

    def _lines(self, records: Iterator[Record]) -> Iterator[StagedLine]:
        heading_row = self._mapping.heading_row
        for record in records:
            if record.blank:
                continue
            self._measure(record.cells)
            if record.row == heading_row:
                yield StagedLine(record.row, "heading", record.cells)
            elif record.row < heading_row:
                yield StagedLine(record.row, "plain", record.cells)
            else:
                yield self._line(record)

    def _measure(self, cells: Sequence[str]) -> None:
        widths = self.widths
        if len(cells) > len(widths):
            widths.extend([0] * (len(cells) - len(widths)))
        for index, cell in enumerate(cells):
            if len(cell) > widths[index]:
                widths[index] = min(len(cell), WIDEST_COLUMN)

    def _line(self, record: Record) -> StagedLine:
        if record.problem:  # its cells may stand anywhere, so nothing is read from them
            self.rows += 1
            self._above = row_id(self._run_no, record.row)
            return self._refused(record, [Finding("", "broken_record", record.problem)])
        cells = record.cells
        count = len(cells)
        values = {name: cells[i] for name, i in self._columns if i < count}
        number = (values.get("order_id") or values.get("order_po") or "").strip()
        bare = carries_no_address(values)
        counts = not number or _TOTALS.match(number)
        if bare and counts and any(_TOTALS.match(cell.strip()) for cell in cells):
            return StagedLine(record.row, "plain", cells)
        self.rows += 1
        surplus = self._surplus(record)
        if bare and not surplus and (number or self._above is not None):
            return self._further_line(record, values, number)
        return self._order(record, values, surplus)

    def _surplus(self, record: Record) -> str:
        """A cell right of the last heading: which column each cell belongs to is uncertain."""
        if any(cell.strip() for cell in record.cells[self._width :]):
            return (
                "The row has more cells than there are headings, so its cells may stand in the "
                "wrong columns; put it right."
            )
        return ""

    def _further_line(self, record: Record, values: Mapping[str, str], number: str) -> StagedLine:
        """A row without an address: of the order it names, or of the one directly above."""
        if not number:
            return StagedLine(record.row, "line", record.cells, leader=self._above)
        order_id, key, trouble = self._which_order(values, self._odd(record))
        self._above = row_id(self._run_no, record.row)
        if key is None:
            return self._refused(record, [trouble] if trouble else [])
        return StagedLine(record.row, "line", record.cells, order_key=key, order_id=order_id)

    def _order(self, record: Record, values: dict[str, str], surplus: str) -> StagedLine:
        self._above = row_id(self._run_no, record.row)
        odd = self._odd(record)
        trouble = self._resolve(values)
        checked = self._checker.check(values, odd)
        errors = list(checked.errors)
        if trouble is not None:
            errors = [trouble, *(error for error in errors if error.field != "order_id")]
        if surplus:
            errors.insert(0, Finding("", "surplus_cell", surplus))
        key = self._key(checked.order_id, values)
        warnings = list(checked.warnings)
        if record.hidden:
            warnings.append(
                Finding(
                    "", "hidden_row", "the row is hidden in the sheet and is sent all the same."
                )
            )
        payload = None if errors or checked.correction is None else checked.correction.body()
        return StagedLine(
            record.row,
            "order",
            record.cells,
            order_key=key,
            order_id=checked.order_id,
            fp=self._ledger.fingerprint(payload or json.dumps(checked.address)),
            payload=payload,
            marks=_marks(errors, warnings, checked, hidden=record.hidden),
            repairs="\n".join(f"{r.field}: {r.before} → {r.after}" for r in checked.repairs),
            warnings="\n".join(_told(warning) for warning in warnings),
            outcome=Outcome.INVALID if errors else None,
            next_step=NextStep.FIX if errors else None,
            reason=" ".join(error.sentence for error in errors),
            origin_run=self._origin[0],
            origin_row=self._origin[1],
        )

    def _refused(self, record: Record, errors: Sequence[Finding]) -> StagedLine:
        return StagedLine(
            record.row,
            "order",
            record.cells,
            marks=Marks(errors=tuple((e.rule, e.field) for e in errors)).as_json(),
            outcome=Outcome.INVALID,
            next_step=NextStep.FIX,
            reason=" ".join(error.sentence for error in errors),
        )

    def _which_order(
        self, values: Mapping[str, str], odd: Mapping[str, OddCell]
    ) -> tuple[int | None, str | None, Finding | None]:
        """Give order id and key of a row that names an order and nothing else."""
        named = {name: values[name] for name in ("order_id", "order_po") if name in values}
        trouble = self._resolve(named)
        if trouble is not None:
            return None, self._key(None, named), trouble
        checked = self._checker.check(named, {k: v for k, v in odd.items() if k == "order_id"})
        wrong = [error for error in checked.errors if error.field == "order_id"]
        if wrong:
            return None, None, wrong[0]
        return checked.order_id, self._key(checked.order_id, named), None

    def _resolve(self, values: dict[str, str]) -> Finding | None:
        """Turn the seller's number into FinerWorks' own, in place; or say why it cannot be."""
        if self._mapping.order_by == "order_id" or self._ids is None:
            return None
        po = values.get("order_po", "").strip()
        values["order_id"] = ""
        if not po:
            return None
        found = self._ids.find(po)
        if isinstance(found, str):
            return Finding("order_po", "po_not_found", found)
        values["order_id"] = str(found)
        return None

    def _key(self, order_id: int | None, values: Mapping[str, str]) -> str | None:
        if order_id is not None:
            return str(order_id)
        po = values.get("order_po", "").strip()
        return f"po:{po}" if po and self._mapping.order_by == "order_po" else None

    def _odd(self, record: Record) -> dict[str, OddCell]:
        if not record.odd:
            return {}
        return {name: record.odd[i] for name, i in self._columns if i in record.odd}


def _marks(
    errors: Sequence[Finding], warnings: Sequence[Finding], checked: CheckedRow, *, hidden: bool
) -> str | None:
    if not (errors or warnings or checked.repairs or hidden):
        return None
    return Marks(
        errors=tuple((error.rule, error.field) for error in errors),
        warnings=tuple((warning.rule, warning.field) for warning in warnings),
        repairs=tuple((repair.rule, repair.field) for repair in checked.repairs),
        hidden=hidden,
    ).as_json()


def _told(finding: Finding) -> str:
    return f"{finding.field}: {finding.sentence}" if finding.field else finding.sentence
