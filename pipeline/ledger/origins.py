"""What the ledger knows of the rows that a results or check sheet names as its own.

Of a run it knows every row. A check keeps nothing but fingerprints (``previews``): of the rows that
needed a person, for those are the ones that are corrected and come back twice in one workbook, and
of those whose order a later run holds, or they would be sent after all when the sheet comes back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from pipeline.core.outcome import NextStep, needs_a_person
from pipeline.ledger.rows import row_id, row_number, span
from pipeline.ledger.store import Ledger

__all__ = ["Origins", "drop_previews", "keep_previews", "line_print", "unknown_runs"]

_RUNS_KEPT: Final = 1_000
_FOR_A_PERSON: Final = tuple(step for step in NextStep if needs_a_person(step))


def line_print(ledger: Ledger, order_key: str | None) -> bytes:
    """Give the fingerprint of a row that sends nothing by itself: it only names its order."""
    return ledger.fingerprint(f"line\n{order_key or ''}")


class _Row(NamedTuple):
    kind: str
    print: bytes
    held_back: bool


class Origins:
    """Looks up rows of earlier runs by the run and row that a results sheet names."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._runs: dict[str, tuple[int, bool] | None] = {}

    def is_edited(self, run_id: str, row: int, print_now: bytes, cells: Sequence[str] = ()) -> bool:
        """Tell whether a row is another than it was in its run; what is not known counts as edited.

        ``print_now``: the fingerprint of what it would send now, or :func:`line_print`. The very
        same ``cells`` were not edited either, though the rules may make something else of them.
        """
        found = self._row(run_id, row)
        before = self._preview(run_id, row) if found is None else found.print
        if before == print_now:
            return False
        known = self.cells(run_id, row) if found is not None and cells else None
        return known is None or _without_padding(known) != _without_padding(cells)

    def is_looked_at(self, run_id: str, row: int, print_now: bytes) -> bool:
        """Tell whether somebody let this very row go to be sent.

        Not so where its run is unknown or was a check, or was held back.
        """
        found = self._row(run_id, row)
        return found is not None and not found.held_back and found.print == print_now

    def is_known(self, run_id: str, row: int) -> bool:
        """Tell whether there is a row to compare with."""
        return self._row(run_id, row) is not None or self._preview(run_id, row) is not None

    def was_line(self, run_id: str, row: int) -> bool:
        """Tell a further line of an order, which had no address of its own."""
        found = self._row(run_id, row)
        return found is not None and found.kind == "line"

    def cells(self, run_id: str, row: int) -> Sequence[str] | None:
        """Give the cells of the row, or ``None`` where they are not known or not any more."""
        run = self._run(run_id)
        if run is None:
            return None
        found = self._ledger.connection.execute(
            f"SELECT cells FROM {self._ledger.past}.rows WHERE id = ?", (row_id(run[0], row),)
        ).fetchone()
        return json.loads(found[0]) or None if found else None

    def _row(self, run_id: str, row: int) -> _Row | None:
        run = self._run(run_id)
        if run is None:
            return None
        found = self._ledger.connection.execute(
            f"SELECT kind, fp, order_key FROM {self._ledger.past}.rows WHERE id = ?",
            (row_id(run[0], row),),
        ).fetchone()
        if found is None:
            return None
        kind, fp, order_key = found
        return _Row(kind, fp or line_print(self._ledger, order_key), run[1])

    def _run(self, run_id: str) -> tuple[int, bool] | None:
        if run_id not in self._runs:
            if len(self._runs) >= _RUNS_KEPT:
                self._runs.clear()
            found = self._ledger.connection.execute(
                f"SELECT run_no, held_back FROM {self._ledger.past}.runs WHERE run_id = ?",
                (run_id,),
            ).fetchone()
            self._runs[run_id] = (found[0], bool(found[1])) if found else None
        return self._runs[run_id]

    def _preview(self, run_id: str, row: int) -> bytes | None:
        found = self._ledger.connection.execute(
            f"SELECT fp FROM {self._ledger.past}.previews WHERE run_id = ? AND row = ?",
            (run_id, row),
        ).fetchone()
        return None if found is None else bytes(found[0])


def _without_padding(cells: Sequence[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return list(cells[:end])


def unknown_runs(ledger: Ledger, run_no: int) -> dict[str, int]:
    """Count the rows of a staged sheet that name a run which is not known, by that run.

    What a check wrote is left out: its rows are new, wherever it was made.
    """
    return dict(
        ledger.connection.execute(
            "SELECT origin_run, COUNT(*) FROM rows WHERE id BETWEEN ? AND ?"
            " AND origin_run IS NOT NULL AND origin_run NOT LIKE 'check-%' AND origin_run NOT IN"
            f" (SELECT run_id FROM {ledger.past}.runs) GROUP BY origin_run ORDER BY 2 DESC, 1",
            span(run_no),
        )
    )


def keep_previews(
    memory: Ledger, check: Ledger, run_nos: Iterable[int], now: float, target_no: int | None = None
) -> None:
    """Keep the fingerprints of the rows that a check found to need a person, or to be stale.

    ``target_no``: the target whose runs were looked at.
    """
    steps = ", ".join("?" * len(_FOR_A_PERSON))
    for run_no in run_nos:
        found = check.connection.execute("SELECT run_id FROM runs WHERE run_no = ?", (run_no,))
        (run_id,) = found.fetchone()
        rows = check.connection.execute(
            "SELECT r.id, r.fp, r.order_key, COALESCE(r.outcome = 'superseded', 0) AS stale"
            " FROM rows r LEFT JOIN rows l ON l.id = r.leader"
            " WHERE r.id BETWEEN ? AND ? AND r.kind IN ('order', 'line') AND (stale"
            f" OR CASE WHEN r.outcome IS NULL THEN l.next_step ELSE r.next_step END IN ({steps}))",
            (*span(run_no), *_FOR_A_PERSON),
        )
        with memory.atomic() as db:
            db.executemany(
                "INSERT OR REPLACE INTO previews (run_id, row, fp, written_at, stale_target)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    (
                        run_id,
                        row_number(key),
                        fp or line_print(check, order_key),
                        now,
                        target_no if stale else None,
                    )
                    for key, fp, order_key, stale in rows
                ),
            )


def drop_previews(ledger: Ledger, cutoff: float) -> None:
    """Drop what was kept of checks made before ``cutoff``; there are few checks, with many rows."""
    db = ledger.connection
    due: list[str] = []
    run_id = ""
    while True:
        found = db.execute(
            "SELECT run_id, written_at FROM previews WHERE run_id > ? ORDER BY run_id, row LIMIT 1",
            (run_id,),
        ).fetchone()
        if found is None:
            break
        run_id = found[0]
        if found[1] < cutoff:
            due.append(run_id)
    if due:
        with ledger.atomic():
            db.executemany("DELETE FROM previews WHERE run_id = ?", ((one,) for one in due))
