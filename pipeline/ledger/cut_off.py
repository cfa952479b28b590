"""Cut-off runs: which there are, what is left of one, and how it goes on under its own name.

A run is cut off when its process died while it was sending, or when it stopped before its end with
something left to send. What is left: rows that were never sent, rows that were claimed by the
process that died, and rows that ended as ``unknown`` or ``failed``. All others are settled for
good, and are never sent again by this run.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.core.errors import Busy
from pipeline.core.outcome import OUTCOMES, NextStep, Outcome
from pipeline.ledger import runs
from pipeline.ledger.rows import span
from pipeline.ledger.runs import Begun, Run, run_lock
from pipeline.ledger.store import Ledger

__all__ = [
    "FRESH_SECONDS",
    "Left",
    "carry_on",
    "count_retries",
    "cut_off_since",
    "is_cut_off",
    "is_fresh",
    "is_replaced",
    "left_of",
    "may_go_on",
    "maybe_cut_off",
    "newest_of_content",
    "newest_of_sheet",
    "overtaken_by",
    "take_up",
    "together_with",
]

FRESH_SECONDS: Final = 24 * 3600.0
"""A run begun longer ago goes on only where a person says that its addresses are still right."""
TRIES, TRY_SECONDS = 10, 0.02
"""Somebody who looks whether a run lives holds its lock for a moment."""

_LEFT: Final = (
    "payload IS NOT NULL AND (state IN ('pending', 'claimed')"
    f" OR (state = 'settled' AND next_step = '{NextStep.SEND_AGAIN}'))"
)
_DOUBTED: Final = f"(doubt OR state = 'claimed' OR COALESCE(outcome = '{Outcome.UNKNOWN}', 0))"
_OVERTAKEN: Final = (
    "EXISTS (SELECT 1 FROM orders o WHERE o.target_no = ? AND o.order_id = rows.order_id"
    " AND o.newest_run > rows.id >> 32)"
)
_BEGUN_TO_SEND: Final = "state IN ('sending', 'stopped', 'finished')"


_LATER: Final = (
    "SELECT 1 FROM runs l WHERE l.run_no > c.run_no AND l.together <> c.together"
    " AND l.state IN ('sending', 'stopped', 'finished') AND (l.source_sha256 = c.source_sha256"
    " OR (l.source_path = c.source_path AND l.sheet_kind <> 'rows'))"
)
_REPLACED: Final = (
    f"EXISTS ({_LATER} AND (l.target_no = c.target_no"
    " OR (l.target_kind = 'sandbox' AND c.target_kind = 'sandbox')))"
)
"""A later run of the same sheet, to the same target by the same keys, took the run's place."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a run, in orders.

    ``to_send``: with the ``doubted`` ones, an earlier try of which may have arrived.
    ``overtaken``: a run begun later holds them, so they are not sent.
    """

    to_send: int
    doubted: int
    overtaken: int


def maybe_cut_off(ledger: Ledger, path: str, size_bytes: int) -> bool:
    """Tell quickly whether a sheet may have a cut-off run: mostly it has none."""
    return bool(
        ledger.connection.execute(
            "SELECT 1 FROM runs c WHERE c.state IN ('sending', 'stopped')"
            f" AND (c.source_path = ? OR c.source_bytes = ?) AND NOT {_REPLACED} LIMIT 1",
            (path, size_bytes),
        ).fetchone()
    )


def is_replaced(ledger: Ledger, run: Run) -> bool:
    """Tell whether a later run of the same sheet, to the same target, took this run's place."""
    found = ledger.connection.execute(
        f"SELECT {_REPLACED} FROM runs c WHERE run_no = ?", (run.run_no,)
    ).fetchone()
    return bool(found[0])


def is_cut_off(ledger: Ledger, run: Run) -> bool:
    """Tell whether a run ended before its end, and nobody is at work on it."""
    if run.state not in ("sending", "stopped") or runs.is_alive(ledger, run.run_no):
        return False
    return run.state == "sending" or _any_left(ledger, run.run_no)


def _has_stopped(ledger: Ledger, run: Run) -> bool:
    """Tell whether a run was summed up as stopped; it may still be writing its results, and they
    say the same as when they are written again.
    """
    summed_up = run.ended_at is not None and run.error is not None
    return summed_up and _any_left(ledger, run.run_no)


