"""``runs`` and ``results``: what the ledger knows of earlier runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pipeline.cli.flags import Asked
from pipeline.cli.session import Session, open_ledger
from pipeline.cli.showing import written_lines
from pipeline.cli.words import counted
from pipeline.core.errors import ConfigError
from pipeline.core.outcome import OUTCOMES, ExitCode, Outcome
from pipeline.job.finish import write_results
from pipeline.job.summary import summarise
from pipeline.ledger import Ledger, runs
from pipeline.ledger.cut_off import may_go_on
from pipeline.ledger.runs import Run

__all__ = ["list_runs", "show_run", "write_again"]


def list_runs(asked: Asked) -> None:
    """List the newest runs, newest first."""
    session = Session(asked)
    with open_ledger(session) as ledger:
        found = runs.listed(ledger)
        session.screen.give_json({"schema": 1, "runs": [_as_json(ledger, run) for run in found]})
        if not found:
            session.screen.sum_up("No runs yet.   Next: address-pipeline check SHEET")
            return
        rows = [_row(ledger, run) for run in found]
        waiting = next((run for run in found if may_go_on(ledger, run)), None)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    session.screen.sum_up(
        "   ".join([*(f"{cell:{w}}" for cell, w in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    )
    lines = [f"More of one: address-pipeline runs {found[0].run_id}"]
    if waiting is not None:
        lines.append(f"Go on:       address-pipeline resume {waiting.run_id}")
    session.screen.sum_up(["", *lines])


def _row(ledger: Ledger, run: Run) -> tuple[str, ...]:
    summary = summarise(ledger, run)
    shown = "  ".join(f"{n:,} {name}" for name, n in summary.outcomes.items() if n)
    return (run.run_id, _local(run.begun_at), run.source.name, _state(ledger, run), shown)


def show_run(asked: Asked, run_id: str) -> None:
    """Show one run: what happened, when, to which sheet, how it ended, what to do next."""
    session = Session(asked)
    with open_ledger(session) as ledger:
        run = _find(ledger, run_id)
        summary = summarise(ledger, run)
        session.screen.give_json(_as_json(ledger, run))
        retries = f"{run.retries:,} retries, {run.throttled:,} turned away as too many"
        lines = [
            f"{run.run_id}   {run.target_kind}   {run.host}   {_state(ledger, run)}",
            "",
            f"  Sheet     {run.source.path}",
            f"            {counted(summary.rows, 'row')} → {counted(summary.orders, 'order')}",
            *(f"            {finding.sentence}" for finding in run.findings),
            f"  Begun     {_local(run.begun_at)} by {run.os_user} on {run.machine}"
            f" with version {run.version}"
            + (f", approved: {run.approved}" if run.approved else ""),
            f"  Ended     {_local(run.ended_at) if run.ended_at else 'not'}",
            f"  Sent      {counted(run.requests, 'request')}, {retries}",
            f"  Results   {run.results_path or 'not written'}",
            *([f"  Report    {run.report_path}"] if run.report_path else []),
            *([f"  Deleted   its addresses, {_local(run.purged_at)}"] if run.purged_at else []),
            "",
        ]
        lines += [
            f"  {count:>7,}  {name:<10}  {OUTCOMES[Outcome(name)].meaning}"
            for name, count in summary.outcomes.items()
            if count
        ]
        if run.error:
            lines += ["", run.error]
        lines += ["", *_next_lines(ledger, run)]
    session.screen.sum_up(lines)


def _next_lines(ledger: Ledger, run: Run) -> list[str]:
    """Say what can be done with a run."""
    lines = []
    if may_go_on(ledger, run):
        lines.append(f"Go on:         address-pipeline resume {run.run_id}")
    if run.purged_at is None:
        lines.append(f"Results again: address-pipeline results {run.run_id}")
    return lines


def write_again(asked: Asked, run_id: str) -> ExitCode:
    """Write a run's results sheet from the ledger; the source is not needed.

    A run that is still sending is read as it was at one moment.
    """
    session = Session(asked)
    with open_ledger(session) as ledger, open_ledger(session) as memory:
        run = _find(ledger, run_id)
        if run.purged_at is not None:
            raise ConfigError(
                f"The cells of run {run_id} were deleted on {_local(run.purged_at)[:10]}, so its "
                f"results cannot be written again; address-pipeline runs {run_id} shows its counts."
            )
        if run.state == "staging":
            raise ConfigError(
                f"Run {run_id} is still reading its sheet; ask again when it has begun to send."
            )
        options = replace(session.results_options(check=False), memory=memory)
        with ledger.snapshot():
            summary = summarise(ledger, run)
            landed = write_results(ledger, run, summary, options)
        sending = run.state == "sending" and runs.is_alive(ledger, run.run_no)
    if landed.note:
        session.screen.warn(landed.note)
    session.screen.give_json(landed.told_in(summary).as_json())
    if landed.path is None:
        return ExitCode.USAGE
    session.screen.sum_up(written_lines([landed]))
    if sending:
        session.screen.sum_up("The run is still sending; this is how it stood a moment ago.")
    return ExitCode.OK


def _find(ledger: Ledger, run_id: str) -> Run:
    run = runs.find(ledger, run_id)
    if run is None:
        raise ConfigError(f"There is no run {run_id}; address-pipeline runs lists them.")
    return run


def _state(ledger: Ledger, run: Run) -> str:
    if run.state == "finished":
        return f"finished, exit {run.exit_code}"
    if run.state == "stopped":
        return f"stopped, exit {run.exit_code}"
    return "running" if runs.is_alive(ledger, run.run_no) else "cut off"


def _as_json(ledger: Ledger, run: Run) -> dict[str, object]:
    summary = summarise(ledger, run)
    return {
        **summary.as_json(),
        "results": run.results_path,
        "report": run.report_path,
        "exit_code": run.exit_code,
        "target": run.target_kind,
        "host": run.host,
        "state": _state(ledger, run),
        "started_at": _iso(run.begun_at),
        "finished_at": _iso(run.ended_at) if run.ended_at else None,
        "requests": run.requests,
        "retries": run.retries,
        "throttled": run.throttled,
        "error": run.error,
        "os_user": run.os_user,
        "machine": run.machine,
        "version": run.version,
        "approved": run.approved,
        "purged_at": _iso(run.purged_at) if run.purged_at else None,
    }


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _local(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment).astimezone():%Y-%m-%d %H:%M}"
