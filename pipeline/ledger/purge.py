"""Personal data goes after its time: run by run, a bounded piece in each command.

On most days one look into ``meta`` says that nothing is due. ``oldest`` there is the moment of the
oldest run that still holds personal data; ``next`` the row where a purge of a run goes on, which a
command before left off. Two processes that purge at once share the work.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pipeline.core.forgetting import DAY_SECONDS
from pipeline.ledger import runs
from pipeline.ledger.erasing import HELD, mark_unswept, rewritten
from pipeline.ledger.origins import drop_previews
from pipeline.ledger.rows import span
from pipeline.ledger.store import Ledger

__all__ = ["Holdings", "due_runs", "held_rows", "holdings", "purge_before", "purge_due"]

LEAST_ROWS: Final = 20_000
"""A command purges so many rows, and twice what it brings, so that old runs never pile up."""
CHUNK: Final = 5_000
RUNS_AT_ONCE: Final = 200
_NAME: Final = "purge"
_UNKNOWN: Final = -math.inf
"""Any run may be due: somebody has to look."""
_AGE: Final = "MAX(begun_at, COALESCE(sending_at, 0), COALESCE(ended_at, 0))"
"""A run is as old as the last that happened in it."""
_ROWS: Final = f"kind IN ('order', 'line') AND {HELD}"
_WHOLE: Final = "state IN ('sending', 'stopped', 'finished') AND purged_at IS NULL"


def purge_due(ledger: Ledger, keep_days: int, now: float, new_rows: int = 0) -> int:
    """Purge what is older than ``keep_days`` (0: nothing), at most a bounded number of rows.

    ``new_rows``: how many this command has brought. Gives how many rows were purged.
    """
    cutoff = now - keep_days * DAY_SECONDS
    if keep_days == 0:
        return 0
    drop_previews(ledger, cutoff)
    if not _any_due(ledger, cutoff):
        return 0
    return purge_before(ledger, cutoff, now, LEAST_ROWS + 2 * new_rows)


def purge_before(ledger: Ledger, cutoff: float, now: float, most: int | None = None) -> int:
    """Purge the runs that are older than ``cutoff``, oldest first, at most ``most`` rows of them.

    A run whose process lives is left alone. Each piece is a transaction of its own.
    """
    purged = 0
    while most is None or purged < most:
        size = CHUNK if most is None else min(CHUNK, most - purged)
        done = _purge_piece(ledger, cutoff, now, size)
        if done is None:
            break
        purged += done
    return purged


def due_runs(ledger: Ledger, cutoff: float) -> list[int]:
    """Name the runs that :func:`purge_before` would purge, the half-done one too."""
    half_done = _Place.read(ledger.connection).next
    others = {half_done >> 32} if half_done is not None else set()
    return sorted({*_unpurged(ledger, cutoff)} | others)


def held_rows(ledger: Ledger, run_nos: Iterable[int]) -> int:
    """Count the rows of runs that still hold personal data."""
    count = f"SELECT COUNT(*) FROM rows WHERE id BETWEEN ? AND ? AND {_ROWS}"
    return sum(ledger.connection.execute(count, span(number)).fetchone()[0] for number in run_nos)


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much the ledger holds: runs, rows with personal data, and since when."""

    runs: int
    rows: int
    since: float | None


def holdings(ledger: Ledger) -> Holdings:
    """Count what the ledger holds; looks at every row."""
    db = ledger.connection
    count, since = db.execute(
        "SELECT COUNT(*), MIN(CASE WHEN purged_at IS NULL THEN begun_at END) FROM runs"
    ).fetchone()
    rows = db.execute(f"SELECT COUNT(*) FROM rows WHERE {_ROWS}").fetchone()[0]
    return Holdings(int(count), int(rows), since)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where purging stands."""

    oldest: float
    next: int | None = None

    @classmethod
    def read(cls, db: sqlite3.Connection) -> _Place:
        found = db.execute("SELECT value FROM meta WHERE name = ?", (_NAME,)).fetchone()
        return cls(**json.loads(found[0])) if found else cls(_UNKNOWN)

    def write(self, db: sqlite3.Connection) -> None:
        text = json.dumps({"oldest": self.oldest, "next": self.next})
        db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (_NAME, text),
        )


def _any_due(ledger: Ledger, cutoff: float) -> bool:
    place = _Place.read(ledger.connection)
    return place.next is not None or place.oldest < cutoff


def _unpurged(ledger: Ledger, cutoff: float, most: int = -1) -> list[int]:
    """Name the runs that are due and whose process does not live, oldest first."""
    found = ledger.connection.execute(
        f"SELECT run_no FROM runs WHERE begun_at < ? AND {_WHOLE} AND {_AGE} < ?"
        " ORDER BY run_no LIMIT ?",
        (cutoff, cutoff, most),
    ).fetchall()
    return [run_no for (run_no,) in found if not runs.is_alive(ledger, run_no)]


def _purge_piece(ledger: Ledger, cutoff: float, now: float, size: int) -> int | None:
    """Purge the next rows; ``None`` where no run is due any more."""
    with ledger.atomic() as db:
        begun = _Place.read(db).next
        if begun is None:
            due = _unpurged(ledger, cutoff, RUNS_AT_ONCE)
            if not due:
                _Place(_oldest(db, now)).write(db)
                return None
        else:
            due = [begun >> 32]
        purged, left, first = 0, size, begun
        for run_no in due:
            if first is None:
                db.execute("UPDATE runs SET purged_at = ? WHERE run_no = ?", (now, run_no))
            count, first = _erase(db, first or span(run_no)[0], left)
            purged += count
            left -= max(1, count)
            if first is not None or left <= 0:
                break
        mark_unswept(db)
        _Place(_UNKNOWN, first).write(db)
    return purged


def _erase(db: sqlite3.Connection, first: int, most: int) -> tuple[int, int | None]:
    """Erase up to ``most`` rows of a run; gives how many, and where to go on."""
    last = span(first >> 32)[1]
    keys = db.execute(
        "SELECT id FROM rows WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?", (first, last, most)
    ).fetchall()
    if not keys:
        return 0, None
    rewritten(db, keys[0][0], keys[-1][0])
    return len(keys), keys[-1][0] + 1 if len(keys) == most else None


def _oldest(db: sqlite3.Connection, now: float) -> float:
    """Give a moment that no run which holds something is older than.

    Runs begun later are younger, so this stays true; where a clock was set back they are purged
    somewhat later.
    """
    found = db.execute(f"SELECT MIN({_AGE}) FROM runs WHERE purged_at IS NULL").fetchone()
    return now if found[0] is None else min(float(found[0]), now)
