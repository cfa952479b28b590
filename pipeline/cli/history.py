"""``runs`` and ``results``: what the ledger knows of earlier runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pipeline.cli.flags import Asked
from pipeline.cli.history_lines import Entry, ended_words, list_lines, local_time, run_lines
from pipeline.cli.naming import named_run
from pipeline.cli.session import Session, open_ledger
from pipeline.cli.summing_up import count_words, to_fix_lines, written_lines
from pipeline.cli.words import counted, shown_path
from pipeline.core.errors import ConfigError
from pipeline.core.outcome import ExitCode, Outcome
from pipeline.job.account import account_of, fix_command
from pipeline.job.finish import write_results
from pipeline.job.summary import SheetSummary, summarise
from pipeline.ledger import Ledger, runs
from pipeline.ledger.cut_off import may_go_on
from pipeline.ledger.history import taken_further_by
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
        entries = [_entry(ledger, run) for run in found]
        waiting = next((entry.run for entry in entries if entry.next == _GO_ON), None)
    lines = [
        *list_lines(entries),
        "",
        f"One run:  address-pipeline runs {found[0].run_id} {asked.place}".rstrip(),
    ]
    if waiting is not None:
        lines.append(f"Go on:    address-pipeline resume {waiting.run_id} {asked.place}".rstrip())
    session.screen.sum_up(lines)


_GO_ON = "go on"


def _entry(ledger: Ledger, run: Run) -> Entry:
    summary = summarise(ledger, run)
    alive = _is_alive(ledger, run)
    counts = count_words(summary.order_outcomes, summary.to_fix, summary.held_back)
    return Entry(run, ended_words(run, alive=alive), counts, _next_words(ledger, run, summary))


def _next_words(ledger: Ledger, run: Run, summary: SheetSummary) -> str:
    if _is_alive(ledger, run):
        return ""
    if may_go_on(ledger, run):
        return _GO_ON
    if taken_further_by(ledger, run) is not None:
        return ""
    words = ["look at the sheet"] if summary.held_back else []
    words += ["fix"] if summary.to_fix else []
    words += ["send again"] if _to_send_again(summary) else []
    return ", ".join(words)


def show_run(asked: Asked, run_id: str) -> None:
    """Show one run: what happened, when, to which sheet, how it ended, what to do next."""
    session = Session(asked)
    with open_ledger(session) as ledger:
        run = named_run(ledger, run_id)
        summary = summarise(ledger, run)
        session.screen.give_json(_as_json(ledger, run))
        account = account_of(ledger, run, summary, check=False)
        ended = ended_words(run, alive=_is_alive(ledger, run))
        lines = [*run_lines(run, summary, account, ended), ""]
        lines += _next_lines(ledger, run, summary, asked.place)
    session.screen.sum_up(lines)


def _next_lines(ledger: Ledger, run: Run, summary: SheetSummary, place: str) -> list[str]:
    """Say what can be done with a run, as commands that can be pasted; what matters most last."""
    again = f"address-pipeline results {run.run_id} {place}".rstrip()
    lines = [f"Results again: {again}"] if run.purged_at is None else []
    if _is_alive(ledger, run):
        return [f"Next: nothing; it is at work. How it stands: {again}"]
    if may_go_on(ledger, run):
        if summary.to_fix:
            lines.append(f"When it has ended: {counted(summary.to_fix, 'order')} to fix")
        return [*lines, f"Next: address-pipeline resume {run.run_id} {place}".rstrip()]
    if later := taken_further_by(ledger, run):
        return [
            *lines,
            f"Next: a later run took over: address-pipeline runs {later} {place}".rstrip(),
        ]
    if _to_send_again(summary):
        left = counted(_to_send_again(summary), "order")
        lines.append(f"Next: run the same command again; {left} of it would be sent:")
        lines.append(f"      {_again(run, place)}")
    if summary.held_back:
        lines.append("Next: put the sheet right and apply it; or if it is right as it is:")
        lines.append(f"      {_again(run, place)} --accept-findings")
    if summary.to_fix and run.results_path:
        lines += _fix_lines(run, shown_path(run.results_path), place)
    elif summary.to_fix and run.purged_at is None:
        lines.append(f"Next: {again} -o FILE")
    return lines or ["Next: nothing; the ledger has its counts and no more."]


def _again(run: Run, place: str) -> str:
    return fix_command(run, shown_path(run.source.path), place=place, anew=True)


def _fix_lines(run: Run, results: str, place: str) -> list[str]:
    first, rest = to_fix_lines(results)
    told = [f"Next: {first}", rest, fix_command(run, results, place=place)]
    return [line if at == 0 else f"      {line}" for at, line in enumerate(told) if line]


def _to_send_again(summary: SheetSummary) -> int:
    counts = summary.order_outcomes
    left = sum(counts[name] for name in (Outcome.UNKNOWN, Outcome.FAILED, Outcome.NOT_SENT))
    return left - summary.held_back


def write_again(asked: Asked, run_id: str) -> ExitCode:
    """Write a run's results sheet from the ledger; the source is not needed.

    A run that is still sending is read as it was at one moment.
    """
    session = Session(asked)
    with open_ledger(session) as ledger, open_ledger(session) as memory:
        run = named_run(ledger, run_id)
        if run.purged_at is not None:
            raise ConfigError(
                f"The cells of run {run.run_id} were deleted on "
                f"{local_time(run.purged_at, zone=False)[:10]}, so its results cannot be written "
                f"again; its counts: address-pipeline runs {run.run_id} {asked.place}".rstrip()
            )
        if run.state == "staging":
            raise ConfigError(
                f"Run {run.run_id} is still reading its sheet; ask again when it has begun to send."
            )
        sending = run.state == "sending" and _is_alive(ledger, run)
        options = session.results_options(check=False)
        options = replace(options, memory=memory, sending=sending)
        with ledger.snapshot():
            summary = summarise(ledger, run)
            landed = write_results(ledger, run, summary, options)
        to_fix = summary.to_fix if landed.path and not sending else 0
    if landed.note:
        session.screen.warn(landed.note)
    session.screen.give_json(landed.told_in(summary).as_json())
    if landed.path is None:
        return ExitCode.USAGE
    lines = written_lines([landed])
    if sending:
        lines.append("The run is still sending; this is how it stood a moment ago.")
    if to_fix:
        lines += _fix_lines(run, shown_path(landed.path), asked.place)
    session.screen.sum_up(lines)
    return ExitCode.OK


def _is_alive(ledger: Ledger, run: Run) -> bool:
    return run.state in ("staging", "staged", "sending") and runs.is_alive(ledger, run.run_no)


def _state(ledger: Ledger, run: Run) -> str:
    """Say how a run stands in the words of the JSON object, which stay as they are."""
    if run.state in ("finished", "stopped"):
        return f"{run.state}, exit {run.exit_code}"
    return "running" if _is_alive(ledger, run) else "cut off"


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
        "learned_per_second": run.learned_per_second,
        "error": run.error,
        "os_user": run.os_user,
        "machine": run.machine,
        "version": run.version,
        "approved": run.approved,
        "purged_at": _iso(run.purged_at) if run.purged_at else None,
        "resume": may_go_on(ledger, run),
    }


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
