"""PLAN: passes over the staged rows that say what would be sent, and why the rest would not.

Nothing here talks to the network. After the plan the ledger knows of every row whether it is
pending, led by another row, or settled already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pipeline.core.duplicates import Decided, Label, Policy, decide
from pipeline.core.outcome import NextStep, Outcome, needs_a_person
from pipeline.core.sheet_findings import ABOUT_SOUND_ROWS, SheetFinding
from pipeline.ledger import Ledger
from pipeline.ledger.cut_off import left_of
from pipeline.ledger.origins import unknown_runs
from pipeline.ledger.planning import (
    Told,
    any_pending,
    apply_decisions,
    hold_back,
    known_orders,
    lead_the_led,
    mark_superseded,
    mark_unchanged,
    mark_unedited,
    puts_back,
    shared_orders,
    tell,
    warn_rows,
)
from pipeline.ledger.returned_lines import lead_as_before, tell_lone_lines
from pipeline.ledger.rows import outcome_counts, row_number, run_number
from pipeline.ledger.runs import Run, keep_findings

__all__ = ["Plan", "PlanOptions", "SheetPlan", "make_plan", "plan_of_the_rest"]

CHUNK: Final = 2000


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the user decided beforehand.

    ``target_no`` is ``None`` where target and keys are not known: earlier runs are then not looked
    at. ``stop_on_findings``: nobody is there to be asked, so nothing is sent of a sheet that looks
    damaged as a whole.
    """

    duplicates: Policy = "refuse"
    resend: bool = False
    target_no: int | None = None
    stop_on_findings: bool = False


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What would become of one sheet; orders are counted, each once.

    ``known_orders``: of a sheet that names orders by PO numbers, those with an order id.
    ``doubted``: of a cut-off run that goes on, those to send of which an earlier try may have
    arrived. ``unknown_runs``: of a results sheet, how many rows name a run that the ledger does not
    know, by its id.
    """

    run: Run
    rows: int
    orders: int
    known_orders: int
    to_send: int
    unchanged: int
    superseded: int
    held_back: int
    to_fix: int
    told: Told
    puts_back: Mapping[str, Sequence[int]] = field(default_factory=dict)
    doubted: int = 0
    unknown_runs: Mapping[str, int] = field(default_factory=dict)

    @property
    def line_rows(self) -> int:
        """Rows beyond the first of their order."""
        return self.rows - self.orders


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become of all sheets of one command.

    ``continued``: their run was cut off, and this is what is left of it.
    """

    sheets: tuple[SheetPlan, ...]
    looked_back: bool
    continued: bool = False

    @property
    def findings(self) -> list[SheetFinding]:
        """What looks wrong in the sheets as a whole."""
        return [finding for sheet in self.sheets for finding in sheet.run.findings]

    @property
    def to_send(self) -> int:
        """Orders that would be sent."""
        return sum(sheet.to_send for sheet in self.sheets)


def make_plan(ledger: Ledger, runs: Sequence[Run], options: PlanOptions) -> Plan:
    """Decide about duplicates, and about what earlier runs confirmed or replaced."""
    run_nos = [run.run_no for run in runs]
    of_results = [run.run_no for run in runs if run.mapping.get("of_results")]
    if options.target_no is not None and not options.resend:
        for run_no in of_results:
            mark_unedited(ledger, run_no, options.target_no)
    _decide_shared(ledger, runs, options)
    for run_no in of_results:
        lead_as_before(ledger, run_no)
    lead_the_led(ledger, run_nos)
    for run_no in of_results:
        tell_lone_lines(ledger, run_no)
    put_back: dict[int, dict[str, list[int]]] = {}
    if options.target_no is not None:
        for run in runs:
            if not options.resend:
                _look_back(ledger, run, options.target_no)
            put_back[run.run_no] = puts_back(ledger, run.run_no, options.target_no)
    runs = [_with_live_findings(ledger, run) for run in runs]
    for run in runs:
        warn_rows(ledger, run.run_no, run.findings)
    if options.stop_on_findings:
        hold_back(ledger, {run.run_no: _held_back(run) for run in runs if run.findings})
    return Plan(
        tuple(_sheet_plan(ledger, run, put_back.get(run.run_no, {})) for run in runs),
        looked_back=options.target_no is not None and not options.resend,
    )


