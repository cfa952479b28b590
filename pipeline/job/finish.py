"""FINISH: what became of every row, read from the ledger into a results sheet and a summary.

Progress, results and exit code are all read from the ledger, so they cannot disagree; the sheet
itself is not opened again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pipeline.core import results
from pipeline.core.errors import StoppedEarly
from pipeline.core.notes import notes_of
from pipeline.core.outcome import OUTCOMES, READY, Outcome, outcome_of
from pipeline.job.account import account_of, fix_command
from pipeline.job.report import write_report
from pipeline.job.summary import FailOn, SheetSummary
from pipeline.ledger import Ledger
from pipeline.ledger.rows import Line, last_row, lines_of, row_number, run_number
from pipeline.ledger.runs import Run, find, mark_results, remember_written, written_by_us
from pipeline.sheets.csv_out import write_csv
from pipeline.sheets.placing import place, sha256_of, temporary_beside

__all__ = ["ResultsOptions", "Written", "result_lines", "write_results"]


@dataclass(frozen=True, slots=True)
class ResultsOptions:
    """Where the results go. ``output``: a file or a folder; empty: beside the sheet.

    ``fail_on``: which of the rows that need a person count for the exit code.
    """

    output: Path | None = None
    kind: Literal["same", "xlsx", "csv"] = "same"
    check: bool = False
    accept_findings: bool = False
    sending: bool = False
    """The run is at work in another process; this is how it stands."""
    report: bool = True
    """Whether a report is written beside the results; a check has none."""
    fail_on: FailOn = "any"
    place: str = ""
    """The flags that say where the ledger is, for the commands that results and report name."""
    memory: Ledger | None = field(default=None, repr=False)
    """Another connection that remembers what we wrote, where ``ledger`` is only read: a check's own
    one is thrown away."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where the results landed, and the report; ``note`` says on stderr what was not as wanted."""

    path: Path | None
    note: str = ""
    report: Path | None = None

    def told_in(self, summary: SheetSummary) -> SheetSummary:
        """Give the summary with where both landed."""
        path, report = (str(one) if one else None for one in (self.path, self.report))
        return replace(summary, results=path, report=report)


def write_results(
    ledger: Ledger, run: Run, summary: SheetSummary, options: ResultsOptions
) -> Written:
    """Write the results sheet of a run; never over somebody's work, whole or not at all.

    Nothing is lost where it cannot be written: the note then says how to write it later.
    """
    wanted = _wanted(run, options)
    try:
        if options.output is not None:  # ours to make, also where it was deleted meanwhile
            wanted.parent.mkdir(parents=True, exist_ok=True)
        return _write(ledger, run, wanted, summary, options)
    except OSError as error:
        return Written(
            None,
            f"{wanted.name} cannot be written there ({error.strerror or 'no room'}); nothing is "
            + (
                "lost: name another place with -o."
                if options.check
                else "lost: write it later with: "
                + f"address-pipeline results {run.run_id} -o FILE {options.place}".rstrip()
            ),
        )


def _write(
    ledger: Ledger, run: Run, wanted: Path, summary: SheetSummary, options: ResultsOptions
) -> Written:
    note, account = "", None
    if wanted.suffix.lower() == ".xlsx" and not _fits_excel(ledger, run):
        wanted = wanted.with_suffix(".csv")
        note = f"The results have more rows or columns than Excel takes, so they are {wanted.name}."
    with temporary_beside(wanted) as temp:
        lines = result_lines(ledger, run, check=options.check, sending=options.sending)
        if wanted.suffix.lower() == ".xlsx":
            from pipeline.sheets.excel.results_out import write_xlsx

            account = account_of(ledger, run, summary, check=options.check, place=options.place)
            write_xlsx(
                temp,
                lines,
                width=run.width,
                widths=run.widths,
                worksheet=run.source.worksheet or "Results",
                account=account,
            )
        else:
            write_csv(temp, lines, delimiter=run.source.delimiter or ",", width=run.width)
        sha256 = sha256_of(temp)
        memory = options.memory or ledger
        landed = place(temp, wanted, ours=_is_ours(memory, run), like=Path(run.source.path))
    if landed != wanted:
        why = "is there already or is locked"
        if len(landed.name) < len(wanted.name):
            why = "is too long a name here"
        note = f"{wanted.name} {why}; the results are {landed.name}."
    with suppress(StoppedEarly):  # a full disk: the results are there, only not remembered
        remember_written(memory, landed, run.source.path, sha256)
        if not options.check:
            mark_results(memory, run.run_no, landed, None)
    if options.check or not options.report:
        return Written(landed, note)
    account = account or account_of(ledger, run, summary, check=False, place=options.place)
    report, trouble = write_report(
        memory, run, account, landed, fix_command(run, landed.name, place=options.place)
    )
    with suppress(StoppedEarly):  # as above
        mark_results(memory, run.run_no, landed, report)
    return Written(landed, " ".join(filter(None, (note, trouble))), report)


