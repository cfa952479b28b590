"""The rate that a target and key was seen to take, kept from run to run."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass

from pipeline.core.errors import StoppedEarly
from pipeline.ledger.store import Ledger

__all__ = ["LearnedRate", "keep", "load"]


@dataclass(frozen=True, slots=True)
class LearnedRate:
    """A limit in requests a second, and when (Unix time) it was found."""

    per_second: float
    learned_at: float


def load(ledger: Ledger, target_no: int) -> LearnedRate | None:
    """Give what the latest run learned of this target and key."""
    found = ledger.connection.execute(
        "SELECT per_second, learned_at FROM paces WHERE target_no = ?", (target_no,)
    ).fetchone()
    return LearnedRate(*found) if found else None


def keep(ledger: Ledger, target_no: int, per_second: float, now: float) -> None:
    """Remember a limit for the next run.

    Where that cannot be written (a full disk) it is left: the next run learns again, and what
    stopped this one is not hidden.
    """
    with suppress(StoppedEarly, sqlite3.Error), ledger.atomic() as db:
        db.execute(
            "INSERT INTO paces VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
            " per_second = excluded.per_second, learned_at = excluded.learned_at",
            (target_no, per_second, now),
        )
