"""``apply``: read, check, show the plan, ask, send, write the results."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import datetime
from textwrap import wrap
from typing import Final, Protocol

from pipeline import wiring
from pipeline.cli.flags import Asked
from pipeline.cli.loop import run_in_loop
from pipeline.cli.observed import observed
from pipeline.cli.progress import ProgressLine
from pipeline.cli.session import Session
from pipeline.cli.showing import (
    Again,
    described_lines,
    finding_lines,
    head_line,
    missing_lines,
    plan_lines,
)
from pipeline.cli.signals import breakable, deaf, interrupted, polite
from pipeline.cli.summing_up import summary_lines
from pipeline.core.errors import Interrupted, PipelineError
from pipeline.core.target import Target
from pipeline.delivery import Delivery, delivering, missing_columns, refuse_to_clear
from pipeline.job.continuing import Wish
from pipeline.job.finish import ResultsOptions, Written
from pipeline.job.plan import Plan
from pipeline.job.summary import Summary
from pipeline.ledger import Ledger
from pipeline.ledger.runs import Run

__all__ = ["Command", "Demand", "apply_sheets", "run_apply", "still_right"]

ASK_FOR_THE_COUNT: Final = 50
"""A live run over so many orders asks to type how many there are."""
RESULTS_WHEN_INTERRUPTED: Final = 10_000
"""Over so many rows an interrupted run leaves its results to the next one."""


class Demand(Protocol):
    """What somebody who is not there any more demands of the plan before anything is sent."""

    words: str
    """How it was approved, for the ledger."""
    goes_on_with: str
    """Only a cut-off run that was approved in these words goes on; empty: any."""

    def refuse(self, job: Delivery, plan: Plan) -> None:
        """Raise where the plan is not the one that was approved."""


def run_apply(asked: Asked) -> Summary:
    """Carry out one ``apply`` and show what became of it."""
    session = Session(asked)
    target = session.target()
    with observed(session, target) as watched:
        summary = apply_sheets(session, target)
        watched.ended(summary)
    return summary


def apply_sheets(session: Session, target: Target, demand: Demand | None = None) -> Summary:
    """Do what :func:`run_apply` does, but for telling machines of it.

    Where there is a ``demand`` nobody is asked, and nothing is sent of a plan that it refuses.
    """
    asked = session.asked
    wiring.rate_for(session.loaded, target)
    keys = session.keys(target)
    paths = session.sheets()
    options = session.sheet_options()
    with (
        Ledger(wiring.state_folder(session.config)) as ledger,
        delivering(ledger, session.loaded, target, keys, options) as job,
    ):

        def begin() -> None:
            accepts = session.interactive or asked.accept_findings
            words = demand.goes_on_with if demand else ""
            wish = Wish(asked.resend, accepts, lambda run: still_right(session, run), words)
            job.sheets.take(paths, session.open_sheet, wish)

        return Command(session, job, demand).run(begin)


def still_right(session: Session, run: Run) -> bool:
    """Ask about a run begun over a day ago; unattended nobody can say that it is right."""
    if not session.interactive:
        return False
    begun = datetime.fromtimestamp(run.begun_at).astimezone()
    answer = session.screen.ask(
        f"Run {run.run_id} of {run.source.name} was cut off; it was begun {begun:%Y-%m-%d %H:%M}.\n"
        "Are its addresses still right, and shall it go on? [y/N] "
    )
    return answer.lower() in ("y", "yes")


class Command:
    """The steps of one ``apply`` or ``resume``, as a person sees them."""

    def __init__(self, session: Session, job: Delivery, demand: Demand | None = None) -> None:
        self._session = session
        self._demand = demand
        self._screen = session.screen
        self._job = job
        self._sheets = job.sheets
        self._apply = job.apply
        self._target = job.target

    def run(self, begin: Callable[[], None]) -> Summary:
        """Begin, plan, ask, send, finish; raises where it ends before anything was sent."""
        session = self._session
        try:
            begin()
            results = session.results_options(check=False)
            plan = self._job.plan(
                resend=session.asked.resend,
                stop_on_findings=not (session.interactive or session.asked.accept_findings),
            )
            approved = self._approve(plan) if self._sheets.staged else ""
        except KeyboardInterrupt as stop:
            raise interrupted(stop, "Stopped before anything was sent.") from None
        # From here on something may be sent, so a signal no longer means that nothing was.
        with deaf():
            stopped = None
            if approved:
                stopped = run_in_loop(lambda: self._send(plan, approved))
            summary, written, stopped = self._finish(results, stopped, plan)
            self._tell(summary, written, stopped)
        return summary

    def _tell(
        self, summary: Summary, written: list[Written], stopped: PipelineError | None
    ) -> None:
        session = self._session
        self._screen.warn([one.note for one in written if one.note])
        if stopped is not None:
            self._screen.fail(str(stopped))
        self._say_failed()
        self._screen.give_json(summary.as_json())
        if self._sheets.staged:
            asked = session.asked
            again = Again(
                asked.target_flag,
                asked.ids,
                asked.said,
                resend=asked.resend,
                place=asked.place,
                resumed=None if asked.sheets else self._sheets.continued[0],
            )
            self._screen.sum_up(summary_lines(summary, written, again, datetime.now().astimezone()))

    def _finish(
        self, results: ResultsOptions, stopped: PipelineError | None, plan: Plan
    ) -> tuple[Summary, list[Written], PipelineError | None]:
        """Write the results; a signal meanwhile leaves them to a later command."""
        try:
            write = self._writes(stopped, plan)
            with breakable():
                return *self._apply.finish(results, stopped, write=write), stopped
        except KeyboardInterrupt as stop:
            ids = [sheet.run.run_id for sheet in plan.sheets]
            later = " and ".join(f"address-pipeline results {run_id}" for run_id in ids)
            words = f"Stopped while the results were written; write them with {later}."
            stopped = stopped or interrupted(stop, words)
            return *self._apply.finish(results, stopped, write=False), stopped

    def _say_failed(self) -> None:
        for failed in self._sheets.failed:
            self._screen.fail(str(failed.error))

    @staticmethod
    def _writes(stopped: PipelineError | None, plan: Plan) -> bool:
        rows = sum(sheet.rows for sheet in plan.sheets)
        return not (isinstance(stopped, Interrupted) and rows > RESULTS_WHEN_INTERRUPTED)

    # -- approval -----------------------------------------------------------------------------

    def _approve(self, plan: Plan) -> str:
        """Show the plan and ask; gives how it was approved, or raises."""
        session, screen = self._session, self._screen
        now = datetime.now().astimezone()
        known = wiring.known_rate(self._job.ledger, self._job.target_no)
        pace = wiring.pace_options(session.loaded, self._target, known).outlook
        screen.tell([head_line(plan, self._target, wiring.host_of(self._target)), ""])
        screen.tell([line for why in self._sheets.why_not for line in (*wrap(why, 78), "")])
        if plan.findings:
            asked = session.interactive or session.asked.accept_findings or plan.continued
            for sheet in plan.sheets:
                name = sheet.run.source.name if len(plan.sheets) > 1 else ""
                lines = finding_lines(sheet.run.findings, held_back=not asked, name=name)
                screen.warn([*lines, ""] if lines else [])
        screen.tell(plan_lines(plan, self._target, pace, now))
        for staged in self._sheets.staged:
            name = staged.path.name if len(self._sheets.staged) > 1 else ""
            verbose = session.asked.verbose
            lines = described_lines(staged, verbose=verbose, missing=False)
            screen.tell(["", *([f"  {name}"] if name else []), *lines])
        clearing = self._missing()
        if self._demand is not None:
            self._demand.refuse(self._job, plan)
            return self._demand.words
        if not session.interactive:
            return "--yes" if session.asked.yes else "unattended"
        if plan.to_send == 0:
            return "nothing to send"
        doubted = bool(plan.findings) and not session.asked.accept_findings
        return self._ask(plan.to_send, clearing=clearing, doubted=doubted)

    def _missing(self) -> bool:
        """Absent columns clear what is stored: a person must have meant that."""
        absent = missing_columns(self._sheets)
        if not absent:
            return False
        lines = missing_lines(absent)
        line = " ".join(lines)
        asked = self._session.config.sheet.missing == "ask"
        # Who said that it is meant need not be warned of it every night.
        (self._screen.warn if asked else self._screen.tell)(f"  {each}" for each in lines)
        anew = any(one.mapping is not None for one in self._sheets.staged)
        if asked and anew and not self._session.interactive and not self._target.loopback:
            raise refuse_to_clear(line)
        return asked

    def _ask(self, orders: int, *, clearing: bool, doubted: bool) -> str:
        by_count = self._target.kind == "live" and orders > ASK_FOR_THE_COUNT
        what = f"Send {'it' if orders == 1 else 'them'}"
        what += " although the sheet looks damaged" if doubted else ""
        what += ", and clear what the absent columns hold" if clearing else ""
        start = "send them although the sheet looks damaged" if doubted else "start"
        question = (
            f"\nType {orders} to {start} (Enter stops): " if by_count else f"\n{what}? [y/N] "
        )
        answer = self._screen.ask(question).replace(",", "")
        if answer == str(orders) or (not by_count and answer.lower() in ("y", "yes")):
            return f"typed {answer}"
        raise interrupted(signal.SIGINT, "Nothing was sent.")

    # -- sending ------------------------------------------------------------------------------

    async def _send(self, plan: Plan, approved: str) -> PipelineError | None:
        quiet = self._screen.quiet
        show = ProgressLine(live=self._screen.terminal and not quiet)
        try:
            with polite(self._interrupt):
                return await self._job.send(plan, approved, (lambda _: None) if quiet else show)
        finally:
            show.close()

    def _interrupt(self, number: int) -> None:
        words = "Stopped on request; run the same command again to go on."
        if self._session.asked.resend:  # that would send everything once more
            words = "Stopped on request; address-pipeline resume goes on."
        self._apply.interrupt(interrupted(number, words))
