"""Further lines of an order, without an address, in a results sheet that came back.

A line without a number belongs to the row above it; but results are sorted, filtered and cut, so in
a sheet of results it belongs to the row that it followed in its own run, wherever that stands now.
"""

from __future__ import annotations

from typing import Final

from pipeline.core.outcome import NextStep, Outcome
from pipeline.ledger.rows import span
from pipeline.ledger.store import Ledger

__all__ = ["lead_as_before", "tell_lone_lines"]

_LINES: Final = (
    "rows.id BETWEEN ? AND ? AND rows.kind = 'line' AND rows.origin_run IS NOT NULL"
    " AND rows.outcome IS NULL AND rows.order_key IS NULL"
)


def lead_as_before(ledger: Ledger, run_no: int) -> None:
    """Let lines without a number follow the row that they followed in their own run."""
    db = ledger.connection
    past = ledger.past
    with ledger.atomic():
        db.execute(
            "CREATE TEMP TABLE IF NOT EXISTS wanted (run TEXT, row INTEGER, line INTEGER,"
            " PRIMARY KEY (run, row, line)) WITHOUT ROWID"
        )
        db.execute("DELETE FROM temp.wanted")
        db.execute(
            "INSERT INTO temp.wanted SELECT rows.origin_run, r.leader & 0xFFFFFFFF, rows.id"
            f" FROM rows JOIN {past}.runs e ON e.run_id = rows.origin_run"
            f" JOIN {past}.rows r ON r.id = (e.run_no << 32 | rows.origin_row)"
            f" WHERE {_LINES} AND r.kind = 'line' AND r.leader >> 32 = e.run_no",
            span(run_no),
        )
        db.execute(
            "UPDATE rows SET leader = f.leader FROM ("
            "SELECT w.line AS line, MIN(s.id) AS leader FROM rows s JOIN temp.wanted w"
            " ON w.run = s.origin_run AND w.row = s.origin_row"
            " WHERE s.id BETWEEN ? AND ? AND s.kind = 'order' GROUP BY w.line) f"
            " WHERE rows.id = f.line",
            span(run_no),
        )
        db.execute("DELETE FROM temp.wanted")


def tell_lone_lines(ledger: Ledger, run_no: int) -> None:
    """Settle untouched lines of orders whose row with the address is not in the sheet.

    Where FinerWorks confirmed an address of the order since, nothing is left to do; else the row
    is to be put back. For after the rows of each order were decided about.
    """
    past = ledger.past
    found = ledger.connection.execute(
        "SELECT rows.id, o.ok_ref, date(o.ok_at, 'unixepoch'), c.run_id, n.run_id,"
        " l.id & 0xFFFFFFFF, a.run_id, r.reason"
        f" FROM rows JOIN {past}.runs e ON e.run_id = rows.origin_run"
        f" JOIN {past}.rows r ON r.id = (e.run_no << 32 | rows.origin_row)"
        f" LEFT JOIN {past}.rows l ON l.id = r.leader AND l.kind = 'order'"
        f" LEFT JOIN {past}.runs a ON a.run_no = l.id >> 32"
        f" LEFT JOIN {past}.orders o ON o.target_no = e.target_no"
        " AND o.order_id = COALESCE(r.order_id, l.order_id)"
        f" LEFT JOIN {past}.runs c ON c.run_no = o.ok_run AND o.ok_fp IS NOT NULL"
        f" LEFT JOIN {past}.runs n ON n.run_no = o.newest_run AND n.run_no > e.run_no"
        " WHERE rows.id BETWEEN ? AND ? AND rows.kind = 'line' AND r.kind = 'line'"
        " AND rows.order_key IS r.order_key AND rows.origin_run IS NOT NULL"
        " AND (rows.outcome = 'invalid' OR (rows.leader IS NULL AND rows.outcome IS NULL))",
        span(run_no),
    ).fetchall()
    with ledger.atomic() as db:
        for key, ref, *told in found:
            outcome, step, reason = _told(*told)
            db.execute(
                "UPDATE rows SET state = 'settled', outcome = ?, next_step = ?, reason = ?,"
                " reference_id = ? WHERE id = ?",
                (outcome, step, reason, ref if outcome is Outcome.UNCHANGED else None, key),
            )


def _told(
    day: str | None,
    confirmed: str | None,
    newer: str | None,
    row: int | None,
    its_run: str | None,
    before: str,
) -> tuple[Outcome, NextStep, str]:
    """Say what becomes of a line; ``before``: what was said of it where it had no row to follow."""
    if confirmed is not None:
        reason = (
            f"A further line: the address of its order was confirmed on {day} (run {confirmed}), "
            "and the row that has it is not in this sheet; leave this one, or delete it."
        )
        return Outcome.UNCHANGED, NextStep.NOTHING, reason
    if newer is not None:
        reason = (
            f"A further line: run {newer} took over its order, and the row that has the address "
            "is not in this sheet; leave this one, or delete it."
        )
        return Outcome.SUPERSEDED, NextStep.NOTHING, reason
    if row is None:
        return Outcome.INVALID, NextStep.FIX, before or _LONE
    reason = (
        f"A further line of an order whose address was in row {row} of run {its_run}, which is not "
        "in this sheet; put that row back, or delete this one."
    )
    return Outcome.INVALID, NextStep.FIX, reason


_LONE: Final = (
    "A further line of an order whose row with the address is not in this sheet; put that row "
    "back, or delete this one."
)