def _fits_excel(ledger: Ledger, run: Run) -> bool:
    from pipeline.sheets.excel.results_out import fits_excel

    return fits_excel(last_row(ledger, run.run_no), run.width)


def _is_ours(ledger: Ledger, run: Run) -> Callable[[Path], bool]:
    return lambda path: written_by_us(ledger, path, run.source.path, sha256_of(path))


def _wanted(run: Run, options: ResultsOptions) -> Path:
    source = Path(run.source.path)
    if options.output is not None and options.output.suffix.lower() in (".xlsx", ".csv"):
        return options.output.absolute()
    kind: Literal["csv", "xlsx"] = "csv" if run.source.kind == "csv" else "xlsx"
    if options.kind != "same":
        kind = options.kind
    folder = options.output.absolute() if options.output is not None else source.parent
    return folder / results.results_name(source.name, kind, "check" if options.check else "results")


def result_lines(
    ledger: Ledger, run: Run, *, check: bool, sending: bool = False
) -> Iterator[results.Line]:
    """Give a run's lines as they come back, streamed, in the order of the sheet.

    ``sending``: the run is at work, so what has no outcome yet may still get one.
    """
    names: dict[int, str] = {run.run_no: ""}
    for line in lines_of(ledger, run.run_no):
        if line.kind == "heading":
            yield results.HeadingLine(line.row, line.cells)
        elif line.kind == "plain":
            yield results.PlainLine(line.row, line.cells)
        else:
            leader = _leader(ledger, line, names) if line.led else ""
            yield _result_row(line, run, leader, check=check, sending=sending)


def _leader(ledger: Ledger, line: Line, names: dict[int, str]) -> str:
    """Name the row that a led row shares its sending with."""
    key = line.leader or 0
    run_no = run_number(key)
    if run_no not in names:
        other = find(ledger, run_no)
        names[run_no] = f" of {other.source.name}" if other else ""
    return f"row {row_number(key)}{names[run_no]}"


def _result_row(
    line: Line, run: Run, leader: str, *, check: bool, sending: bool
) -> results.ResultRow:
    ready = check and line.outcome is None
    outcome, next_step = outcome_of(line.state, line.outcome, line.next_step)
    reason = line.reason
    if line.outcome is None and not ready:
        reason = _not_settled(line, outcome, sending=sending)
    if leader:
        reason = _shared(line, leader, reason)
    return results.ResultRow(
        row=line.row,
        cells=line.cells,
        success=None if ready else OUTCOMES[outcome].success,
        reference_id=line.reference_id,
        outcome=READY if ready else outcome,
        next_step="" if ready else next_step,
        reason=reason,
        repairs=line.repairs,
        warnings=line.warnings,
        http_status=line.http_status,
        attempts=line.attempts,
        sent_at=None if line.sent_at is None else _iso(int(line.sent_at)),
        run_id=run.run_id,
        notes=()
        if line.kind == "line"
        else notes_of(
            run.mapping.get("columns", {}),
            outcome=outcome,
            reason=reason,
            repairs=line.repairs,
            warnings=line.warnings,
            marks=line.marks,
            refused_fields=line.refused_fields,
        ),
    )


def _shared(line: Line, leader: str, reason: str) -> str:
    """Say whose sending a row shares, and with that row's reason why it did not simply go well."""
    if line.kind == "line":
        told = f"A further line of the order whose address is in {leader}"
    else:
        told = f"The same order and address as {leader}"
        told += "" if reason else ", so it is sent once"
    return f"{told}: {reason}" if reason else f"{told}."


def _not_settled(line: Line, outcome: Outcome, *, sending: bool) -> str:
    if sending:
        return "Its run is still sending; write the results again when it has ended."
    if outcome is Outcome.UNKNOWN:
        return (
            "The run ended before its answer was known, so the address may be stored; "
            "run the same command again."
        )
    return line.reason or "The run stopped before this row was sent; run the same command again."


@lru_cache(maxsize=16)  # rows that stand together were mostly sent in one second
def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