def _any_left(ledger: Ledger, run_no: int) -> bool:
    return bool(
        ledger.connection.execute(
            f"SELECT 1 FROM rows WHERE id BETWEEN ? AND ? AND {_LEFT} LIMIT 1", span(run_no)
        ).fetchone()
    )


def may_go_on(ledger: Ledger, run: Run) -> bool:
    """Tell whether it makes sense to go on with a run: a sandbox ended with its own, and a later
    run of the same sheet to the same host (be it with the right keys) has taken its place.
    """
    if run.target_kind == "sandbox" or run.purged_at is not None:
        return False
    if not (_has_stopped(ledger, run) or is_cut_off(ledger, run)):
        return False
    found = ledger.connection.execute(
        f"SELECT EXISTS ({_LATER} AND l.target_kind = c.target_kind AND l.host = c.host)"
        " FROM runs c WHERE run_no = ?",
        (run.run_no,),
    ).fetchone()
    return not found[0]


def is_fresh(run: Run, now: float) -> bool:
    """Tell whether a run was begun less than a day ago."""
    return now - run.begun_at < FRESH_SECONDS


def newest_of_content(ledger: Ledger, sha256: str, target_no: int) -> Run | None:
    """Find the newest run of a sheet with this very content, to this target by these keys."""
    return _newest(
        ledger, "source_sha256 = ? AND target_no = ? AND " + _BEGUN_TO_SEND, (sha256, target_no)
    )


def newest_of_sheet(ledger: Ledger, sha256: str, path: str) -> Run | None:
    """Find the newest run of a sheet with this content or at this path, wherever it went."""
    where = f"(source_sha256 = ? OR source_path = ?) AND {_BEGUN_TO_SEND}"
    return _newest(ledger, where, (sha256, path))


def _newest(ledger: Ledger, where: str, values: tuple[object, ...]) -> Run | None:
    found = ledger.connection.execute(
        f"SELECT MAX(run_no) FROM runs WHERE {where}", values
    ).fetchone()[0]
    return None if found is None else runs.find(ledger, int(found))


def cut_off_since(ledger: Ledger, begun_after: float) -> list[Run]:
    """Give the cut-off runs that were begun after this moment, newest first."""
    found = ledger.connection.execute(
        "SELECT run_no FROM runs WHERE state IN ('sending', 'stopped') AND begun_at > ?"
        " ORDER BY run_no DESC",
        (begun_after,),
    ).fetchall()
    all_runs = (runs.find(ledger, int(run_no)) for (run_no,) in found)
    return [run for run in all_runs if run is not None and is_cut_off(ledger, run)]


def together_with(ledger: Ledger, run: Run) -> list[Run]:
    """Give the runs of the command that began ``run``, in the order of its sheets."""
    found = ledger.connection.execute(
        f"SELECT run_no FROM runs WHERE together = ? AND {_BEGUN_TO_SEND} ORDER BY run_no",
        (run.together,),
    ).fetchall()
    all_runs = (runs.find(ledger, int(run_no)) for (run_no,) in found)
    return [one for one in all_runs if one is not None]


def overtaken_by(ledger: Ledger, run: Run, before: float) -> str | None:
    """Name a later run that was begun before this moment and holds an order that is left here."""
    found = ledger.connection.execute(
        f"SELECT n.run_id FROM (SELECT order_id FROM rows WHERE id BETWEEN ? AND ? AND {_LEFT}) r"
        " JOIN orders o ON o.target_no = ? AND o.order_id = r.order_id AND o.newest_run > ?"
        " JOIN runs n ON n.run_no = o.newest_run AND n.begun_at <= ? LIMIT 1",
        (*span(run.run_no), run.target_no, run.run_no, before),
    ).fetchone()
    return None if found is None else str(found[0])


def left_of(ledger: Ledger, run: Run) -> Left:
    """Count what is left of a run."""
    to_send, doubted, overtaken = ledger.connection.execute(
        f"SELECT COALESCE(SUM(NOT late), 0), COALESCE(SUM(doubted AND NOT late), 0),"
        f" COALESCE(SUM(late), 0) FROM (SELECT {_DOUBTED} AS doubted, {_OVERTAKEN} AS late"
        f" FROM rows WHERE id BETWEEN ? AND ? AND {_LEFT})",
        (run.target_no, *span(run.run_no)),
    ).fetchone()
    return Left(to_send, doubted, overtaken)


