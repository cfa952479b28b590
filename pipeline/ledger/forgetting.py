"""Which rows are about an order or a person, in every run, and how they are erased.

All rows of an order are about one person, so what is found by an email is forgotten together with
the other rows of its order, further lines and equal duplicates among them.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline.core.forgetting import Sought
from pipeline.ledger.erasing import ERASED, HELD, mark_unswept
from pipeline.ledger.rows import span
from pipeline.ledger.store import Ledger

__all__ = ["Found", "Place", "erase_found", "places_of", "seek"]

CHUNK: Final = 2_000
_ALL: Final = "id, order_id, kind, marks, order_key, cells, payload, repairs, warnings, reason"


@dataclass(frozen=True, slots=True)
class Found:
    """What :func:`seek` found: the runs, and how many of their rows still hold personal data."""

    runs: tuple[int, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Place:
    """A file that may hold what the ledger is to forget; ``ours``: we wrote it."""

    path: str
    ours: bool


def seek(ledger: Ledger, sought: Sought) -> Found:
    """Find all rows of the orders and people; they stay marked for :func:`erase_found`."""
    db = ledger.connection
    db.execute("CREATE TEMP TABLE IF NOT EXISTS sought (id INTEGER PRIMARY KEY)")
    db.execute("BEGIN")
    try:
        db.execute("DELETE FROM temp.sought")
        marks = ", ".join("?" * len(sought.order_ids))
        _add(db, f"SELECT id FROM rows WHERE order_id IN ({marks})", sorted(sought.order_ids))
        db.executemany(
            "INSERT OR IGNORE INTO temp.sought VALUES (?)",
            ((key,) for key in _scanned(ledger, sought)),
        )
        while sum(_add(db, others) for others in _OTHERS.split(";")):
            pass  # a leader found by its follower has followers of its own
        touched = db.execute("SELECT DISTINCT id >> 32 FROM temp.sought ORDER BY 1").fetchall()
        held = db.execute(f"SELECT COUNT(*) FROM rows WHERE {_IN} AND {HELD}").fetchone()
    finally:
        db.execute("COMMIT")
    return Found(tuple(run_no for (run_no,) in touched), int(held[0]))


def _add(db: sqlite3.Connection, found: str, values: Sequence[int] = ()) -> int:
    return db.execute(f"INSERT OR IGNORE INTO temp.sought {found}", values).rowcount


_IN: Final = "id IN (SELECT id FROM temp.sought)"
_OTHERS: Final = f"""
SELECT id FROM rows WHERE order_id IN
 (SELECT order_id FROM rows WHERE {_IN} AND order_id IS NOT NULL);
SELECT id FROM rows WHERE order_id IS NULL AND order_key IN
 (SELECT order_key FROM rows WHERE {_IN} AND order_key IS NOT NULL);
