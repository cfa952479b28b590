"""Rows: staged once, settled once, and read back in the order of the sheet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from pydantic_core import PydanticSerializationError, from_json, to_json

from pipeline.core.outcome import NextStep, Outcome
from pipeline.ledger.store import Ledger

__all__ = [
    "LINE_KINDS",
    "Counts",
    "Ended",
    "Line",
    "Marks",
    "StagedLine",
    "contradicts_another",
    "last_row",
    "lines_of",
    "orders_of",
    "outcome_counts",
    "row_id",
    "row_number",
    "run_number",
    "span",
    "stage",
]

LINE_KINDS: Final = ("plain", "heading", "order", "line")
CHUNK: Final = 2000


def _as_json(cells: Sequence[str]) -> str:
    """Write cells as JSON, by pydantic's own writer: a third of the time of the standard one."""
    try:
        return to_json(cells).decode()
    except PydanticSerializationError:  # half a surrogate pair, which is no UTF-8
        return json.dumps(cells)


def _from_json(text: str) -> list[str]:
    """Read cells back; the standard reader is the one that takes half a surrogate pair."""
    if "\\ud" in text:
        return list(json.loads(text))
    return list(from_json(text, cache_strings="none"))


def row_id(run_no: int, row: int) -> int:
    """Give the key of a row in the ledger."""
    return run_no << 32 | row


def row_number(key: int) -> int:
    """Give the physical row number of a key."""
    return key & 0xFFFFFFFF


def run_number(key: int) -> int:
    """Give the run of a key."""
    return key >> 32


def span(run_no: int) -> tuple[int, int]:
    """Give the first and last key a run's rows can have."""
    return run_no << 32, ((run_no + 1) << 32) - 1


