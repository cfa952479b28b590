"""What a command ends with, read from the ledger: counts, exit code, and the JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.core.outcome import (
    READY,
    ExitCode,
    NextStep,
    Outcome,
    combined_exit_code,
    exit_code_of,
    needs_a_person,
    outcome_of,
)
from pipeline.core.sheet_findings import SheetFinding
from pipeline.ledger import Ledger
from pipeline.ledger.nights import newly_needs_a_person
from pipeline.ledger.rows import Ended, contradicts_another, outcome_counts
from pipeline.ledger.runs import Run

__all__ = ["SCHEMA", "FailOn", "SheetSummary", "Summary", "summarise"]

SCHEMA: Final = 1

FailOn = Literal["any", "new", "again"]
"""Whether a row that needs a person counts every time, or only when it is new; ``again``: never,
for only what is to be sent again does (of the demo, whose samples have rows to fix on purpose)."""


def _none_yet() -> dict[str, int]:
    return dict.fromkeys((str(outcome) for outcome in Outcome), 0)


@dataclass(frozen=True, slots=True)
class SheetSummary:
    """What became of one sheet. ``run_id`` is empty where it could not be read."""

    source: str
    run_id: str = ""
    source_sha256: str = ""
    rows: int = 0
    orders: int = 0
    outcomes: Mapping[str, int] = field(default_factory=_none_yet)
    order_outcomes: Mapping[str, int] = field(default_factory=_none_yet)
    to_fix: int = 0
    """Orders that need a person, each for a reason of its own."""
    held_back: int = 0
    """Orders that were not sent because the sheet looks damaged as a whole."""
    contradicts_another: bool = False
    """Another sheet of the same command has another address for an order of this one."""
    requests: int = 0
    retries: int = 0
    throttled: int = 0
    exit_code: ExitCode = ExitCode.OK
    results: str | None = None
    report: str | None = None
    findings: tuple[SheetFinding, ...] = ()
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the sheet's part of the JSON object."""
        return {
            "run_id": self.run_id,
            "source": self.source,
            "source_sha256": self.source_sha256,
            "rows": self.rows,
            "orders": self.orders,
            "outcomes": dict(self.outcomes),
            "results": self.results,
            "report": self.report,
            "findings": [
                {"rule": one.rule, "sentence": one.sentence, "rows": one.rows}
                for one in self.findings
            ],
            "exit_code": int(self.exit_code),
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of all sheets of one command."""

    target: str
    host: str
    sheets: tuple[SheetSummary, ...]
    started_at: float
    finished_at: float
    sending_seconds: float = 0.0
    sent_before: int = 0
    """Of the requests, those sent before a cut-off run was taken up."""
    stopped: ExitCode = ExitCode.OK
    error: str | None = None

    @property
    def exit_code(self) -> ExitCode:
        """The gravest of what occurred."""
        return combined_exit_code([self.stopped, *(sheet.exit_code for sheet in self.sheets)])

    @property
    def requests(self) -> int:
        """PUTs sent."""
        return sum(sheet.requests for sheet in self.sheets)

    def total(self, name: str) -> dict[str, int]:
        """Add up ``outcomes`` or ``order_outcomes`` over the sheets; every outcome is there."""
        counts = _none_yet()
        for sheet in self.sheets:
            for outcome, count in getattr(sheet, name).items():
                counts[outcome] = counts.get(outcome, 0) + count
        return counts

    @property
    def to_fix(self) -> int:
        """Orders that need a person, each for a reason of its own."""
        return sum(sheet.to_fix for sheet in self.sheets)

    @property
    def held_back(self) -> int:
        """Orders that were not sent because their sheet looks damaged as a whole."""
        return sum(sheet.held_back for sheet in self.sheets)

    def as_json(self) -> dict[str, Any]:
        """Give the one object that ``--json`` prints."""
        seconds = self.sending_seconds
        return {
            "schema": SCHEMA,
            "target": self.target,
            "host": self.host,
            "rows": sum(sheet.rows for sheet in self.sheets),
            "orders": sum(sheet.orders for sheet in self.sheets),
            "outcomes": self.total("outcomes"),
            "order_outcomes": self.total("order_outcomes"),
            "requests": self.requests,
            "retries": sum(sheet.retries for sheet in self.sheets),
            "throttled": sum(sheet.throttled for sheet in self.sheets),
            "rate_per_second": round((self.requests - self.sent_before) / seconds, 2)
            if seconds > 0
            else 0.0,
            "started_at": _iso(self.started_at),
            "finished_at": _iso(self.finished_at),
            "duration_seconds": round(max(0.0, self.finished_at - self.started_at), 3),
            "exit_code": int(self.exit_code),
            "runs": [sheet.as_json() for sheet in self.sheets],
            "error": self.error,
        }


def summarise(
    ledger: Ledger,
    run: Run,
    *,
    results: Path | None = None,
    error: str | None = None,
    stopped: ExitCode = ExitCode.OK,
    check: bool = False,
    accept_findings: bool = False,
    fail_on: FailOn = "any",
) -> SheetSummary:
    """Read what became of a run's rows; the counts always add up to its rows.

    ``stopped`` is what ended the command early; it counts for a sheet of which something is left
    to send. In a ``check`` what is pending is ``ready``, and only errors count, and findings about
    the sheet as a whole unless they are accepted. With ``fail_on`` new, rows that needed a person
    in the last run of a sheet of this name, for the same reason, do not count; with again, none do.
    """
    counts = outcome_counts(ledger, run.run_no)
    rows, orders = _as_shown(counts.rows, check=check), _as_shown(counts.orders, check=check)
    names = {name for name, _ in rows}
    code = exit_code_of(Outcome(name) for name in names if name != READY)
    if code is ExitCode.ROWS_TO_SEE_TO and not _counts(ledger, run, rows, fail_on):
        code = ExitCode.OK
    if names & {Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.FAILED}:
        code = combined_exit_code([code, stopped])
    if check and run.findings and not accept_findings:
        code = combined_exit_code([code, ExitCode.ROWS_TO_SEE_TO])
    return SheetSummary(
        source=run.source.path,
        run_id=run.run_id,
        source_sha256=run.source.sha256,
        rows=sum(rows.values()),
        orders=sum(orders.values()),
        outcomes=_by_outcome(rows, check=check),
        order_outcomes=_by_outcome(orders, check=check),
        to_fix=sum(
            count
            for (name, step), count in orders.items()
            if step and needs_a_person(step) and name != Outcome.NOT_SENT
        ),
        held_back=orders.get((Outcome.NOT_SENT, NextStep.FIX), 0),
        contradicts_another=Outcome.CONFLICT in names and contradicts_another(ledger, run.run_no),
        requests=run.requests,
        retries=run.retries,
        throttled=run.throttled,
        exit_code=code,
        results=str(results) if results else None,
        findings=run.findings,
        error=error,
    )


def _counts(
    ledger: Ledger, run: Run, rows: Mapping[tuple[str, NextStep | None], int], fail_on: FailOn
) -> bool:
    """Tell whether anything is to be sent again, or needs a person in a way that counts."""
    if fail_on == "any" or any(step is NextStep.SEND_AGAIN for _, step in rows):
        return True
    return fail_on == "new" and newly_needs_a_person(ledger, run) > 0


def _as_shown(found: Mapping[Ended, int], *, check: bool) -> dict[tuple[str, NextStep | None], int]:
    counts: dict[tuple[str, NextStep | None], int] = {}
    for (state, outcome, next_step), count in found.items():
        ready = check and outcome is None
        shown = (READY, None) if ready else outcome_of(state, outcome, next_step)
        counts[shown] = counts.get(shown, 0) + count
    return counts


def _by_outcome(
    counts: Mapping[tuple[str, NextStep | None], int], *, check: bool
) -> dict[str, int]:
    by_outcome = ({READY: 0} if check else {}) | _none_yet()
    for (outcome, _), count in counts.items():
        by_outcome[outcome] += count
    return by_outcome


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