def plan_of_the_rest(ledger: Ledger, runs: Sequence[Run]) -> Plan:
    """Say what is left of cut-off runs; what was decided about their rows stays decided."""
    sheets = []
    for run in runs:
        left = left_of(ledger, run)
        whole = _sheet_plan(ledger, run, {})
        sheets.append(
            replace(
                whole,
                to_send=left.to_send,
                superseded=whole.superseded + left.overtaken,
                doubted=left.doubted,
            )
        )
    return Plan(tuple(sheets), looked_back=True, continued=True)


def _with_live_findings(ledger: Ledger, run: Run) -> Run:
    """Drop what was found about rows of which none is to be sent: it was accepted before.

    So a sheet that grows night by night is not held back for ever by what is confirmed already.
    """
    live = tuple(
        one
        for one in run.findings
        if one.rule not in ABOUT_SOUND_ROWS
        or one.cut
        or any_pending(ledger, run.run_no, one.ranges)
    )
    if live == run.findings:
        return run
    keep_findings(ledger, run.run_no, live)
    return replace(run, findings=live)


def _held_back(run: Run) -> str:
    first = run.findings[0].sentence.removesuffix(".")
    return (
        f"Nothing of the sheet was sent: {first[0].lower()}{first[1:]}, or send it as it is with "
        "--accept-findings."
    )


def _look_back(ledger: Ledger, run: Run, target_no: int) -> None:
    mark_unchanged(ledger, run.run_no, target_no)
    mark_superseded(
        ledger,
        run.run_no,
        target_no,
        source_sha256=run.source.sha256,
        modified_at=run.source.modified_at,
    )


def _decide_shared(ledger: Ledger, runs: Sequence[Run], options: PlanOptions) -> None:
    """Decide about orders that several rows name. Sorted by SQLite, so memory stays flat."""
    label = _labeller(runs)
    # The rows come from a sorter that has read them all, so what is written meanwhile is not seen.
    decided: list[Decided] = []
    run_nos = [run.run_no for run in runs]
    for members in shared_orders(ledger, run_nos, resend=options.resend):
        decided += decide(members, options.duplicates, label)
        if len(decided) >= CHUNK:
            apply_decisions(ledger, decided)
            decided = []
    apply_decisions(ledger, decided)


def _labeller(runs: Sequence[Run]) -> Label:
    """Name a row by its number, and by its sheet where the reader is in another one."""
    names = {run.run_no: run.source.name for run in runs}

    def label(key: int, reader: int) -> str:
        row = f"row {row_number(key)}"
        if run_number(key) == run_number(reader):
            return row
        return f"{row} of {names[run_number(key)]}"

    return label


def _sheet_plan(ledger: Ledger, run: Run, put_back: Mapping[str, Sequence[int]]) -> SheetPlan:
    rows, orders = outcome_counts(ledger, run.run_no)
    by_po = "order_id" not in run.mapping.get("fields", {})

    def count(outcome: Outcome) -> int:
        return sum(n for (_, found, _), n in orders.items() if found is outcome)

    return SheetPlan(
        run=run,
        rows=sum(rows.values()),
        orders=sum(orders.values()),
        known_orders=known_orders(ledger, run.run_no) if by_po else 0,
        to_send=sum(n for (state, _, _), n in orders.items() if state in ("pending", "claimed")),
        unchanged=count(Outcome.UNCHANGED),
        superseded=count(Outcome.SUPERSEDED),
        held_back=count(Outcome.NOT_SENT),
        to_fix=sum(
            n
            for (_, outcome, step), n in orders.items()
            if _waits_for_someone(step) and outcome is not Outcome.NOT_SENT
        ),
        told=tell(ledger, run.run_no),
        puts_back=put_back,
        unknown_runs=unknown_runs(ledger, run.run_no) if run.mapping.get("of_results") else {},
    )


def _waits_for_someone(step: NextStep | None) -> bool:
    return step is not None and needs_a_person(step)
