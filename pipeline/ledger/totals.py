"""Totals over all runs of a ledger that never go back: what counters are read from.

They are kept in ``meta`` and grow by what has happened since they were last looked at, so that a
year of nights costs no more than the last one. A run adds its requests at any time, and its rows
once it has ended for good: what is left of a cut-off run may yet go well. Runs to a sandbox that
was started for them are play, and count nowhere.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.core.outcome import Outcome, outcome_of
from pipeline.core.ticks import LATENCY_BANDS
from pipeline.ledger.accounts import latency_of
from pipeline.ledger.rows import outcome_counts
from pipeline.ledger.store import Ledger

__all__ = ["TargetTotals", "Totals", "grown_totals"]

_NAME: Final = "totals"
MOST_WAITING: Final = 1_000
"""So many runs that were cut off and never continued are remembered; an older one stays as it is.
"""


def _no_rows() -> dict[str, int]:
    return dict.fromkeys((str(outcome) for outcome in Outcome), 0)


@dataclass(slots=True)
class TargetTotals:
    """What was counted of one kind of target. ``latency`` is by the bands of ticks."""

    runs: int = 0
    requests: int = 0
    retries: int = 0
    throttled: int = 0
    rows: dict[str, int] = field(default_factory=_no_rows)
    latency: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BANDS) + 1))


@dataclass(frozen=True, slots=True)
class Totals:
    """What was counted, by kind of target (``live``, ``test``, ``custom``).

    ``succeeded_at``: when a command last ended with 0 (Unix time).
    """

    targets: Mapping[str, TargetTotals]
    succeeded_at: float | None


def grown_totals(ledger: Ledger, succeeded_at: float | None) -> Totals:
    """Bring the totals up to now, keep and give them.

    ``succeeded_at``: this command ended with 0 just now. Raises StoppedEarly where it cannot be
    written down.
    """
    with ledger.atomic() as db:
        kept = _Kept.read(db)
        kept.succeeded_at = succeeded_at or kept.succeeded_at
        news = _news(db, kept)
        gone = set(kept.waiting) - {news_of[0] for news_of in news}  # discarded at a "no"
        kept.waiting = {no: numbers for no, numbers in kept.waiting.items() if no not in gone}
        for run_no, kind, state, *numbers in news:
            if kind != "sandbox":
                _add(ledger, kept, run_no, kind, numbers, ended=state == "finished")
            kept.through = max(kept.through, run_no)
        for run_no in sorted(kept.waiting)[:-MOST_WAITING]:
            del kept.waiting[run_no]
        kept.write(db)
    return Totals(kept.targets, kept.succeeded_at)


@dataclass(slots=True)
class _Kept:
    """What ``meta`` holds: totals, the newest run that was looked at, and what was added already of
    each earlier run that may still go on (requests, retries, throttled, then latencies).
    """

    through: int = 0
    targets: dict[str, TargetTotals] = field(default_factory=dict)
    waiting: dict[int, list[int]] = field(default_factory=dict)
    succeeded_at: float | None = None

    @classmethod
    def read(cls, db: sqlite3.Connection) -> _Kept:
        found = db.execute("SELECT value FROM meta WHERE name = ?", (_NAME,)).fetchone()
        if found is None:
            return cls()
        told: dict[str, Any] = json.loads(found[0])
        return cls(
            told["through"],
            {kind: _totals(one) for kind, one in told["targets"].items()},
            {int(run_no): numbers for run_no, numbers in told["waiting"].items()},
            told["succeeded_at"],
        )

    def write(self, db: sqlite3.Connection) -> None:
        names = TargetTotals.__slots__
        targets = {
            kind: {name: getattr(one, name) for name in names} for kind, one in self.targets.items()
        }
        text = json.dumps(
            {
                "through": self.through,
                "targets": targets,
                "waiting": self.waiting,
                "succeeded_at": self.succeeded_at,
            }
        )
        db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (_NAME, text),
        )


def _totals(told: Mapping[str, Any]) -> TargetTotals:
    return TargetTotals(**{**told, "rows": _no_rows() | told["rows"]})


def _news(db: sqlite3.Connection, kept: _Kept) -> list[tuple[Any, ...]]:
    """Give the runs that came since, and those that were waited for."""
    waiting = ", ".join(map(str, kept.waiting)) or "NULL"
    return db.execute(
        "SELECT run_no, target_kind, state, requests, retries, throttled FROM runs"
        f" WHERE run_no > ? OR run_no IN ({waiting}) ORDER BY run_no",
        (kept.through,),
    ).fetchall()


def _add(
    ledger: Ledger, kept: _Kept, run_no: int, kind: str, numbers: list[int], *, ended: bool
) -> None:
    """Add what a run has done since it was last looked at."""
    total = kept.targets.setdefault(kind, TargetTotals())
    found = [*numbers, *latency_of(ledger, run_no)]
    before = kept.waiting.pop(run_no, [0] * len(found))
    now = [max(a, b) for a, b in zip(found, before, strict=True)]
    requests, retries, throttled, *latency = (a - b for a, b in zip(now, before, strict=True))
    total.requests += requests
    total.retries += retries
    total.throttled += throttled
    total.latency = [a + b for a, b in zip(total.latency, latency, strict=True)]
    if not ended:
        kept.waiting[run_no] = now
        return
    total.runs += 1
    for ended_as, count in outcome_counts(ledger, run_no).rows.items():
        total.rows[outcome_of(*ended_as)[0]] += count
