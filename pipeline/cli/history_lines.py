"""How earlier runs read on a terminal of 80 columns: the list of them, and one in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from typing import Final

from pipeline.cli.words import about, counted, filled, shown_path
from pipeline.core.account import Account, Group
from pipeline.core.outcome import Outcome
from pipeline.core.row_words import named_rows
from pipeline.job.summary import SheetSummary
from pipeline.ledger.runs import Run

__all__ = ["Entry", "ended_words", "list_lines", "local_time", "run_lines"]

WIDTH: Final = 80
_MOST_GROUPS: Final = 8
_INDENT: Final = 8

_STOPPED: Final = {
    4: "stopped: keys refused",
    70: "stopped by our bug",
    130: "stopped by Ctrl-C",
    143: "stopped by SIGTERM",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A run as the list shows it; ``ended``, ``counts`` and ``next`` are words."""

    run: Run
    ended: str
    counts: Sequence[str]
    next: str = ""


def ended_words(run: Run, *, alive: bool) -> str:
    """Say how a run ended, or that it has not."""
    if run.state == "finished":
        return "finished"
    if run.state == "stopped":
        return _STOPPED.get(run.exit_code or 0, "stopped early")
    return "running" if alive else "cut off"


def local_time(moment: float, *, zone: bool = True) -> str:
    """Give a moment as local time, with its zone."""
    then = datetime.fromtimestamp(moment).astimezone()
    return f"{then:%Y-%m-%d %H:%M %Z}" if zone else f"{then:%Y-%m-%d %H:%M}"


def list_lines(entries: Sequence[Entry]) -> list[str]:
    """List runs, two lines each or three: which and when, what became of it, what to do next."""
    widest = max(len(entry.run.run_id) for entry in entries)
    lines = []
    for entry in entries:
        head = f"{entry.run.run_id:{widest}}  {local_time(entry.run.begun_at, zone=False)}  "
        lines.append(head + _shortened(entry.run.source.name, WIDTH - len(head)))
        target = entry.run.target_kind
        told = [f"{'LIVE' if target == 'live' else target}, {entry.ended}", *entry.counts]
        told += [f"Next: {entry.next}"] if entry.next else []
        lines += [f"  {line}" for line in filled(told, WIDTH - 2)]
    return lines


def _shortened(name: str, most: int) -> str:
    """Cut a long name in its middle, for both ends tell sheets apart."""
    if len(name) <= most:
        return name
    tail = (most - 1) // 2
    return f"{name[: most - 1 - tail]}…{name[-tail:]}"


def run_lines(run: Run, summary: SheetSummary, account: Account, ended: str) -> list[str]:
    """Show one run: the numbers, what is to be fixed and sent again, and the facts."""
    lines = [f"{account.target_words or run.target_kind}   {run.host}   run {run.run_id}", ""]
    lines += _counts(summary, account, running=ended == "running", purged=run.purged_at is not None)
    lines += ["", *_facts(run, summary, account, ended)]
    return lines


def _counts(summary: SheetSummary, account: Account, *, running: bool, purged: bool) -> list[str]:
    """Count orders: what went well, what is to be sent again, what needs a person."""
    counts = summary.order_outcomes
    again = sum(counts[name] for name in (Outcome.UNKNOWN, Outcome.FAILED, Outcome.NOT_SENT))
    nothing: Sequence[Group] = ()
    fixing: Sequence[Group] = [g for g in account.to_fix if g.outcome is not Outcome.NOT_SENT]
    sending: Sequence[Group] = () if running else account.to_send
    if purged:  # what was wrong with its rows went with them
        fixing = sending = nothing
    blocks: list[tuple[int, str, Sequence[Group]]] = [
        (counts["updated"], f"order{'' if counts['updated'] == 1 else 's'} updated", nothing),
        (counts["unchanged"], "unchanged since they were last confirmed", nothing),
        (counts["superseded"], "changed by a later run or row, not sent again", nothing),
        (
            again - summary.held_back,
            "still to come" if running else "to send again",
            sending,
        ),
        (summary.held_back, "held back, for the sheet looks damaged", nothing),
        (summary.to_fix, "to fix", fixing),
    ]
    shown = [block for block in blocks if block[0]] or [(0, "orders", nothing)]
    width = max(len(f"{number:,}") for number, _, _ in shown)
    lines = []
    for number, words, groups in shown:
        lines.append(f"  {number:>{width},}  {words}")
        lines += _groups(groups)
    return lines


def _groups(groups: Sequence[Group]) -> list[str]:
    """Show groups, most first: how many, what, and the first few rows."""
    shown = groups[:_MOST_GROUPS]
    width = max((len(f"{group.rows:,}") for group in shown), default=0)
    lines = []
    for group in shown:
        line = f"{'':{_INDENT}}{group.rows:>{width},}  {group.title}"
        rows = _rows(group)
        if len(line) + 3 + len(rows) <= WIDTH:
            lines.append(f"{line}   {rows}")
        else:
            lines += [line, f"{'':{_INDENT + width + 2}}{rows}"]
    if len(groups) > _MOST_GROUPS:
        rest = sum(group.rows for group in groups[_MOST_GROUPS:])
        lines.append(
            f"{'':{_INDENT}}{rest:>{width},}  for other reasons: see reason in the results"
        )
    return lines


def _rows(group: Group) -> str:
    numbers = [one.row for one in group.first]
    if not group.more:
        return named_rows(numbers)
    first = ", ".join(map(str, numbers[:3]))
    return f"rows {first} and {group.rows - 3:,} more"


def _facts(run: Run, summary: SheetSummary, account: Account, ended: str) -> list[str]:
    approved = f", approved: {run.approved}" if run.approved else ""
    facts = [
        ("Sheet", shown_path(run.source.path)),
        ("", f"{counted(summary.rows, 'row')} → {counted(summary.orders, 'order')}"),
        *(("", finding.sentence) for finding in run.findings),
        ("Begun", f"{local_time(run.begun_at)} by {run.os_user} on {run.machine}"),
        ("", f"with version {run.version}{approved}"),
        ("Ended", _end(run, ended, account.seconds)),
        *([("", run.error)] if run.error else []),
        ("Sent", _sent(run, account)),
        *([("Learned", _learned(run))] if run.learned_per_second else []),
        ("Results", shown_path(run.results_path) if run.results_path else "not written"),
        *([("Report", shown_path(run.report_path))] if run.report_path else []),
        *([("Deleted", f"its addresses, {local_time(run.purged_at)}")] if run.purged_at else []),
    ]
    lines = []
    for label, words in facts:
        for at, line in enumerate(wrap(words, WIDTH - 12, break_on_hyphens=False) or [""]):
            lines.append(f"  {label if at == 0 else '':8}  {line}")
    return lines


def _end(run: Run, ended: str, seconds: float | None) -> str:
    if run.ended_at is None or ended == "running":
        return f"not yet: {ended}" if ended == "running" else f"not: {ended}"
    took = f" after {about(seconds)}" if seconds else ""
    code = "" if run.exit_code is None else f" (exit {run.exit_code})"
    return f"{local_time(run.ended_at)}{took}: {ended}{code}"


def _sent(run: Run, account: Account) -> str:
    words = counted(run.requests, "request")
    if run.requests:
        if account.seconds and account.seconds >= 1:
            words += f" at {run.requests / account.seconds:.1f}/s"
        words += f", {run.retries:,} of them retries" if run.retries else ""
        words += f", {run.throttled:,} turned away as too many" if run.throttled else ""
    return words


def _learned(run: Run) -> str:
    return f"{run.learned_per_second:.3g} requests a second are what the host takes"
