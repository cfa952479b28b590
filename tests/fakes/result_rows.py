"""Result rows as a run leaves them; tests change what they are about."""

from __future__ import annotations

from typing import Any

from pipeline.core.outcome import OUTCOMES, Outcome
from pipeline.core.results import ResultRow

__all__ = ["a_result"]


def a_result(
    row: int, cells: tuple[str, ...], outcome: str = "updated", **changes: Any
) -> ResultRow:
    """Give a row of an outcome with what usually goes with it; ``ready`` is that of a check."""
    rule = OUTCOMES[Outcome(outcome)] if outcome != "ready" else None
    values: dict[str, Any] = {
        "success": rule.success if rule else None,
        "reference_id": None,
        "outcome": outcome,
        "next_step": rule.next_step if rule else "",
        "reason": "",
        "repairs": "",
        "warnings": "",
        "http_status": None,
        "attempts": 1,
        "sent_at": None,
        "run_id": "20261125-k3f9q2",
    }
    return ResultRow(row=row, cells=cells, **(values | changes))