@dataclass(frozen=True, slots=True)
class Marks:
    """Which rules spoke about a row, as ``(rule, field)`` pairs: what plans count."""

    errors: tuple[tuple[str, str], ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    repairs: tuple[tuple[str, str], ...] = ()
    hidden: bool = False

    def as_json(self) -> str | None:
        """Give the text to store; nothing for a row of which there is nothing to say."""
        if not (self.errors or self.warnings or self.repairs or self.hidden):
            return None
        return json.dumps(
            {"e": self.errors, "w": self.warnings, "r": self.repairs, "h": int(self.hidden)}
        )

    @classmethod
    def with_doubt(cls, marks: str | None, doubt: str) -> str:
        """Give stored marks with a doubt about which version of a row is meant (``d``)."""
        told = json.loads(marks) if marks else {"e": (), "w": (), "r": (), "h": 0}
        return json.dumps({**told, "d": doubt})


@dataclass(slots=True)  # one a row: freezing would cost more than the rest of making it
class StagedLine:
    """One line of a sheet on its way into the ledger.

    ``kind``: ``plain`` (title, totals: no outcome), ``heading``, ``order`` (has an address),
    ``line`` (a further line of an order: no address). ``outcome`` is given where the line can not
    be sent; with a ``payload`` it is pending.
    """

    row: int
    kind: str
    cells: Sequence[str]
    order_key: str | None = None
    order_id: int | None = None
    fp: bytes | None = None
    payload: str | None = None
    marks: str | None = None
    repairs: str = ""
    warnings: str = ""
    leader: int | None = None
    outcome: Outcome | None = None
    next_step: NextStep | None = None
    reason: str = ""
    origin_run: str | None = None
    origin_row: int | None = None


def stage(ledger: Ledger, run_no: int, lines: Iterable[StagedLine]) -> None:
    """Write a sheet's lines, chunk by chunk; a kill on the way leaves a stage to be swept."""
    iterator = iter(lines)
    while chunk := list(islice(iterator, CHUNK)):
        # Made before the transaction begins: reading a slow sheet must not hold the write lock.
        sound: list[object] = []
        others = []
        for line in chunk:
            if _is_sound(line):
                sound += (
                    *(run_no << 32 | line.row, _as_json(line.cells), line.order_key),
                    *(line.order_id, line.fp, line.payload),
                )
            else:
                others.append(_values(run_no, line))
        with ledger.atomic() as db:
            _insert_sound(db, sound)
            db.executemany(_INSERT, others)


def _insert_sound(db: sqlite3.Connection, values: list[object]) -> None:
    """Insert sound rows, whose values stand one behind the other."""
    whole = len(values) - len(values) % (TOGETHER * _SOUND_VALUES)
    for at in range(0, whole, TOGETHER * _SOUND_VALUES):
        db.execute(_INSERT_TOGETHER, values[at : at + TOGETHER * _SOUND_VALUES])
    for at in range(whole, len(values), _SOUND_VALUES):
        db.execute(_INSERT_SOUND, values[at : at + _SOUND_VALUES])


TOGETHER: Final = 50
"""So many rows of one statement: SQLite then spends a third of the time on a row."""
_INSERT = (
    "INSERT INTO rows (id, kind, cells, order_key, order_id, fp, payload, marks, repairs, warnings,"
    " leader, state, outcome, next_step, reason, origin_run, origin_row)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SOUND_ROW = "(?, 'order', ?, ?, ?, ?, ?, 'pending')"
_SOUND_VALUES: Final = _SOUND_ROW.count("?")
_INSERT_SOUND = (
    "INSERT INTO rows (id, kind, cells, order_key, order_id, fp, payload, state)"
    f" VALUES {_SOUND_ROW}"
)
_INSERT_TOGETHER = _INSERT_SOUND + f", {_SOUND_ROW}" * (TOGETHER - 1)


def _is_sound(line: StagedLine) -> bool:
    """A row to be sent of which there is nothing more to say: nearly all rows are such."""
    return line.payload is not None and line.marks is None and line.origin_run is None


def _values(run_no: int, line: StagedLine) -> tuple[object, ...]:
    state = "pending" if line.payload is not None else "settled" if line.outcome else "none"
    return (
        row_id(run_no, line.row),
        line.kind,
        _as_json(line.cells),
        line.order_key,
        line.order_id,
        line.fp,
        line.payload,
        line.marks,
        line.repairs,
        line.warnings,
        line.leader,
        state,
        line.outcome,
        line.next_step,
        line.reason,
        line.origin_run,
        line.origin_row,
    )


@dataclass(slots=True)  # one a row, as above
class Line:
    """One line of a run as it is to be shown: its own cells, and what became of it.

    A ``led`` row shares the sending of its ``leader`` (a key), and shows what became of that;
    its ``attempts`` stay 0, for nothing was sent for it. ``outcome`` is ``None`` for plain lines
    and for what is neither settled nor claimed yet. ``refused_fields`` are joined by commas;
    ``marks`` is the JSON of :class:`Marks`.
    """

    row: int
    kind: str
    cells: tuple[str, ...]
    repairs: str
    warnings: str
    attempts: int
    leader: int | None
    led: bool
    state: str
    outcome: Outcome | None
    next_step: NextStep | None
    reason: str
    reference_id: str | None
    http_status: int | None
    sent_at: float | None
    refused_fields: str | None
    marks: str | None


_STATE = "CASE WHEN state = 'pending' AND doubt THEN 'claimed' ELSE state END"
"""A row that is to be sent again, and of which an earlier try may have been stored, is as one that
is on its way.
"""
_ENDED = f"{_STATE}, outcome, next_step, reason, reference_id, http_status, sent_at, refused_fields"
_LINES = (
    f"SELECT id, kind, cells, repairs, warnings, attempts, leader, marks, {_ENDED}"
    " FROM rows WHERE id BETWEEN ? AND ? ORDER BY id"
)
_LEADER = f"SELECT {_ENDED} FROM rows WHERE id = ?"


_OUTCOMES: Final[Mapping[str | None, Outcome | None]] = {None: None, **{o: o for o in Outcome}}
_NEXT_STEPS: Final[Mapping[str | None, NextStep | None]] = {None: None, **{n: n for n in NextStep}}
"""Looked up, which takes a tenth of the time of making an enum's member."""


def lines_of(ledger: Ledger, run_no: int) -> Iterator[Line]:
    """Read a run's lines in the order of the sheet, streamed."""
    execute = ledger.connection.execute
    for key, kind, cells, repairs, warnings, attempts, leader, marks, *ended in execute(
        _LINES, span(run_no)
    ):
        own = ended
        if leader is not None and own[1] is None:
            own = execute(_LEADER, (leader,)).fetchone() or own
        state, outcome, next_step, reason, reference_id, http_status, sent_at, refused = own
        yield Line(
            key & 0xFFFFFFFF,
            kind,
            tuple(_from_json(cells)),
            repairs,
            warnings,
            attempts,
            leader,
            own is not ended,
            state,
            _OUTCOMES[outcome],
            _NEXT_STEPS[next_step],
            reason,
            reference_id,
            http_status,
            sent_at,
            refused,
            marks,
        )


def orders_of(ledger: Ledger, run_no: int) -> Iterator[tuple[int, str, list[str]]]:
    """Give row number, order and cells of a run's rows that have an address, streamed."""
    for key, order_key, cells in ledger.connection.execute(
        "SELECT id, COALESCE(order_key, id), cells FROM rows WHERE id BETWEEN ? AND ?"
        " AND kind = 'order' ORDER BY id",
        span(run_no),
    ):
        yield row_number(key), str(order_key), _from_json(cells)


def last_row(ledger: Ledger, run_no: int) -> int:
    """Give the physical number of a run's last line."""
    found = ledger.connection.execute(
        "SELECT MAX(id) FROM rows WHERE id BETWEEN ? AND ?", span(run_no)
    ).fetchone()[0]
    return row_number(found or 0)


_LED = "(r.outcome IS NULL AND l.id IS NOT NULL)"


def _shown(column: str) -> str:
    return f"CASE WHEN {_LED} THEN l.{column} ELSE r.{column} END"


_COUNTS = (
    f"SELECT CASE WHEN {_shown('state')} = 'pending' AND {_shown('doubt')} THEN 'claimed'"
    f" ELSE {_shown('state')} END, {_shown('outcome')}, {_shown('next_step')}, COUNT(*),"
    " SUM(r.leader IS NULL)"
    " FROM rows r LEFT JOIN rows l ON l.id = r.leader WHERE r.id BETWEEN ? AND ?"
    " AND r.kind IN ('order', 'line') GROUP BY 1, 2, 3"
)


Ended = tuple[str, Outcome | None, NextStep | None]
"""The state, outcome and next step of a row."""


class Counts(NamedTuple):
    """How many rows of a run ended each way, and how many orders, each counted once."""

    rows: dict[Ended, int]
    orders: dict[Ended, int]


def contradicts_another(ledger: Ledger, run_no: int) -> bool:
    """Tell whether a row in conflict is led by a row of another sheet of the same command."""
    found = ledger.connection.execute(
        "SELECT 1 FROM rows WHERE id BETWEEN ? AND ? AND outcome = 'conflict'"
        " AND leader >> 32 <> ? LIMIT 1",
        (*span(run_no), run_no),
    ).fetchone()
    return found is not None


def outcome_counts(ledger: Ledger, run_no: int) -> Counts:
    """Count a run's rows and orders by how they ended."""
    counts = Counts({}, {})
    for state, outcome, next_step, rows, orders in ledger.connection.execute(_COUNTS, span(run_no)):
        ended = (state, _OUTCOMES[outcome], _NEXT_STEPS[next_step])
        counts.rows[ended] = rows
        if orders:
            counts.orders[ended] = orders
    return counts
