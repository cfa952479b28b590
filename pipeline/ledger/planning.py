"""The plan's passes over staged rows: who speaks for an order, what is known already."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from pipeline.core.duplicates import Decided, Member
from pipeline.core.outcome import NextStep, Outcome
from pipeline.core.sheet_findings import ROW_WARNINGS, SheetFinding
from pipeline.ledger import reasons
from pipeline.ledger.rows import row_id, row_number, span
from pipeline.ledger.store import Ledger

__all__ = [
    "Told",
    "any_pending",
    "apply_decisions",
    "hold_back",
    "known_orders",
    "lead_the_led",
    "mark_superseded",
    "mark_unchanged",
    "mark_unedited",
    "puts_back",
    "shared_orders",
    "tell",
    "warn_rows",
]


def shared_orders(
    ledger: Ledger, run_nos: Sequence[int], *, resend: bool = False
) -> Iterator[list[Member]]:
    """Give, for every order that several rows or a bare row name, its rows in sheet order.

    ``resend``: no row gives way because it gave way in its own run.
    """
    if not run_nos:
        return
    past = ledger.past
    between = " OR ".join("id BETWEEN ? AND ?" for _ in run_nos)
    ends = [end for run_no in run_nos for end in span(run_no)]
    cursor = ledger.connection.execute(
        "WITH shared AS MATERIALIZED (SELECT order_key FROM rows"
        f" WHERE ({between}) AND order_key IS NOT NULL GROUP BY order_key"
        " HAVING COUNT(*) > 1 OR COUNT(fp) = 0)"
        " SELECT order_key, id, fp, CASE WHEN outcome = 'superseded' THEN 'stale'"
        " WHEN json_extract(marks, '$.d') IS NOT NULL THEN json_extract(marks, '$.d')"
        f" WHEN origin_run IS NOT NULL AND fp IS NOT NULL AND NOT ? AND EXISTS"
        f" (SELECT 1 FROM {past}.runs e JOIN {past}.rows r"
        " ON r.id = (e.run_no << 32 | rows.origin_row) WHERE e.run_id = rows.origin_run"
        f" AND r.outcome = 'superseded' AND {_unedited()}) THEN 'beaten' END FROM rows"
        f" WHERE ({between}) AND order_key IN shared"
        " ORDER BY order_key, id",
        [*ends, resend, *ends],
    )
    for _, group in groupby(cursor, key=lambda found: found[0]):
        yield [Member(key, fp, doubt) for _, key, fp, doubt in group]


def apply_decisions(ledger: Ledger, decided: Sequence[Decided]) -> None:
    """Write what was decided about rows: led rows wait for their leader, ended ones are done."""
    with ledger.atomic() as db:
        db.executemany(
            "UPDATE rows SET leader = ?, outcome = NULL, next_step = NULL, reason = '',"
            " payload = NULL, state = 'none' WHERE id = ?",
            [(one.leader, one.key) for one in decided if one.outcome is None],
        )
        db.executemany(
            "UPDATE rows SET leader = ?, outcome = ?, next_step = ?, reason = ?,"
            " payload = NULL, state = 'settled' WHERE id = ?",
            [
                (one.leader, one.outcome, one.next_step, one.reason, one.key)
                for one in decided
                if one.outcome is not None
            ],
        )


def lead_the_led(ledger: Ledger, run_nos: Sequence[int]) -> None:
    """Let rows that follow the row above them follow that row's own leader."""
    with ledger.atomic() as db:
        for run_no in run_nos:
            db.execute(
                "UPDATE rows SET leader = (SELECT COALESCE(above.leader, above.id) FROM rows above"
                " WHERE above.id = rows.leader) WHERE id BETWEEN ? AND ? AND kind = 'line'"
                " AND order_key IS NULL AND leader IS NOT NULL",
                span(run_no),
            )