def take_up(ledger: Ledger, found: Sequence[Run]) -> list[Begun]:
    """Take the locks of runs that are to go on; :class:`Busy` where another process is faster."""
    taken: list[Begun] = []
    for run in found:
        lock = run_lock(ledger, run.run_no)
        for _ in range(TRIES):
            if held := lock.take():
                break
            time.sleep(TRY_SECONDS)
        if held:
            taken.append(Begun(run.run_no, run.run_id, lock))
            now = runs.find(ledger, run.run_no)
            if now is not None and _as_it_was(now, run):
                continue
        for begun in taken:
            begun.lock.release()
        raise Busy(
            f"Another address-pipeline is working on run {run.run_id}; wait until it has ended."
        )
    return taken


def _as_it_was(now: Run, then: Run) -> bool:
    """Tell whether nobody went on with a run, or deleted from it, before its lock was ours."""
    return (now.state, now.ended_at, now.purged_at) == (then.state, then.ended_at, then.purged_at)


def carry_on(
    ledger: Ledger, found: Sequence[Run], now: float, approved: str, sheets: Sequence[str] = ()
) -> int:
    """What is left of these runs is pending again, and they send again; gives how many orders.

    Attempts stay counted and doubt stays: of what was claimed by the process that died, nobody
    knows whether it arrived. What a run begun later holds is ``superseded`` here and now.
    ``sheets``: where the sheets lie now, for their results.
    """
    pending = 0
    with ledger.atomic() as db:
        for at, run in enumerate(found):
            mine = span(run.run_no)
            # Whoever waits for an order that is not this run's any more need not wait for its end.
            db.execute(
                "UPDATE orders SET holder_run = NULL WHERE target_no = ? AND holder_run = ?"
                " AND order_id IN (SELECT order_id FROM rows WHERE id BETWEEN ? AND ?"
                " AND state = 'claimed')",
                (run.target_no, run.run_no, *mine),
            )
            reopened = db.execute(
                f"UPDATE rows SET doubt = {_DOUBTED}, state = 'pending', outcome = NULL,"
                f" next_step = NULL, reason = '' WHERE id BETWEEN ? AND ? AND {_LEFT}",
                mine,
            ).rowcount
            late = db.execute(
                "UPDATE rows SET state = 'settled', outcome = ?, next_step = ?,"
                " reason = 'Run ' || COALESCE((SELECT n.run_id FROM orders o JOIN runs n"
                " ON n.run_no = o.newest_run WHERE o.target_no = ?"
                " AND o.order_id = rows.order_id), 'unknown') || ', begun later, holds this order.'"
                f" WHERE id BETWEEN ? AND ? AND state = 'pending' AND {_OVERTAKEN}",
                (
                    Outcome.SUPERSEDED,
                    OUTCOMES[Outcome.SUPERSEDED].next_step,
                    run.target_no,
                    *mine,
                    run.target_no,
                ),
            ).rowcount
            pending += reopened - late
            if sheets:
                db.execute(
                    "UPDATE runs SET source_path = ? WHERE run_no = ?", (sheets[at], run.run_no)
                )
            if reopened or run.state != "finished":
                db.execute(
                    "UPDATE runs SET state = 'sending', ended_at = NULL, exit_code = NULL,"
                    " error = NULL, sending_at = COALESCE(sending_at, ?),"
                    " approved = approved || '; continued: ' || ? WHERE run_no = ?",
                    (now, approved, run.run_no),
                )
    return pending


def count_retries(ledger: Ledger, run_nos: Sequence[int]) -> None:
    """Count a run's retries anew: the first try of a row after the cut may have been its second."""
    with ledger.atomic() as db:
        for run_no in run_nos:
            db.execute(
                "UPDATE runs SET retries = (SELECT COALESCE(SUM(attempts - 1), 0) FROM rows"
                " WHERE id BETWEEN ? AND ? AND attempts > 1) WHERE run_no = ?",
                (*span(run_no), run_no),
            )
