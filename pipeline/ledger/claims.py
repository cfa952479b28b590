"""Who may send to an order now: claimed durably before the send, settled after the answer.

The newest run wins an order. A run claims an order only where no living run holds it and no
request of ours with another payload may still be open. A claim is committed before the chunk it
belongs to may be sent; what an answer said is committed with the next chunk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.core.outcome import OUTCOMES, NextStep, Outcome
from pipeline.ledger.rows import span
from pipeline.ledger.store import Ledger

__all__ = ["Before", "Claimed", "Claims", "Report"]


@dataclass(frozen=True, slots=True)
class Before:
    """What an order's line said before it was claimed."""

    newest_run: int
    sent_fp: bytes | None
    ok_fp: bytes | None
    open_until: float | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """An order this run may send now; ``before`` is what to give back if it is never sent."""

    key: int
    order_id: int
    body: bytes = field(repr=False)
    before: Before | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a claim. ``open_until``: a request of ours may be open until then."""

    claim: Claimed
    outcome: Outcome
    next_step: NextStep
    reason: str
    attempts: int
    throttled: int
    http_status: int | None
    reference_id: str | None
    sent_at: float | None
    open_until: float | None


class Claims:
    """The claims of the runs that send together, in one process.

    ``linger_seconds``: how long a request without an answer counts as open; ``alive(run_no)``
    tells whether the process of another run lives.
    """

    def __init__(
        self,
        ledger: Ledger,
        run_nos: Sequence[int],
        target_no: int,
        *,
        linger_seconds: float,
        alive: Callable[[int], bool],
    ) -> None:
        self._ledger = ledger
        self._unread = sorted(run_nos)
        self._target_no = target_no
        self._linger = linger_seconds
        self._alive = alive
        self._cursor = span(self._unread[0])[0]
        self._waiting: list[int] = []
        self._again: list[int] = []

    def rewind(self) -> bool:
        """Go back to the rows that had to wait; ``False`` where none had to."""
        self._again += self._waiting
        self._waiting = []
        return bool(self._again)

    def settle_and_claim(self, reports: Iterable[Report], most: int, now: float) -> list[Claimed]:
        """Settle what has ended and claim up to ``most`` orders, in one durable transaction.

        Fewer than ``most`` claims mean that no pending row is left but those that wait.
        """
        claimed: list[Claimed] = []
        with self._ledger.atomic() as db:
            self._settle_all(db, reports)
            while len(claimed) < most:
                candidates = self._pending(db, most - len(claimed))
                if not candidates:
                    break
                for candidate in candidates:
                    claim = self._claim(db, candidate, now)
                    if claim is not None:
                        claimed.append(claim)
        return claimed

    def touch(self, claim: Claimed, now: float) -> bool:
        """Before another try: is this run still the newest for the order? Marks it open again."""
        with self._ledger.atomic() as db:
            changed = db.execute(
                "UPDATE orders SET open_until = ? WHERE target_no = ? AND order_id = ?"
                " AND newest_run = ?",
                (now + self._linger, self._target_no, claim.order_id, _run_of(claim.key)),
            )
        return changed.rowcount == 1

    def give_back(self, claims: Iterable[Claimed]) -> None:
        """Return claims of which nothing was sent: the rows are pending again."""
        with self._ledger.atomic() as db:
            for claim in claims:
                db.execute("UPDATE rows SET state = 'pending' WHERE id = ?", (claim.key,))
                self._undo(db, claim)

    def _undo(self, db: sqlite3.Connection, claim: Claimed) -> None:
        """Nothing was sent, so the order's line is as it was; a newer run's wish stays."""
        mine = (self._target_no, claim.order_id, _run_of(claim.key))
        before = claim.before
        if before is None:
            db.execute(
                "DELETE FROM orders WHERE target_no = ? AND order_id = ? AND holder_run = ?"
                " AND newest_run = holder_run",
                mine,
            )
        else:
            db.execute(
                "UPDATE orders SET newest_run = CASE WHEN newest_run = holder_run THEN ?"
                " ELSE newest_run END, sent_fp = ?, ok_fp = ?, open_until = ?, holder_run = NULL"
                " WHERE target_no = ? AND order_id = ? AND holder_run = ?",
                (before.newest_run, before.sent_fp, before.ok_fp, before.open_until, *mine),
            )
        db.execute(
            "UPDATE orders SET holder_run = NULL, open_until = NULL"
            " WHERE target_no = ? AND order_id = ? AND holder_run = ?",
            mine,
        )

    def reopen(self, keys: Iterable[int]) -> None:
        """Take back refusals that turn out not to be the API's own: the rows are pending again."""
        with self._ledger.atomic() as db:
            db.executemany(
                "UPDATE rows SET state = 'pending', outcome = NULL, next_step = NULL WHERE id = ?",
                [(key,) for key in keys],
            )

    def _pending(self, db: sqlite3.Connection, most: int) -> list[tuple[int, int, bytes, str]]:
        """Give the next pending rows: each once, and those that waited when they are due again."""
        if self._again:
            keys, self._again = self._again[:most], self._again[most:]
            marks = ", ".join("?" * len(keys))
            return db.execute(
                f"SELECT id, order_id, fp, payload FROM rows WHERE id IN ({marks})"
                " AND state = 'pending' ORDER BY id",
                keys,
            ).fetchall()
        while self._unread:
            _, last = span(self._unread[0])
            found = db.execute(
                "SELECT id, order_id, fp, payload FROM rows WHERE id BETWEEN ? AND ?"
                " AND state = 'pending' ORDER BY id LIMIT ?",
                (self._cursor, last, most),
            ).fetchall()
            if found:
                self._cursor = found[-1][0] + 1
                return found
            self._unread.pop(0)
            self._cursor = span(self._unread[0])[0] if self._unread else 0
        return []

    def _claim(
        self,
        db: sqlite3.Connection,
        candidate: tuple[int, int, bytes, str],
        now: float,
    ) -> Claimed | None:
        key, order_id, fp, payload = candidate
        mine = _run_of(key)
        order = db.execute(
            "SELECT newest_run, holder_run, ok_fp, open_until, sent_fp FROM orders"
            " WHERE target_no = ? AND order_id = ?",
            (self._target_no, order_id),
        ).fetchone()
        newest, holder, ok_fp, open_until, sent_fp = order or (mine, None, None, None, None)
        if newest > mine:
            self._supersede(db, key, newest)
            return None
        if holder not in (None, mine) and self._alive(holder):
            db.execute(
                "UPDATE orders SET newest_run = ? WHERE target_no = ? AND order_id = ?",
                (mine, self._target_no, order_id),
            )
            self._waiting.append(key)
            return None
        if open_until is not None and open_until > now and sent_fp != fp:
            if open_until > now + self._linger:  # the clock was set back: not longer than this
                db.execute(
                    "UPDATE orders SET open_until = ? WHERE target_no = ? AND order_id = ?",
                    (now + self._linger, self._target_no, order_id),
                )
            self._waiting.append(key)
            return None
        db.execute(
            "INSERT INTO orders (target_no, order_id, newest_run, holder_run, sent_fp, open_until)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET newest_run = excluded.newest_run,"
            " holder_run = excluded.holder_run, sent_fp = excluded.sent_fp,"
            " open_until = excluded.open_until,"
            " ok_fp = CASE WHEN ok_fp = excluded.sent_fp THEN ok_fp END",
            (self._target_no, order_id, mine, mine, fp, now + self._linger),
        )
        db.execute("UPDATE rows SET state = 'claimed' WHERE id = ?", (key,))
        before = None if order is None else Before(newest, sent_fp, ok_fp, open_until)
        return Claimed(key, order_id, payload.encode(), before)

    def _supersede(self, db: sqlite3.Connection, key: int, newest: int) -> None:
        db.execute(
            "UPDATE rows SET state = 'settled', outcome = ?, next_step = ?, reason = 'Run ' ||"
            " (SELECT run_id FROM runs WHERE run_no = ?) || ', begun later, holds this order.'"
            " WHERE id = ?",
            (Outcome.SUPERSEDED, OUTCOMES[Outcome.SUPERSEDED].next_step, newest, key),
        )

    def _settle_all(self, db: sqlite3.Connection, reports: Iterable[Report]) -> None:
        counts: dict[int, list[int]] = {}
        for report in reports:
            self._settle(db, report)
            count = counts.setdefault(_run_of(report.claim.key), [0, 0, 0])
            count[0] += report.attempts
            count[1] += max(0, report.attempts - 1)
            count[2] += report.throttled
        db.executemany(
            "UPDATE runs SET requests = requests + ?, retries = retries + ?,"
            " throttled = throttled + ? WHERE run_no = ?",
            [(*count, run_no) for run_no, count in counts.items()],
        )

    def _settle(self, db: sqlite3.Connection, report: Report) -> None:
        claim = report.claim
        state = "pending" if report.outcome is Outcome.NOT_SENT else "settled"
        db.execute(
            "UPDATE rows SET state = ?, outcome = ?, next_step = ?, reason = ?,"
            " attempts = attempts + ?, http_status = ?, reference_id = ?, sent_at = ?"
            " WHERE id = ?",
            (
                state,
                None if state == "pending" else report.outcome,
                None if state == "pending" else report.next_step,
                report.reason,
                report.attempts,
                report.http_status,
                report.reference_id,
                report.sent_at,
                claim.key,
            ),
        )
        if report.outcome is Outcome.NOT_SENT and report.attempts == 0:
            self._undo(db, claim)
            return
        mine = _run_of(claim.key)
        open_until = _later(report.open_until, claim.before)
        if report.outcome is Outcome.UPDATED:
            db.execute(
                "UPDATE orders SET holder_run = NULL, open_until = ?, ok_fp = sent_fp,"
                " ok_ref = ?, ok_run = ?, ok_at = ?"
                " WHERE target_no = ? AND order_id = ? AND holder_run = ?",
                (
                    open_until,
                    report.reference_id,
                    mine,
                    report.sent_at,
                    self._target_no,
                    claim.order_id,
                    mine,
                ),
            )
        else:
            db.execute(
                "UPDATE orders SET holder_run = NULL, open_until = ?"
                " WHERE target_no = ? AND order_id = ? AND holder_run = ?",
                (open_until, self._target_no, claim.order_id, mine),
            )


def _later(open_until: float | None, before: Before | None) -> float | None:
    """A request that an earlier run lost may still be on its way after this one was confirmed."""
    earlier = before.open_until if before is not None else None
    return max((at for at in (open_until, earlier) if at is not None), default=None)


def _run_of(key: int) -> int:
    return key >> 32