def mark_unchanged(ledger: Ledger, run_no: int, target_no: int) -> None:
    """Settle rows whose very payload is the last one confirmed for their order.

    They keep their payload until :func:`pipeline.ledger.runs.mark_sending` looks again.
    """
    with ledger.atomic() as db:
        db.execute(
            "UPDATE rows SET state = 'settled', outcome = ?, next_step = ?,"
            " reference_id = o.ok_ref,"
            f" reason = {reasons.unchanged(ledger.past)}"
            f" FROM {ledger.past}.orders o WHERE rows.id BETWEEN ? AND ? AND rows.state = 'pending'"
            " AND o.target_no = ? AND o.order_id = rows.order_id AND o.ok_fp = rows.fp",
            (Outcome.UNCHANGED, NextStep.NOTHING, *span(run_no), target_no),
        )


def mark_superseded(
    ledger: Ledger,
    run_no: int,
    target_no: int,
    *,
    source_sha256: str,
    modified_at: float,
) -> None:
    """Settle rows of a sheet taken before whose order a later run, of another sheet, took over.

    A sheet that was saved again after that later run is meant anew, so nothing is settled then.
    """
    own = run_no if ledger.past == "main" else 0  # numbers of another ledger mean other runs
    with ledger.atomic() as db:
        db.execute(
            "UPDATE rows SET state = 'settled', outcome = ?, next_step = ?, payload = NULL,"
            f" reason = {reasons.AFTER_SHEET}"
            f" FROM {ledger.past}.orders o JOIN {ledger.past}.runs n ON n.run_no = o.newest_run"
            " WHERE rows.id BETWEEN ? AND ? AND rows.state = 'pending'"
            " AND o.target_no = ? AND o.order_id = rows.order_id"
            " AND o.newest_run <> ? AND n.source_sha256 <> ? AND n.begun_at >= ?"
            f" AND {_wants_another(ledger.past)}"
            f" AND EXISTS (SELECT 1 FROM {ledger.past}.runs e WHERE e.source_sha256 = ?"
            " AND e.target_no = o.target_no AND e.run_no < o.newest_run"
            " AND e.state IN ('sending', 'stopped', 'finished'))",
            (
                Outcome.SUPERSEDED,
                NextStep.NOTHING,
                *span(run_no),
                target_no,
                own,
                source_sha256,
                modified_at,
                source_sha256,
            ),
        )


def warn_rows(ledger: Ledger, run_no: int, findings: Sequence[SheetFinding]) -> None:
    """Tell each row that a finding about the sheet is about, in its warnings."""
    add = (
        "UPDATE rows SET warnings = warnings ||"
        " CASE WHEN warnings = '' THEN '' ELSE char(10) END || ?"
        " WHERE id BETWEEN ? AND ? AND kind = 'order'"
    )
    with ledger.atomic() as db:
        for one in findings:
            words = ROW_WARNINGS.get(one.rule, "")
            ranges = [(words, row_id(run_no, a), row_id(run_no, b)) for a, b in one.ranges]
            db.executemany(add, ranges if words else [])


def known_orders(ledger: Ledger, run_no: int) -> int:
    """Count the orders of a run whose FinerWorks order id is known."""
    found = ledger.connection.execute(
        "SELECT COUNT(DISTINCT order_id) FROM rows WHERE id BETWEEN ? AND ?", span(run_no)
    ).fetchone()
    return int(found[0])


