"""How personal data leaves the ledger's file, and not only its tables.

A row that was erased keeps its order id, its fingerprint, its outcome and its counts, so that
``unchanged`` and ``superseded`` hold and its run still adds up. What was not settled is settled
now, for without its payload it can never be sent. ``secure_delete`` zeroes what is freed; copies
that earlier moves left in a page go with the page (:func:`rewritten`) or with :func:`compact`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pipeline.core.errors import Busy, StoppedEarly
from pipeline.core.outcome import OUTCOMES, Outcome
from pipeline.ledger.store import BUSY_SECONDS, Ledger

__all__ = [
    "ERASED",
    "HELD",
    "compact",
    "file_size",
    "is_unswept",
    "mark_unswept",
    "rewritten",
    "room_beside",
]

HELD: Final = (
    "(cells <> '[]' OR payload IS NOT NULL OR repairs <> '' OR warnings <> ''"
    " OR (order_id IS NULL AND order_key IS NOT NULL))"
)
"""True of a row that still holds personal data."""

_OPEN: Final = "state IN ('pending', 'claimed')"
_MAY_BE_STORED: Final = "(state = 'claimed' OR (state = 'pending' AND doubt))"


def _when_open(column: str, unknown: str, not_sent: str) -> str:
    return (
        f"CASE WHEN {_MAY_BE_STORED} THEN '{unknown}'"
        f" WHEN state = 'pending' THEN '{not_sent}' ELSE {column} END"
    )


ERASED: Final = {
    "cells": "'[]'",
    "payload": "NULL",
    "repairs": "''",
    "warnings": "''",
    "reason": "''",
    "order_key": "CASE WHEN order_id IS NOT NULL THEN order_key END",
    "outcome": _when_open("outcome", Outcome.UNKNOWN, Outcome.NOT_SENT),
    "next_step": _when_open(
        "next_step", OUTCOMES[Outcome.UNKNOWN].next_step, OUTCOMES[Outcome.NOT_SENT].next_step
    ),
    "state": f"CASE WHEN {_OPEN} THEN 'settled' ELSE state END",
}
"""What each column becomes; all others stay."""

_UNSWEPT: Final = "unswept"
COMPACT_SECONDS: Final = 10.0
"""So long a compaction waits for another process."""


def rewritten(db: sqlite3.Connection, first: int, last: int) -> None:
    """Erase the rows of a stretch by writing them anew, within the caller's transaction.

    An update in place can leave copies that lie in a page since rows were moved; here the pages
    are freed, and zeroed.
    """
    names = [row[1] for row in db.execute("PRAGMA table_info(rows)")]
    chosen = ", ".join(f"{ERASED[name]} AS {name}" if name in ERASED else name for name in names)
    db.execute(
        f"CREATE TEMP TABLE slim AS SELECT {chosen} FROM rows WHERE id BETWEEN {first} AND {last}"
    )
    db.execute("DELETE FROM rows WHERE id BETWEEN ? AND ?", (first, last))
    db.execute(f"INSERT INTO rows ({', '.join(names)}) SELECT * FROM temp.slim")
    db.execute("DROP TABLE temp.slim")


def mark_unswept(db: sqlite3.Connection) -> None:
    """Say, in the transaction that erases, that the file is to be compacted."""
    db.execute("INSERT INTO meta VALUES (?, '1') ON CONFLICT DO NOTHING", (_UNSWEPT,))


def is_unswept(ledger: Ledger) -> bool:
    """Tell whether something was erased since the file was last compacted."""
    found = ledger.connection.execute("SELECT 1 FROM meta WHERE name = ?", (_UNSWEPT,))
    return found.fetchone() is not None


def compact(ledger: Ledger) -> None:
    """Write the whole file anew without what was erased, and empty its side file.

    Raises Busy where another process is in the way, StoppedEarly where there is no room: nothing
    is lost then, and the next call does it.
    """
    db = ledger.connection
    db.execute(f"PRAGMA busy_timeout = {int(COMPACT_SECONDS * 1000)}")
    try:
        with room_beside(ledger):
            db.execute("VACUUM")
        _empty_side_file(ledger)
        with ledger.atomic():
            db.execute("DELETE FROM meta WHERE name = ?", (_UNSWEPT,))
        _empty_side_file(ledger)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise _in_the_way(ledger) from error
        megabytes = 2 * file_size(ledger) // 1_000_000 + 1
        raise StoppedEarly(
            f"It is deleted, but its traces in the ledger's file in {ledger.folder} cannot be "
            f"removed ({error}): make {megabytes:,} MB of room there, then run the same command "
            "again."
        ) from error
    finally:
        db.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


def _empty_side_file(ledger: Ledger) -> None:
    busy, _, _ = ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise _in_the_way(ledger)


def _in_the_way(ledger: Ledger) -> Busy:
    return Busy(
        f"It is deleted, but its traces in the ledger's file in {ledger.folder} cannot be removed "
        "while another address-pipeline works there; when that has ended, run the same command "
        "again."
    )


def file_size(ledger: Ledger) -> int:
    """Give the size of the ledger in bytes."""
    db = ledger.connection
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    return int(pages) * int(db.execute("PRAGMA page_size").fetchone()[0])


@contextmanager
def room_beside(ledger: Ledger) -> Iterator[None]:
    """Let SQLite's own temporary files, which hold addresses, lie where the ledger lies."""
    name = "SQLITE_TMPDIR"
    before = os.environ.get(name)
    os.environ[name] = str(ledger.folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
