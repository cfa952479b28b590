"""Who may send to an order now: claimed durably before the send, settled after the answer.

The newest run wins an order. A run claims an order only where no living run holds it and no
request of ours with another payload may still be open. A claim is committed before the chunk it
belongs to may be sent; what an answer said is committed with the next chunk. Every statement is
carried out for a whole chunk: that is a third of what single ones cost.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.claim import Claimed, Report
from pipeline.core.outcome import OUTCOMES, Outcome
from pipeline.core.ticks import Tick
from pipeline.ledger.reasons import BEGUN_LATER, OVERTAKEN
from pipeline.ledger.rows import span
from pipeline.ledger.store import Ledger

__all__ = ["Before", "Claimed", "Claims", "Report"]


@dataclass(slots=True)
class Before:
    """What an order's line said before it was claimed."""

    newest_run: int
    sent_fp: bytes | None
    ok_fp: bytes | None
    open_until: float | None


_CANDIDATES = (
    "SELECT r.id, r.order_id, r.fp, r.payload, r.doubt, r.attempts,"
    " o.newest_run, o.holder_run, o.sent_fp, o.ok_fp, o.open_until"
    " FROM rows r LEFT JOIN orders o ON o.target_no = ? AND o.order_id = r.order_id"
)
Candidate = tuple[
    int, int, bytes, str, int, int, int | None, int | None, bytes | None, bytes | None, float | None
]


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
        self._held: set[int] = set()

    def rewind(self) -> bool:
        """Go back to the rows that had to wait; ``False`` where none had to."""
        self._again += self._waiting
        self._waiting = []
        return bool(self._again)

    def settle_and_claim(
        self,
        reports: Sequence[Report],
        most: int,
        now: float,
        ticks: Mapping[tuple[int, int], Tick] | None = None,
        *,
        fresh_first: bool = False,
    ) -> list[Claimed]:
        """Settle what has ended and claim up to ``most`` orders, in one durable transaction.

        Fewer than ``most`` claims mean that no pending row is left but those that wait. ``ticks``
        holds what happened by (run, Unix second). Rows that were returned go before the others,
        or behind them with ``fresh_first``.
        """
        claimed: list[Claimed] = []
        with self._ledger.atomic() as db:
            self._settle_all(db, reports)
            if ticks:
                _keep_ticks(db, ticks)
            while len(claimed) < most:
                candidates = self._pending(db, most - len(claimed), fresh_first=fresh_first)
                if not candidates:
                    break
                claimed += self._claim_all(db, candidates, now)
        # Only what is committed counts: a transaction that failed is tried again as it was.
        for report in reports:
            self._held.discard(report.claim.order_id)
            if report.outcome is Outcome.NOT_SENT:
                self._again.append(report.claim.key)
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

    def give_back(self, claims: Sequence[Claimed]) -> None:
        """Return claims of which nothing was sent: the rows are pending again."""
        with self._ledger.atomic() as db:
            for claim in claims:
                db.execute("UPDATE rows SET state = 'pending' WHERE id = ?", (claim.key,))
                self._undo(db, claim)
        for claim in claims:
            self._held.discard(claim.order_id)
            self._again.append(claim.key)

    def reopen(self, keys: Sequence[int]) -> None:
        """Take back refusals that turn out not to be the API's own: the rows are pending again."""
        with self._ledger.atomic() as db:
            db.executemany(
                "UPDATE rows SET state = 'pending', outcome = NULL, next_step = NULL WHERE id = ?",
                [(key,) for key in keys],
            )
        self._again += keys

    # -- claiming -----------------------------------------------------------------------------

    def _pending(self, db: sqlite3.Connection, most: int, *, fresh_first: bool) -> list[Candidate]:
        """Give the next pending rows: each once, and those that are due again."""
        if fresh_first:
            return self._unclaimed(db, most) or self._due_again(db, most)
        return self._due_again(db, most) or self._unclaimed(db, most)

    def _due_again(self, db: sqlite3.Connection, most: int) -> list[Candidate]:
        keys, self._again = self._again[:most], self._again[most:]
        if not keys:
            return []
        marks = ", ".join("?" * len(keys))
        return db.execute(
            f"{_CANDIDATES} WHERE r.id IN ({marks}) AND r.state = 'pending' ORDER BY r.id",
            (self._target_no, *keys),
        ).fetchall()

    def _unclaimed(self, db: sqlite3.Connection, most: int) -> list[Candidate]:
        while self._unread:
            _, last = span(self._unread[0])
            found = db.execute(
                f"{_CANDIDATES} WHERE r.id BETWEEN ? AND ? AND r.state = 'pending'"
                " ORDER BY r.id LIMIT ?",
                (self._target_no, self._cursor, last, most),
            ).fetchall()
            if found:
                self._cursor = found[-1][0] + 1
                return found
            self._unread.pop(0)
            self._cursor = span(self._unread[0])[0] if self._unread else 0
        return []

    def _claim_all(
        self, db: sqlite3.Connection, candidates: Sequence[Candidate], now: float
    ) -> list[Claimed]:
        claimed: list[Claimed] = []
        orders: list[tuple[object, ...]] = []
        until = now + self._linger
        for candidate in candidates:
            key, order_id, fp, payload, doubt, tried, newest, _, sent_fp, ok_fp, open_until = (
                candidate
            )
            if newest is not None and not self._may_claim(db, candidate, newest, now):
                continue
            if order_id in self._held:
                self._waiting.append(key)
                continue
            self._held.add(order_id)
            mine = key >> 32
            orders.append((self._target_no, order_id, mine, mine, fp, until))
            before = None if newest is None else Before(newest, sent_fp, ok_fp, open_until)
            claimed.append(Claimed(key, order_id, payload.encode(), before, bool(doubt), tried))
        db.executemany(
            "INSERT INTO orders (target_no, order_id, newest_run, holder_run, sent_fp, open_until)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET newest_run = excluded.newest_run,"
            " holder_run = excluded.holder_run, sent_fp = excluded.sent_fp,"
            " open_until = excluded.open_until,"
            " ok_fp = CASE WHEN ok_fp = excluded.sent_fp THEN ok_fp END",
            orders,
        )
        db.execute(
            "UPDATE rows SET state = 'claimed' WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps([claim.key for claim in claimed]),),
        )
        return claimed

    def _may_claim(
        self, db: sqlite3.Connection, candidate: Candidate, newest: int, now: float
    ) -> bool:
        """Look at the line of an order that was claimed before; who may not, ends or waits."""
        key, order_id, fp, *_, holder, sent_fp, _, open_until = candidate
        mine = key >> 32
        if newest > mine:
            self._supersede(db, key, newest)
            if holder == mine:  # this run was cut off with the order in its hand, and goes on now
                db.execute(
                    "UPDATE orders SET holder_run = NULL WHERE target_no = ? AND order_id = ?",
                    (self._target_no, order_id),
                )
            return False
        if holder not in (None, mine) and self._alive(holder):
            db.execute(
                "UPDATE orders SET newest_run = ? WHERE target_no = ? AND order_id = ?",
                (mine, self._target_no, order_id),
            )
            self._waiting.append(key)
            return False
        if open_until is not None and open_until > now and sent_fp != fp:
            if open_until > now + self._linger:  # the clock was set back: not longer than this
                db.execute(
                    "UPDATE orders SET open_until = ? WHERE target_no = ? AND order_id = ?",
                    (now + self._linger, self._target_no, order_id),
                )
            self._waiting.append(key)
            return False
        return True

    def _supersede(self, db: sqlite3.Connection, key: int, newest: int) -> None:
        db.execute(
            "UPDATE rows SET state = 'settled', outcome = ?, next_step = ?, reason ="
            f" COALESCE((SELECT {BEGUN_LATER} FROM runs n WHERE n.run_no = ?), ?) WHERE id = ?",
            (Outcome.SUPERSEDED, OUTCOMES[Outcome.SUPERSEDED].next_step, newest, OVERTAKEN, key),
        )

    def _undo(self, db: sqlite3.Connection, claim: Claimed) -> None:
        """Nothing was sent, so the order's line is as it was; a newer run's wish stays."""
        mine = (self._target_no, claim.order_id, _run_of(claim.key))
        before = claim.before
        if isinstance(before, Before):
            db.execute(
                "UPDATE orders SET newest_run = CASE WHEN newest_run = holder_run THEN ?"
                " ELSE newest_run END, sent_fp = ?, ok_fp = ?, open_until = ?, holder_run = NULL"
                " WHERE target_no = ? AND order_id = ? AND holder_run = ?",
                (before.newest_run, before.sent_fp, before.ok_fp, before.open_until, *mine),
            )
        else:
            db.execute(
                "DELETE FROM orders WHERE target_no = ? AND order_id = ? AND holder_run = ?"
                " AND newest_run = holder_run",
                mine,
            )
        db.execute(
            "UPDATE orders SET holder_run = NULL, open_until = NULL"
            " WHERE target_no = ? AND order_id = ? AND holder_run = ?",
            mine,
        )

    # -- settling -----------------------------------------------------------------------------

    def _settle_all(self, db: sqlite3.Connection, reports: Sequence[Report]) -> None:
        if not reports:
            return
        db.executemany(
            "UPDATE rows SET state = ?1, outcome = ?2, next_step = ?3, reason = ?4,"
            " attempts = attempts + ?5, http_status = iif(?5, ?6, http_status),"
            " reference_id = iif(?5, ?7, reference_id), sent_at = iif(?5, ?8, sent_at),"
            " doubt = doubt OR ?9, refused_fields = ?10 WHERE id = ?11",
            [_row_values(report) for report in reports],
        )
        confirmed, ended = [], []
        for report in reports:
            claim = report.claim
            mine = _run_of(claim.key)
            order = (self._target_no, claim.order_id, mine)
            open_until = _later(report.open_until, claim.before)
            if report.outcome is Outcome.UPDATED:
                confirmed.append((open_until, report.reference_id, mine, report.sent_at, *order))
            elif report.outcome is Outcome.NOT_SENT and report.attempts == 0:
                self._undo(db, claim)
            else:
                ended.append((open_until, *order))
        db.executemany(
            "UPDATE orders SET holder_run = NULL, open_until = ?, ok_fp = sent_fp,"
            " ok_ref = ?, ok_run = ?, ok_at = ?"
            " WHERE target_no = ? AND order_id = ? AND holder_run = ?",
            confirmed,
        )
        db.executemany(
            "UPDATE orders SET holder_run = NULL, open_until = ?"
            " WHERE target_no = ? AND order_id = ? AND holder_run = ?",
            ended,
        )
        _count(db, reports)


