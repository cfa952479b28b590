"""STAGE: a sheet's rows become text, are mapped, repaired and checked, and lie in the ledger.

The whole sheet is staged before anything is sent: a conflict in the last row must stop the first.
From here on the source is not opened again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from pipeline.core.checking import (
    TELLING,
    CheckedRow,
    Finding,
    RowChecker,
    carries_no_address,
)
from pipeline.core.errors import SheetError
from pipeline.core.mapping import looks_like_headings
from pipeline.core.names import split_full_name
from pipeline.core.order_ids import NO_NUMBER, NO_PO, OrderIds, bare_number, number_lost
from pipeline.core.records import OddCell, Record
from pipeline.core.shared_address import SharedAddress, hash_of, repeated
from pipeline.core.sheet_findings import SheetFinding, SheetWatch, Watching, one_address
from pipeline.core.totals import is_figure, is_total
from pipeline.job.choosing import Chosen
from pipeline.job.returning import Returned, returning
from pipeline.job.telling import headings_by_field, refuse, tell, tell_doubt
from pipeline.ledger import Ledger
from pipeline.ledger.origins import Origins, line_print
from pipeline.ledger.rows import Marks, StagedLine, orders_of, row_id, stage
from pipeline.sheets import Sheet

__all__ = ["Staging", "values_of"]

WIDEST_COLUMN = 60
ALL_MEASURED, SOME_MEASURED = 2_000, 16

_HIDDEN = Finding(
    "",
    "hidden_row",
    "the row is hidden in the sheet and is read all the same; look whether it is meant.",
)
_SURPLUS = Finding(
    "",
    "surplus_cell",
    "This row has more cells than there are headings, so they may stand in the wrong columns; move "
    "them back under their headings.",
)


class Staging:
    """Turns the records of one sheet into ledger lines, and watches the sheet as a whole."""

    def __init__(
        self,
        ledger: Ledger,
        run_no: int,
        chosen: Chosen,
        checker: RowChecker,
        ids: OrderIds | None,
    ) -> None:
        self._ledger = ledger
        self._run_no = run_no
        self._chosen = chosen
        self._mapping = chosen.mapping
        self._checker = checker
        self._ids = ids
        self._origins = Origins(ledger)
        self._named = headings_by_field(chosen.mapping)
        self._values = values_of(chosen.mapping.fields)
        self._width = len(chosen.mapping.headings)
        self._head = tuple(heading.casefold() for heading in chosen.mapping.headings)
        at = min(chosen.mapping.fields.values())
        self._telling = (at, self._head[at])
        self._name = ""
        self._above: int | None = None
        self._origin: tuple[str, int] | None = None
        self._widths: list[int] = []
        self._measured = 0
        self.watch = SheetWatch(chosen.mapping)
        self.rows = 0

    @property
    def widths(self) -> list[int]:
        """The width of each column in characters, as a person would want to see it."""
        return [min(width, WIDEST_COLUMN) for width in self._widths]

    @property
    def width(self) -> int:
        """How many columns the sheet has, surplus cells included."""
        return max(self._width, len(self._widths))

    def run(self, sheet: Sheet, worksheet: str) -> None:
        """Stage every line of the worksheet; raises :class:`SheetError` where it has no rows."""
        self._name = sheet.info.name
        own = self._chosen.own
        if own is None:
            lines = map(self._staged, sheet.records(worksheet))
        else:
            rows = returning(sheet, self._chosen, own, self._origins, self._print_of)
            lines = map(self._staged_again, rows)
        stage(self._ledger, self._run_no, lines)
        if self.rows == 0:
            raise SheetError(f"{sheet.info.name} has headings only, no rows; nothing was sent.")

    def findings(self, watching: Watching) -> list[SheetFinding]:
        """Say what looks wrong in the sheet as a whole; for after :meth:`run`."""
        found = self.watch.findings(watching.invalid_share)
        suspects = repeated(self.watch.addresses)
        if suspects:
            found += one_address(self._sharing(suspects))
        return [finding for finding in found if finding.rule not in watching.ignore]

    def _sharing(self, suspects: Collection[int]) -> Collection[SharedAddress]:
        """Look again at the staged rows, for those that share an address."""
        sharing: dict[int, SharedAddress] = defaultdict(SharedAddress)
        for row, order_key, cells in orders_of(self._ledger, self._run_no):
            values = self._values(cells)
            if (address := hash_of(values)) in suspects:
                name = values.get("last_name") or split_full_name(values.get("full_name", ""))[1]
                sharing[address].add(row, order_key, name)
        return sharing.values()

    def _staged(self, record: Record) -> StagedLine:
        heading_row = self._mapping.heading_row
        if record.row >= heading_row:  # a title above the headings would make one column very wide
            self._measure(record.cells)
        else:
            self._widen(len(record.cells))
        if record.row > heading_row:
            return self._line(record)
        if record.row == heading_row:
            return StagedLine(record.row, "heading", self._headings(record.cells))
        return StagedLine(record.row, "plain", record.cells)

    def _staged_again(self, back: Returned) -> StagedLine:
        """Stage a row of a results sheet; what it once was stays with it."""
        self._origin = back.origin
        line = self._staged(back.record)
        if back.origin is not None and line.kind in ("order", "line"):
            line.origin_run, line.origin_row = back.origin
            if back.torn:
                tell_doubt(line, "torn", back.torn)
            elif back.gone:
                tell_doubt(line, "gone", back.gone)
        return line

    def _print_of(self, record: Record) -> bytes:
        """Give the fingerprint of what a row would send; nothing is watched or staged."""
        values = self._values(record.cells)
        if carries_no_address(values) and not self._has_surplus(record.cells):
            return line_print(self._ledger, self._which_order(values, record)[1])
        return self._judged(record, values).fp

    def _headings(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Give the headings as they were understood: results have no merged cells to say it."""
        renamed = self._mapping.renamed
        width = max((len(cells), *(at + 1 for at in renamed)))
        shown = [*cells, *[""] * (width - len(cells))]
        for at, heading in renamed.items():
            shown[at] = heading
        return tuple(shown)

    def _widen(self, columns: int) -> None:
        """Have a width for so many columns at least."""
        self._widths += [0] * (columns - len(self._widths))

    def _measure(self, cells: Sequence[str]) -> None:
        """Keep the widths of columns; far down a sheet a few rows tell enough of them."""
        widths = self._widths
        short = len(widths) - len(cells)
        self._measured += 1
        if short < 0:
            self._widen(len(cells))
        elif self._measured > ALL_MEASURED and self._measured % SOME_MEASURED:
            return
        found = list(map(max, widths, map(len, cells)))
        self._widths = found + widths[len(cells) :] if short > 0 else found

    def _line(self, record: Record) -> StagedLine:
        if record.problem:  # its cells may stand anywhere, so nothing is read from them
            self.rows += 1
            self._above = row_id(self._run_no, record.row)
            self.watch.see_broken()
            return self._refused(record, [Finding("", "broken_record", record.problem)])
        cells = record.cells
        values = self._values(cells)
        number = (values.get("order_id") or values.get("order_po") or "").strip()
        bare = carries_no_address(values)
        # A row that names an order in digits is neither of the other things that a row can be.
        if not number.isdigit():
            if self._is_headings_again(cells) or _is_totals(cells, values, number, bare=bare):
                return StagedLine(record.row, "plain", cells)
            self._refuse_other_headings(record, number)
        self.rows += 1
        if not bare:
            return self._order(record, values)
        follows = number or self._above is not None or self._was_line()
        if follows and not self._has_surplus(cells):
            return self._further_line(record, values, number)
        return self._order(record, values)

    def _is_headings_again(self, cells: Sequence[str]) -> bool:
        """The headings once more, as where the pages of an export were pasted together."""
        at, heading = self._telling
        if at >= len(cells) or cells[at].strip().casefold() != heading:
            return False
        return tuple(" ".join(c.split()).casefold() for c in cells[: self._width]) == self._head

    def _refuse_other_headings(self, record: Record, number: str) -> None:
        """Other headings mean other columns for all rows under them, however far down."""
        if not any(map(str.isdigit, number)) and looks_like_headings(record.cells):
            raise SheetError(
                f"{self._name}: rows {self._mapping.heading_row} and {record.row} both look like "
                "rows of headings; keep one table in a worksheet."
            )

    def _has_surplus(self, cells: Sequence[str]) -> bool:
        """A cell right of the last heading: which column each cell belongs to is uncertain."""
        return len(cells) > self._width and any(cell.strip() for cell in cells[self._width :])

    def _further_line(self, record: Record, values: Mapping[str, str], number: str) -> StagedLine:
        """A row without an address: of the order it names, or of the one directly above."""
        if not number:
            # The rows of results may have been sorted: the plan finds the order it belongs to.
            above = None if self._was_line() else self._above
            return StagedLine(record.row, "line", record.cells, leader=above)
        order_id, key, trouble = self._which_order(values, record)
        self._above = row_id(self._run_no, record.row)
        if key is None:
            return self._refused(record, [trouble] if trouble else [])
        return StagedLine(record.row, "line", record.cells, order_key=key, order_id=order_id)

    def _was_line(self) -> bool:
        return self._origin is not None and self._origins.was_line(*self._origin)

    def _judged(self, record: Record, values: dict[str, str]) -> _Judged:
        """Put a row to the rules."""
        trouble = None if self._ids is None else self._resolve(values, record.odd)
        checked = self._checker.check(values, self._odd(record) if record.odd else {})
        errors: Sequence[Finding] = checked.errors
        if trouble is not None:
            errors = [trouble, *(error for error in errors if error.field != "order_id")]
        if self._has_surplus(record.cells):
            errors = [_SURPLUS, *errors]
        payload = None if errors else checked.payload
        key = self._key(checked.order_id, values)
        if payload is None:
            text = json.dumps([key or values.get("order_id", ""), checked.address])
        else:
            text = payload
        return _Judged(checked, errors, payload, key, self._ledger.fingerprint(text))

    def _order(self, record: Record, values: dict[str, str]) -> StagedLine:
        row, cells = record.row, record.cells
        self._above = row_id(self._run_no, row)
        checked, errors, payload, key, fp = self._judged(record, values)
        warnings: Sequence[Finding] = checked.warnings
        if record.hidden:
            warnings = [*warnings, _HIDDEN]
        line = StagedLine(row, "order", cells, fp=fp)
        line.order_key = key
        line.order_id = checked.order_id
        line.payload = payload
        if errors or warnings or checked.repairs:
            tell(line, errors, warnings, checked, self._named, hidden=record.hidden)
        if self._origin is None or not self._origins.is_looked_at(*self._origin, fp):
            self.watch.see(row, cells, values, errors, warnings)
        return line

    def _refused(self, record: Record, errors: Sequence[Finding]) -> StagedLine:
        line = StagedLine(record.row, "order", record.cells)
        refuse(line, errors, self._named)
        line.marks = Marks(errors=tuple((e.rule, e.field) for e in errors)).as_json()
        return line

    def _which_order(
        self, values: Mapping[str, str], record: Record
    ) -> tuple[int | None, str | None, Finding | None]:
        """Give order id and key of a row that names an order and nothing else."""
        named = {name: values[name] for name in ("order_id", "order_po") if name in values}
        odd = self._odd(record)
        trouble = self._resolve(named, record.odd)
        if trouble is not None:
            return None, self._key(None, named), trouble
        checked = self._checker.check(named, {k: v for k, v in odd.items() if k == "order_id"})
        wrong = [error for error in checked.errors if error.field == "order_id"]
        if wrong:
            return None, None, wrong[0]
        return checked.order_id, self._key(checked.order_id, named), None

    def _resolve(self, values: dict[str, str], odd: Mapping[int, OddCell] | None) -> Finding | None:
        """Turn the seller's number into FinerWorks' own, in place; or say why it cannot be.

        A number that is lost is taken out, for rows that have lost theirs are not one order.
        """
        if self._mapping.order_by == "order_id" or self._ids is None:
            return None
        po = values.get("order_po", "").strip()
        values["order_id"] = ""
        cell = (odd or {}).get(self._mapping.fields["order_po"])
        if not po and cell is None:
            return Finding("order_po", "po_not_found", NO_PO)
        if number_lost(bare_number(po), cell):
            values["order_po"] = ""
            return Finding("order_po", "po_not_found", NO_NUMBER)
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
        """Give a row's odd cells by field; a number that was typed as a number is not odd here."""
        odd = {i: cell for i, cell in (record.odd or {}).items() if cell.kind != "number"}
        if not odd:
            return {}
        return {name: odd[i] for name, i in self._mapping.fields.items() if i in odd}


