"""What is said when a command ends: orders by outcome, what to do about them, where results are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.cli.showing import Again
from pipeline.cli.words import clock_time, filled, labelled, shown_path
from pipeline.core.outcome import ExitCode, Outcome
from pipeline.job.finish import Written
from pipeline.job.summary import SheetSummary, Summary

__all__ = ["count_words", "summary_lines", "to_fix_lines", "written_lines"]

_WHOLE_WIDTH = 80
_WIDTH = 68
"""What is left of a terminal of 80 columns behind the label."""

_NEXT = {
    Outcome.UNKNOWN: "may have arrived; run the same command again: only these go",
    Outcome.FAILED: "never arrived; run the same command again: only these go",
    Outcome.NOT_SENT: "the run stopped first; run the same command again",
}


def summary_lines(
    summary: Summary, written: Sequence[Written], again: Again, now: datetime
) -> list[str]:
    """Sum up a run: orders by outcome, what to do, where the results are."""
    counts = summary.total("order_outcomes")
    shown = count_words(counts, summary.to_fix, summary.held_back)
    counts[Outcome.NOT_SENT] -= summary.held_back
    head = f"{'Done' if summary.stopped is ExitCode.OK else 'Stopped'} {clock_time(now)}.   "
    told = filled(shown or ["no orders"], _WHOLE_WIDTH - len(head))
    lines = [f"{head if at == 0 else '':{len(head)}}{line}" for at, line in enumerate(told)]
    lines += [
        f"  {str(outcome).replace('_', ' '):9} {words}"
        for outcome, words in _NEXT.items()
        if counts[outcome]
    ]
    lines += _going_on(summary, again)
    if summary.held_back:
        lines.append("  held back the sheet looks damaged (see above): put it right, or")
        lines.append("            add --accept-findings")
    if summary.to_fix:
        sheets = zip(summary.sheets, written, strict=False)
        files = {shown_path(one.path): sheet for sheet, one in sheets if one.path}
        lines += _fixing(files, again)
    return [*lines, *written_lines(written)]


def written_lines(written: Sequence[Written]) -> list[str]:
    """Say where results and reports are: in one line where there is one of each and room."""
    results = [shown_path(one.path) for one in written if one.path is not None]
    reports = [shown_path(one.report) for one in written if one.report is not None]
    if len(results) == len(reports) == 1:
        line = f"Results {results[0]}   Report {reports[0]}"
        if len(line) <= _WHOLE_WIDTH:
            return [line]
    return [
        f"{label if i == 0 else '':7} {path}"
        for label, paths in (("Results", results), ("Report", reports))
        for i, path in enumerate(paths)
    ]


def count_words(counts: Mapping[str, int], to_fix: int, held_back: int) -> list[str]:
    """Say how many orders became what; those that need a person are counted together."""
    shown = [
        f"{count:,} {_noun(outcome, count)}"
        for outcome, number in counts.items()
        if (count := number - (held_back if outcome == Outcome.NOT_SENT else 0))
        and outcome not in _FIXED
    ]
    if held_back:
        shown.append(f"{held_back:,} held back")
    if to_fix:
        shown.append(f"{to_fix:,} to fix")
    return shown


def to_fix_lines(results: str) -> tuple[str, str]:
    """Say where the rows to fix are in a results sheet, in one line, or two of a long name."""
    parts = _to_fix_parts(results)
    whole = " ".join(parts)
    return (whole, "") if len(whole) <= _WIDTH else parts


def _to_fix_parts(results: str) -> tuple[str, str]:
    if results.lower().endswith(".xlsx"):
        return f'open "To fix" in {results},', "correct, save, then:"
    return f"filter next_step by fix in {results},", "correct, save, then:"


def _fixing(files: Mapping[str, SheetSummary], again: Again) -> list[str]:
    """Name the sheets to correct, each with its command.

    Those that contradict each other get one together, for alone either would be sent. An order that
    they contradict each other about is counted by one of them only.
    """
    torn = []
    if any(sheet.contradicts_another for sheet in files.values()):
        torn = [file for file, sheet in files.items() if sheet.outcomes[Outcome.CONFLICT]]
    told = [_to_fix_parts(file)[0] for file in torn]
    if torn:
        told += [_to_fix_parts(torn[0])[1], again.command(*torn)]
    for file, sheet in files.items():
        if sheet.to_fix and file not in torn:
            told += [line for line in to_fix_lines(file) if line]
            told.append(again.command(file))
    return labelled("to fix", told)


def _going_on(summary: Summary, again: Again) -> list[str]:
    """Name the command that goes on, where a run stopped before its end."""
    left = [run for run in summary.sheets if run.run_id and _any_left(run.outcomes)]
    if summary.stopped is ExitCode.OK or summary.target == "sandbox" or not left:
        return []
    resume = f"address-pipeline resume {left[0].run_id} {again.place}".rstrip()
    same = [] if again.resend else ["the same command within 24 hours, or:"]
    return labelled("go on", [*same, resume])


def _any_left(outcomes: Mapping[str, int]) -> bool:
    return any(outcomes[name] for name in _NEXT)


_FIXED = {Outcome.INVALID, Outcome.CONFLICT, Outcome.REJECTED}


def _noun(outcome: str, count: int) -> str:
    if outcome == Outcome.UPDATED:
        return "order updated" if count == 1 else "orders updated"
    return outcome.replace("_", " ")
