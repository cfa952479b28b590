"""Which cells of a row its reason, repairs and warnings are about, and what is said of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from pipeline.core.outcome import Outcome
from pipeline.core.results import CellNote

__all__ = ["notes_of"]


def notes_of(
    columns: Mapping[str, int],
    *,
    outcome: str,
    reason: str,
    repairs: str,
    warnings: str,
    marks: str | None,
    refused_fields: str | None,
) -> tuple[CellNote, ...]:
    """Give what is to be said of a row's cells, in the order error, repair, warning.

    ``columns`` gives the column of each field; a field without one has no cell to speak of. The
    texts are those of the ledger: ``repairs`` and ``warnings`` one a line, ``marks`` as
    :class:`pipeline.ledger.rows.Marks` stores it, ``refused_fields`` with commas.
    """
    if not (marks or warnings or refused_fields or outcome == Outcome.CONFLICT):
        return ()
    told = json.loads(marks) if marks else {}
    notes = [
        CellNote(columns[field], "error", text)
        for field, text in _errors(outcome, reason, told.get("e", ()), refused_fields)
        if field in columns
    ]
    for (_, field), line in zip(told.get("r", ()), repairs.split("\n"), strict=False):
        if field in columns:
            notes.append(CellNote(columns[field], "repair", line.removeprefix(f"{field}: ")))
    for line in warnings.split("\n"):
        field, _, sentence = line.partition(": ")
        if sentence and field in columns:
            notes.append(CellNote(columns[field], "warning", sentence))
    return tuple(notes)


def _errors(
    outcome: str, reason: str, errors: Sequence[Sequence[str]], refused_fields: str | None
) -> Iterator[tuple[str, str]]:
    """Give the fields that a row's outcome is about, each with its own sentence."""
    if outcome == Outcome.CONFLICT:
        yield from (("order_id", reason), ("order_po", reason))
    elif outcome == Outcome.REJECTED:
        yield from ((field, reason) for field in (refused_fields or "").split(","))
    elif outcome == Outcome.INVALID:
        fields = [field for _, field in errors]
        yield from zip(fields, _split(reason, fields), strict=True)


def _split(reason: str, fields: Sequence[str]) -> list[str]:
    """Take a reason apart into the sentences about each field.

    Each begins with its field; where one does not, the whole reason is told of every cell.
    """
    begins = [0]
    for field in fields[1:]:
        found = reason.find(f" {field} ", begins[-1])
        if found < 0:
            return [reason] * len(fields)
        begins.append(found + 1)
    ends = [*(at - 1 for at in begins[1:]), len(reason)]
    return [reason[a:b] for a, b in zip(begins, ends, strict=True)]