class _Judged(NamedTuple):
    """A row after the rules; ``fp``: the fingerprint of what it would send."""

    checked: CheckedRow
    errors: Sequence[Finding]
    payload: str | None
    key: str | None
    fp: bytes


def values_of(fields: Mapping[str, int]) -> Callable[[Sequence[str]], dict[str, str]]:
    """Make the function that gives a row's cells by field; a short row lacks some."""
    names, indexes = tuple(fields), tuple(fields.values())
    reach = max(indexes, default=-1)
    get = itemgetter(*indexes, 0) if indexes else None  # one more, so that it gives a tuple

    def values(cells: Sequence[str]) -> dict[str, str]:
        if get is not None and len(cells) > reach:
            return dict(zip(names, get(cells), strict=False))  # the one more is left over
        return {name: cells[i] for name, i in fields.items() if i < len(cells)}

    return values


def _is_totals(cells: Sequence[str], values: Mapping[str, str], number: str, *, bare: bool) -> bool:
    """A row of totals names no order, and its address fields hold nothing but figures."""
    if number and not is_total(number):
        return False
    if not bare and any(_is_text(values.get(name, "")) for name in TELLING):
        return False
    return any(is_total(cell.strip()) for cell in cells)


def _is_text(cell: str) -> bool:
    text = cell.strip()
    return bool(text) and not (is_figure(text) or is_total(text))