def _row_values(report: Report) -> tuple[object, ...]:
    returned = report.outcome is Outcome.NOT_SENT
    return (
        "pending" if returned else "settled",
        None if returned else report.outcome.value,
        None if returned else report.next_step.value,
        report.reason,
        report.attempts,
        report.http_status,
        report.reference_id,
        report.sent_at,
        report.doubt,
        _refused_fields(report),
        report.claim.key,
    )


_FIELDS: Final = frozenset((*ADDRESS_FIELDS, "order_id"))
"""No other name is kept: a server may put anything there."""


def _refused_fields(report: Report) -> str | None:
    """Name the fields that a refusal is about: their cells are shown to the person who fixes it."""
    if report.outcome is not Outcome.REJECTED or report.verdict is None:
        return None
    known = {name.lower() for name in report.verdict.fields} & _FIELDS
    return ",".join(sorted(known)) or None


def _count(db: sqlite3.Connection, reports: Sequence[Report]) -> None:
    counts: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for report in reports:
        count = counts[report.claim.key >> 32]
        count[0] += report.attempts
        count[1] += report.attempts if report.claim.earlier else max(0, report.attempts - 1)
        count[2] += report.throttled
    db.executemany(
        "UPDATE runs SET requests = requests + ?, retries = retries + ?,"
        " throttled = throttled + ? WHERE run_no = ?",
        [(*count, run_no) for run_no, count in counts.items()],
    )


def _keep_ticks(db: sqlite3.Connection, ticks: Mapping[tuple[int, int], Tick]) -> None:
    """Add what happened in each second to what is kept of it."""
    for (run_no, second), tick in ticks.items():
        latency = tick.latency
        kept = db.execute(
            "SELECT latency FROM ticks WHERE run_no = ? AND second = ?", (run_no, second)
        ).fetchone()
        if kept is not None:
            latency = [a + b for a, b in zip(latency, json.loads(kept[0]), strict=True)]
        db.execute(
            "INSERT INTO ticks VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " sent = sent + excluded.sent, retried = retried + excluded.retried,"
            " throttled = throttled + excluded.throttled, failed = failed + excluded.failed,"
            " latency = excluded.latency",
            (
                run_no,
                second,
                tick.sent,
                tick.retried,
                tick.throttled,
                tick.failed,
                json.dumps(latency),
            ),
        )


def _later(open_until: float | None, before: object | None) -> float | None:
    """A request that an earlier run lost may still be on its way after this one was confirmed."""
    earlier = before.open_until if isinstance(before, Before) else None
    if open_until is None or earlier is None:
        return earlier if open_until is None else open_until
    return max(open_until, earlier)


def _run_of(key: int) -> int:
    return key >> 32
