"""What is asked about earlier runs as a whole: their ids, and whether somebody went further."""

from __future__ import annotations

from pipeline.ledger.runs import Run
from pipeline.ledger.store import Ledger

__all__ = ["run_ids", "taken_further_by"]

_BEGUN_TO_SEND = "state IN ('sending', 'stopped', 'finished')"


def run_ids(ledger: Ledger) -> list[str]:
    """Give the ids of all runs, newest first."""
    found = ledger.connection.execute("SELECT run_id FROM runs ORDER BY run_no DESC")
    return [run_id for (run_id,) in found]


def taken_further_by(ledger: Ledger, run: Run) -> str | None:
    """Name the newest later run, to the same host, of a run's sheet or of its results sheet."""
    found = ledger.connection.execute(
        f"SELECT run_id FROM runs WHERE run_no > ? AND together <> ? AND {_BEGUN_TO_SEND}"
        " AND target_kind = ? AND host = ? AND sheet_kind <> 'rows'"
        " AND (source_path IN (?, ?) OR source_sha256 = ?) ORDER BY run_no DESC LIMIT 1",
        (
            run.run_no,
            run.together,
            run.target_kind,
            run.host,
            run.source.path,
            run.results_path or run.source.path,
            run.source.sha256,
        ),
    ).fetchone()
    return None if found is None else str(found[0])
