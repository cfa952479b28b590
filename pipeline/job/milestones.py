"""The milestones of a run, told to an observer: begun, planned, ended."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.core.events import (
    Observer,
    Planned,
    ResultsWritten,
    RunBegun,
    RunEnded,
    SheetRefused,
)
from pipeline.job.finish import Written
from pipeline.job.plan import Plan
from pipeline.job.summary import SheetSummary
from pipeline.job.taking import Failed

__all__ = ["planned", "run_ended"]


def planned(observer: Observer, plan: Plan, refused: Sequence[Failed]) -> None:
    """Tell of the runs of a plan, and of the sheets that are none."""
    for one in refused:
        observer(SheetRefused(one.path.name, one.error.exit_code))
    for sheet in plan.sheets:
        run = sheet.run
        observer(
            RunBegun(
                run.run_no,
                run.run_id,
                run.source.name,
                run.target_kind,
                run.host,
                continued=plan.continued,
            )
        )
        observer(
            Planned(
                run.run_no,
                sheet.rows,
                sheet.orders,
                sheet.to_send,
                sheet.unchanged,
                sheet.superseded,
                sheet.to_fix,
                sheet.held_back,
                len(run.findings),
            )
        )


def run_ended(observer: Observer, run_no: int, summary: SheetSummary, written: Written) -> None:
    """Tell how a run ended, and where its results are."""
    if written.path is not None:
        observer(ResultsWritten(run_no, written.path.name))
    observer(
        RunEnded(
            run_no,
            summary.exit_code,
            summary.rows,
            summary.orders,
            **summary.outcomes,
            requests=summary.requests,
            retries=summary.retries,
            throttled=summary.throttled,
        )
    )