SELECT id FROM rows WHERE leader IN (SELECT id FROM temp.sought);
SELECT leader FROM rows WHERE leader IS NOT NULL AND {_IN}
"""
"""The other rows of the orders that were found."""


def _scanned(ledger: Ledger, sought: Sought) -> Iterator[int]:
    """Look into every row that still holds something.

    Without a PO number or email only those are looked at whose order id was not understood.
    """
    numbers = _Numbers(ledger, sought)
    only = "" if sought.pos or sought.emails else " AND order_id IS NULL"
    for key, order_id, kind, marks, order_key, cells, payload, *texts in ledger.connection.execute(
        f"SELECT {_ALL} FROM rows WHERE {HELD}{only}"
    ):
        if sought.may_hold("\n".join((cells, payload or "", *texts))) and sought.is_in(
            [*json.loads(cells), *_values(payload), *texts]
        ):
            yield key
        elif kind in ("order", "line") and (sought.pos or order_id is None):
            line = _Line(key >> 32, order_id, order_key, marks or "", json.loads(cells))
            if numbers.name(line):
                yield key


def _values(payload: str | None) -> list[str]:
    if payload is None:
        return []
    told: dict[str, Any] = json.loads(payload)
    return [value for value in told["customer_info"].values() if isinstance(value, str)]


@dataclass(frozen=True, slots=True)
class _Line:
    run_no: int
    order_id: int | None
    order_key: str | None
    marks: str
    cells: list[str]

    @property
    def broken(self) -> bool:
        """Its cells may stand in any column."""
        return '"broken_record"' in self.marks or '"surplus_cell"' in self.marks


class _Numbers:
    """Tells whether a row names one of the orders: by the columns its run had them in."""

    def __init__(self, ledger: Ledger, sought: Sought) -> None:
        self._ledger = ledger
        self._sought = sought
        self._run_no = -1
        self._ids: Sequence[int] | None = ()
        self._pos: Sequence[int] | None = ()

    def name(self, line: _Line) -> bool:
        if line.run_no != self._run_no:
            self._run_no = line.run_no
            self._look()
        ids: list[str] = []
        pos = _chosen(line, self._pos)
        if line.order_id is None:
            ids = _chosen(line, self._ids)
            pos.append((line.order_key or "").removeprefix("po:"))
        return self._sought.names(ids, pos)

    def _look(self) -> None:
        """Find the columns by their headings, for the ledger keeps no more of them."""
        db = self._ledger.connection
        found = db.execute("SELECT mapping FROM runs WHERE run_no = ?", (self._run_no,)).fetchone()
        fields = json.loads(found[0]).get("fields", {}) if found else {}
        line = db.execute(
            "SELECT cells FROM rows WHERE id BETWEEN ? AND ? AND kind = 'heading' LIMIT 1",
            span(self._run_no),
        ).fetchone()
        headings = [_plain(heading) for heading in json.loads(line[0])] if line else []

        def at(*names: str) -> Sequence[int] | None:
            wanted = {_plain(fields[name]) for name in names if name in fields}
            columns = [i for i, heading in enumerate(headings) if heading in wanted]
            return columns if columns or not wanted else None

        self._ids, self._pos = at("order_id"), at("order_po", "address_order_po")


def _chosen(line: _Line, columns: Sequence[int] | None) -> list[str]:
    """Give the cells of some columns; all of them where nobody knows which those are."""
    if columns is None or line.broken:
        return list(line.cells)
    return [line.cells[i] for i in columns if i < len(line.cells)]


def _plain(heading: str) -> str:
    return " ".join(heading.split()).casefold()


def erase_found(ledger: Ledger, reason: str) -> None:
    """Erase the rows that :func:`seek` found; each then says so in its ``reason``."""
    erased = {**ERASED, "reason": "CASE WHEN kind IN ('order', 'line') THEN ? ELSE '' END"}
    chosen = ", ".join(f"{name} = {becomes}" for name, becomes in erased.items())
    after = -1
    while True:
        with ledger.atomic() as db:
            keys = db.execute(
                "SELECT id FROM temp.sought WHERE id > ? ORDER BY id LIMIT ?", (after, CHUNK)
            ).fetchall()
            if not keys:
                return
            db.execute(
                f"UPDATE rows SET {chosen} WHERE id IN"
                f" (SELECT id FROM temp.sought WHERE id BETWEEN ? AND ?) AND {HELD}",
                (reason, keys[0][0], keys[-1][0]),
            )
            mark_unswept(db)
        after = keys[-1][0]


def places_of(ledger: Ledger, run_nos: Sequence[int]) -> list[Place]:
    """Name the sheets of runs, and what was written from them, in the order of the runs."""
    db = ledger.connection
    written: dict[str, list[str]] = defaultdict(list)
    # A report holds row numbers and order ids, which the ledger keeps too: nothing to forget.
    kept = "SELECT path, source_path FROM written WHERE path NOT LIKE '%.html' ORDER BY path"
    for path, source in db.execute(kept):
        written[source].append(path)
    places: dict[str, Place] = {}
    for run_no in run_nos:
        found = db.execute("SELECT source_path, results_path FROM runs WHERE run_no = ?", (run_no,))
        for source, results in found:
            places.setdefault(source, Place(source, ours=False))
            for path in [*([results] if results else []), *written[source]]:
                places.setdefault(path, Place(path, ours=True))
    return list(places.values())
