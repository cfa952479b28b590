"""Who else sends to the same host with the same keys now: they share one ceiling."""

from __future__ import annotations

from collections.abc import Callable, Collection

from pipeline.ledger.store import Ledger

__all__ = ["commands_beside"]


def commands_beside(
    ledger: Ledger, target_no: int, mine: Collection[int], alive: Callable[[int], bool]
) -> int:
    """Count the other commands that send to the target; the runs of one command count once."""
    found = ledger.connection.execute(
        "SELECT run_no, together FROM runs WHERE state = 'sending' AND target_no = ?", (target_no,)
    ).fetchall()
    return len({together for run_no, together in found if run_no not in mine and alive(run_no)})
