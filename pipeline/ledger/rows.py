"""Rows: staged once, settled once, and read back in the order of the sheet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pipeline.core.outcome import NextStep, Outcome
from pipeline.ledger.store import Ledger

__all__ = [
    "LINE_KINDS",
    "Line",
    "Marks",
    "StagedLine",
    "last_row",
    "lines_of",
    "outcome_counts",
    "row_id",
    "row_number",
    "run_number",
    "span",
    "stage",
]

LINE_KINDS: Final = ("plain", "heading", "order", "line")
CHUNK: Final = 2000

# Made once: json.dumps with options builds an encoder at every call.
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def row_id(run_no: int, row: int) -> int:
    """Give the key of a row in the ledger."""
    return run_no << 32 | row


def row_number(key: int) -> int:
    """Give the physical row number of a key."""
    return key & 0xFFFFFFFF


def run_number(key: int) -> int:
    """Give the run of a key."""
    return key >> 32


def span(run_no: int) -> tuple[int, int]:
    """Give the first and last key a run's rows can have."""
    return run_no << 32, ((run_no + 1) << 32) - 1


@dataclass(frozen=True, slots=True)
class Marks:
    """Which rules spoke about a row, as ``(rule, field)`` pairs: what plans count."""

    errors: tuple[tuple[str, str], ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    repairs: tuple[tuple[str, str], ...] = ()
    hidden: bool = False

    def as_json(self) -> str | None:
        """Give the text to store; nothing for a row of which there is nothing to say."""
        if not (self.errors or self.warnings or self.repairs or self.hidden):
            return None
        return json.dumps(
            {"e": self.errors, "w": self.warnings, "r": self.repairs, "h": int(self.hidden)}
        )


@dataclass(slots=True)  # one a row: freezing would cost more than the rest of making it
class StagedLine:
    """One line of a sheet on its way into the ledger.

    ``kind``: ``plain`` (title, totals: no outcome), ``heading``, ``order`` (has an address),
    ``line`` (a further line of an order: no address). ``outcome`` is given where the line can not
    be sent; with a ``payload`` it is pending.
    """

    row: int
    kind: str
    cells: Sequence[str]
    order_key: str | None = None
    order_id: int | None = None
    fp: bytes | None = None
    payload: str | None = None
    marks: str | None = None
    repairs: str = ""
    warnings: str = ""
    leader: int | None = None
    outcome: Outcome | None = None
    next_step: NextStep | None = None
    reason: str = ""
    origin_run: str | None = None
    origin_row: int | None = None


def stage(ledger: Ledger, run_no: int, lines: Iterable[StagedLine]) -> None:
    """Write a sheet's lines, chunk by chunk; a kill on the way leaves a stage to be swept."""
    iterator = iter(lines)
    while chunk := list(islice(iterator, CHUNK)):
        # Made before the transaction begins: reading a slow sheet must not hold the write lock.
        values = [_values(run_no, line) for line in chunk]
        with ledger.atomic() as db:
            db.executemany(
                "INSERT INTO rows (id, kind, cells, order_key, order_id, fp, payload, marks,"
                " repairs, warnings, leader, state, outcome, next_step, reason, origin_run,"
                " origin_row) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )


def _values(run_no: int, line: StagedLine) -> tuple[object, ...]:
    state = "pending" if line.payload is not None else "settled" if line.outcome else "none"
    return (
        row_id(run_no, line.row),
        line.kind,
        _as_json(line.cells),
        line.order_key,
        line.order_id,
        line.fp,
        line.payload,
        line.marks,
        line.repairs,
        line.warnings,
        line.leader,
        state,
        line.outcome,
        line.next_step,
        line.reason,
        line.origin_run,
        line.origin_row,
    )


@dataclass(slots=True)  # one a row, as above
class Line:
    """One line of a run as it is to be shown: its own cells, and what became of it.

    A ``led`` row shares the sending of its ``leader`` (a key), and shows what became of that;
    its ``attempts`` stay 0, for nothing was sent for it. ``outcome`` is ``None`` for plain lines
    and for what is neither settled nor claimed yet.
    """

    row: int
    kind: str
    cells: tuple[str, ...]
    repairs: str
    warnings: str
    attempts: int
    leader: int | None
    led: bool
    state: str
    outcome: Outcome | None
    next_step: NextStep | None
    reason: str
    reference_id: str | None
    http_status: int | None
    sent_at: float | None


_LED = "(r.outcome IS NULL AND l.id IS NOT NULL)"


def _shown(column: str) -> str:
    return f"CASE WHEN {_LED} THEN l.{column} ELSE r.{column} END"


_FROM = "FROM rows r LEFT JOIN rows l ON l.id = r.leader WHERE r.id BETWEEN ? AND ?"
_LINES = (
    f"SELECT r.id, r.kind, r.cells, r.repairs, r.warnings, r.attempts, r.leader, {_LED},"
    f" {_shown('state')}, {_shown('outcome')}, {_shown('next_step')}, {_shown('reason')},"
    f" {_shown('reference_id')}, {_shown('http_status')}, {_shown('sent_at')}"
    f" {_FROM} ORDER BY r.id"
)
_COUNTS = (
    f"SELECT {_shown('state')}, {_shown('outcome')}, {_shown('next_step')}, COUNT(*)"
    f" {_FROM} AND r.kind IN ('order', 'line')"
)


def lines_of(ledger: Ledger, run_no: int) -> Iterator[Line]:
    """Read a run's lines in the order of the sheet, streamed."""
    for (
        key,
        kind,
        cells,
        repairs,
        warnings,
        attempts,
        leader,
        led,
        state,
        *rest,
    ) in ledger.connection.execute(_LINES, span(run_no)):
        outcome, next_step, reason, reference_id, http_status, sent_at = rest
        yield Line(
            row=row_number(key),
            kind=kind,
            cells=tuple(json.loads(cells)),
            repairs=repairs,
            warnings=warnings,
            attempts=attempts,
            leader=leader,
            led=bool(led),
            state=state,
            outcome=Outcome(outcome) if outcome else None,
            next_step=NextStep(next_step) if next_step else None,
            reason=reason,
            reference_id=reference_id,
            http_status=http_status,
            sent_at=sent_at,
        )


def last_row(ledger: Ledger, run_no: int) -> int:
    """Give the physical number of a run's last line."""
    found = ledger.connection.execute(
        "SELECT MAX(id) FROM rows WHERE id BETWEEN ? AND ?", span(run_no)
    ).fetchone()[0]
    return row_number(found or 0)


def outcome_counts(
    ledger: Ledger, run_nos: Sequence[int], *, orders_only: bool = False
) -> dict[tuple[str, Outcome | None, NextStep | None], int]:
    """Count rows by (state, outcome, next step); with ``orders_only`` each order once."""
    counts: dict[tuple[str, Outcome | None, NextStep | None], int] = {}
    only = " AND r.leader IS NULL" if orders_only else ""
    for run_no in run_nos:
        for state, outcome, next_step, count in ledger.connection.execute(
            f"{_COUNTS}{only} GROUP BY 1, 2, 3", span(run_no)
        ):
            key = (
                state,
                Outcome(outcome) if outcome else None,
                NextStep(next_step) if next_step else None,
            )
            counts[key] = counts.get(key, 0) + count
    return counts