def any_pending(ledger: Ledger, run_no: int, ranges: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a row in any of the stretches is to be sent."""
    return any(
        ledger.connection.execute(
            "SELECT 1 FROM rows WHERE id BETWEEN ? AND ? AND state = 'pending' LIMIT 1",
            (row_id(run_no, first), row_id(run_no, last)),
        ).fetchone()
        for first, last in ranges
    )


def hold_back(ledger: Ledger, reasons: Mapping[int, str]) -> None:
    """Send nothing of these runs (run → reason): a person must look at the sheet first.

    Rows of other sheets that were to share a sending with a row of these get their own. What is
    ``unchanged`` stays so and is not looked at again, or it might be sent after all.
    """
    with ledger.atomic() as db:
        for run_no in reasons:
            db.execute("UPDATE runs SET held_back = 1 WHERE run_no = ?", (run_no,))
        for run_no in reasons:
            _free_followers(db, run_no)
        for run_no, reason in reasons.items():
            db.execute(
                "UPDATE rows SET state = 'settled', outcome = ?, next_step = ?, reason = ?,"
                " payload = NULL WHERE id BETWEEN ? AND ? AND state = 'pending'",
                (Outcome.NOT_SENT, NextStep.FIX, reason, *span(run_no)),
            )


def _free_followers(db: sqlite3.Connection, run_no: int) -> None:
    """Let the first row of a sheet that is not held back speak for those that follow it there."""
    followers = db.execute(
        "SELECT f.leader, f.id FROM rows f JOIN rows l ON l.id = f.leader"
        " JOIN runs r ON r.run_no = f.id >> 32"
        " WHERE l.id BETWEEN ? AND ? AND l.state = 'pending' AND NOT r.held_back"
        " AND f.kind = 'order' AND f.fp = l.fp AND f.state = 'none' ORDER BY f.leader, f.id",
        span(run_no),
    ).fetchall()
    for leader, group in groupby(followers, key=lambda found: found[0]):
        speaker = next(group)[1]
        db.execute(
            "UPDATE rows SET state = 'pending', leader = NULL, order_id = l.order_id,"
            " payload = l.payload FROM rows l WHERE rows.id = ? AND l.id = ?",
            (speaker, leader),
        )
        db.execute(
            "UPDATE rows SET leader = ? WHERE leader = ? AND id >> 32 IN"
            " (SELECT run_no FROM runs WHERE NOT held_back)",
            (speaker, leader),
        )


def mark_unedited(ledger: Ledger, run_no: int, target_no: int) -> None:
    """Settle rows of a results sheet that nobody edited and whose order a later run holds.

    The row names the run and row it came from; the same payload or the same cells mean that it was
    not edited. Nor was one edited anew whose edit an earlier run has taken: the file was saved
    again for other rows. The same holds where a check found it so. One that was ``superseded``
    stays so, for what it has is older than the run that says it. So does one that has errors or was
    deleted in one of two worksheets: what is stale need not be put right. For before rows of one
    order are compared: it contradicts nothing.
    """
    past = ledger.past
    own = run_no if past == "main" else 0  # numbers of another ledger mean other runs
    older = "e.target_no = o.target_no AND (e.run_no < o.newest_run OR r.outcome = 'superseded')"
    with ledger.atomic() as db:
        db.execute(
            "UPDATE rows SET state = 'settled', outcome = ?, next_step = ?, payload = NULL,"
            f" reason = {reasons.AFTER_RESULTS}"
            f" FROM {past}.orders o JOIN {past}.runs n ON n.run_no = o.newest_run"
            " WHERE rows.id BETWEEN ? AND ? AND rows.kind = 'order'"
            " AND (rows.state = 'pending' OR rows.outcome = 'invalid'"
            " OR json_extract(rows.marks, '$.d') = 'gone')"
            " AND rows.origin_run IS NOT NULL AND o.ok_fp IS NOT rows.fp"
            " AND o.target_no = ? AND o.order_id = rows.order_id AND o.newest_run <> ?"
            f" AND {_wants_another(past)}"
            f" AND (EXISTS (SELECT 1 FROM {past}.runs e JOIN {past}.rows r"
            " ON r.id = (e.run_no << 32 | rows.origin_row)"
            f" WHERE e.run_id = rows.origin_run AND {older}"
            f" AND {_unedited()})"
            f" OR EXISTS (SELECT 1 FROM {past}.rows r JOIN {past}.runs e ON e.run_no = r.id >> 32"
            f" WHERE r.order_id = rows.order_id AND e.run_no <> ? AND {older} AND r.fp = rows.fp"
            " AND r.origin_run = rows.origin_run AND r.origin_row = rows.origin_row"
            " AND e.state IN ('sending', 'stopped', 'finished'))"
            f" OR EXISTS (SELECT 1 FROM {past}.previews v WHERE v.run_id = rows.origin_run"
            " AND v.row = rows.origin_row AND v.fp = rows.fp AND v.stale_target = o.target_no))",
            (Outcome.SUPERSEDED, NextStep.NOTHING, *span(run_no), target_no, own, own),
        )


def _wants_another(past: str) -> str:
    """Give the SQL that tells whether the order's newest run wants another address than a row.

    Where it wants the same one, in vain so far, the row is not stale and is to be sent again.
    """
    return (
        f"NOT EXISTS (SELECT 1 FROM {past}.rows l WHERE l.order_id = rows.order_id"
        " AND l.id >> 32 = o.newest_run AND l.fp = rows.fp AND l.leader IS NULL"
        " AND l.outcome IS NOT 'superseded')"
    )


def _unedited() -> str:
    """Give the SQL that tells whether a row is as its row ``r`` of an earlier run was."""
    return (
        "((r.fp = rows.fp AND r.order_id IS rows.order_id)"
        f" OR {_bare('r.cells')} = {_bare('rows.cells')})"
    )


def _bare(cells: str) -> str:
    """Give the SQL of a row's cells without the empty ones behind them, which results add."""
    return f"rtrim({cells}, ',\"]')"


def puts_back(ledger: Ledger, run_no: int, target_no: int) -> dict[str, list[int]]:
    """Find pending rows that would put back an address that a later run replaced.

    Gives row numbers by the id of the run that replaced the address. Each such row gets a warning
    of its own.
    """
    found = ledger.connection.execute(
        f"SELECT rows.id, n.run_id FROM rows JOIN {ledger.past}.orders o"
        " ON o.target_no = ? AND o.order_id = rows.order_id AND o.sent_fp <> rows.fp"
        f" JOIN {ledger.past}.runs n ON n.run_no = o.newest_run"
        " WHERE rows.id BETWEEN ? AND ? AND rows.state = 'pending' AND EXISTS ("
        f" SELECT 1 FROM {ledger.past}.rows e WHERE e.order_id = rows.order_id AND e.fp = rows.fp"
        " AND e.id < o.newest_run << 32 AND e.attempts > 0"
        f" AND (SELECT target_no FROM {ledger.past}.runs WHERE run_no = e.id >> 32) = o.target_no)"
        f" AND EXISTS (SELECT 1 FROM {ledger.past}.rows l WHERE l.order_id = rows.order_id"
        " AND l.id >> 32 = o.newest_run AND l.outcome IN ('updated', 'unchanged', 'unknown'))",
        (target_no, *span(run_no)),
    ).fetchall()
    by_run: dict[str, list[int]] = defaultdict(list)
    for key, run_id in found:
        by_run[run_id].append(row_number(key))
    with ledger.atomic() as db:
        db.executemany(
            "UPDATE rows SET warnings = warnings || CASE WHEN warnings = '' THEN '' ELSE char(10)"
            " END || ? WHERE id = ?",
            [
                (f"order_id: puts back an address that run {run_id} replaced; check it.", key)
                for key, run_id in found
            ],
        )
    return dict(by_run)


@dataclass(slots=True)
class Told:
    """What the rules said about a run's rows, counted; row numbers in sheet order.

    ``hidden_rows``: of those that would be sent.
    """

    errors: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    warnings: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    repairs: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    repaired_rows: int = 0
    hidden_rows: int = 0


def tell(ledger: Ledger, run_no: int) -> Told:
    """Count which rules spoke about the rows of a run, after the plan decided.

    A row counts once, by its first error; what the plan itself decided counts as the rules
    ``conflict`` and ``no_address``.
    """
    told = Told()
    cursor = ledger.connection.execute(
        "SELECT id, outcome, marks FROM rows WHERE id BETWEEN ? AND ?"
        " AND (marks IS NOT NULL OR outcome IN ('conflict', 'invalid')) ORDER BY id",
        span(run_no),
    )
    for key, outcome, text in cursor:
        row = row_number(key)
        marks: dict[str, Any] = json.loads(text) if text else _UNMARKED
        decided = _DECIDED.get(outcome) if outcome == "conflict" or not marks["e"] else None
        own = marks["e"][:1] if outcome != Outcome.SUPERSEDED else ()
        for rule, name in [(decided, "")] if decided else own:
            told.errors[rule, name].append(row)
        for rule, name in marks["w"]:
            told.warnings[rule, name].append(row)
        for rule, name in marks["r"]:
            told.repairs[rule, name] += 1
        told.repaired_rows += bool(marks["r"])
        told.hidden_rows += marks["h"] if outcome is None else 0
    return told


_UNMARKED: dict[str, Any] = {"e": [], "w": [], "r": [], "h": 0}
_DECIDED = {"conflict": "conflict", "invalid": "no_address"}
