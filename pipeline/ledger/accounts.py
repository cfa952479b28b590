"""What the account of a run is counted from: its troubled rows, and what each second saw."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.core.account import Moment
from pipeline.core.outcome import NextStep, Outcome
from pipeline.core.ticks import LATENCY_BANDS
from pipeline.ledger.rows import row_number, span
from pipeline.ledger.store import Ledger

__all__ = ["Troubled", "latency_of", "moments_of", "troubled"]


@dataclass(slots=True)
class Troubled:
    """A row that speaks for its order and of which there is something to say.

    ``errors`` and ``warnings`` are the rules that spoke. ``state`` is as
    :class:`pipeline.ledger.rows.Line` has it.
    """

    row: int
    order_id: int | None
    state: str
    outcome: Outcome | None
    next_step: NextStep | None
    http_status: int | None
    refused_fields: str
    errors: list[str]
    warnings: list[str]
    repairs: list[str]


_TROUBLED = (
    "SELECT id, order_id, CASE WHEN state = 'pending' AND doubt THEN 'claimed' ELSE state END,"
    " outcome, next_step, http_status, refused_fields, marks FROM rows"
    " WHERE id BETWEEN ? AND ? AND kind IN ('order', 'line') AND (marks IS NOT NULL OR"
    " (leader IS NULL AND (outcome IS NULL OR outcome NOT IN ('updated', 'unchanged')))"
    " OR outcome = 'conflict') ORDER BY id"
)


def troubled(ledger: Ledger, run_no: int) -> Iterator[Troubled]:
    """Give the rows of a run that did not simply go well, in the order of the sheet, streamed."""
    cursor = ledger.connection.execute(_TROUBLED, span(run_no))
    for key, order_id, state, outcome, step, http_status, refused, text in cursor:
        marks = json.loads(text) if text else {}
        yield Troubled(
            row_number(key),
            order_id,
            state,
            Outcome(outcome) if outcome else None,
            NextStep(step) if step else None,
            http_status,
            refused or "",
            [rule for rule, _ in marks.get("e", ())],
            [rule for rule, _ in marks.get("w", ())],
            [rule for rule, _ in marks.get("r", ())],
        )


def moments_of(ledger: Ledger, run_no: int) -> list[Moment]:
    """Give what each second of a run saw; seconds in which nothing ended are not there."""
    found = ledger.connection.execute(
        "SELECT second, sent, retried, throttled, failed FROM ticks WHERE run_no = ?"
        " ORDER BY second",
        (run_no,),
    )
    return [Moment(*row) for row in found]


def latency_of(ledger: Ledger, run_no: int) -> tuple[int, ...]:
    """Count a run's tries by how long the answer took."""
    counts = [0] * (len(LATENCY_BANDS) + 1)
    for (text,) in ledger.connection.execute(
        "SELECT latency FROM ticks WHERE run_no = ?", (run_no,)
    ):
        counts = [a + b for a, b in zip(counts, json.loads(text), strict=True)]
    return tuple(counts)
