"""The whole of a command over one or more sheets: take them, plan once, send, finish.

Parts are handed in; what a person sees or answers is the caller's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from pipeline.core.clock import Clock
from pipeline.core.errors import CredentialsRefused, Interrupted, PipelineError, StoppedEarly
from pipeline.core.events import SILENT, Observer, Progress, SendingBegun
from pipeline.core.outcome import ExitCode, Outcome
from pipeline.core.reply import Decision, judge
from pipeline.job.finish import ResultsOptions, Written, write_results
from pipeline.job.milestones import planned, run_ended
from pipeline.job.plan import Plan, PlanOptions, make_plan, plan_of_the_rest
from pipeline.job.summary import SheetSummary, Summary, summarise
from pipeline.job.taking import Taking
from pipeline.ledger import Ledger, runs
from pipeline.ledger.claims import Claims
from pipeline.ledger.cut_off import carry_on, count_retries
from pipeline.ledger.rivals import commands_beside
from pipeline.ledger.runs import Run, RunFacts

if TYPE_CHECKING:  # a check sends nothing, so it need not wait for the HTTP library
    from pipeline.job.send import Sending, SendOptions
    from pipeline.sending import ApiClient, Gate

__all__ = ["Apply", "check_keys"]


_LEFT: Final = (Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.FAILED)
"""What a run that stopped early may go on with."""


class Apply:
    """One command at work on the sheets that it has taken: call the verbs in their order."""

    def __init__(
        self,
        ledger: Ledger,
        sheets: Taking,
        facts: RunFacts,
        clock: Clock,
        observer: Observer = SILENT,
    ) -> None:
        self._ledger = ledger
        self._sheets = sheets
        self._facts = facts
        self._clock = clock
        self._observer = observer
        self._started_at = clock.time()
        self._sending_seconds = 0.0
        self._sent_before = 0
        self._sending: Sending | None = None
        self._interrupted: Interrupted | None = None
        self._stopping = asyncio.Event()

    def plan(self, options: PlanOptions) -> Plan:
        """Say what would be sent, over all sheets; of a run that goes on, what is left of it."""
        if self._sheets.continued:
            plan = plan_of_the_rest(self._ledger, self._sheets.runs())
        else:
            plan = make_plan(self._ledger, self._sheets.runs(), options)
        planned(self._observer, plan, self._sheets.failed)
        return plan

    async def send(
        self,
        client: ApiClient,
        gate: Gate,
        options: SendOptions,
        *,
        target_no: int,
        total: int,
        approved: str,
        on_progress: Callable[[Progress], None],
    ) -> PipelineError | None:
        """Send what the plan left pending; gives what stopped it early, or ``None``."""
        from pipeline.job.send import Sending

        total = self._begin_to_send(total, approved)
        if total == 0:
            return None
        self._observer(SendingBegun(total))
        if (stopped := await self._before_the_first(client)) is not None:
            return stopped
        claims = Claims(
            self._ledger,
            self._sheets.run_nos,
            target_no,
            linger_seconds=options.retry.linger_seconds,
            alive=lambda run_no: runs.is_alive(self._ledger, run_no),
        )
        self._sending = Sending(
            claims,
            client,
            gate,
            self._clock,
            options,
            total=total,
            on_progress=on_progress,
            beside=lambda: commands_beside(
                self._ledger,
                target_no,
                self._sheets.run_nos,
                lambda run_no: runs.is_alive(self._ledger, run_no),
            ),
        )
        self._sending.tell_to(self._observer)
        begun = self._clock.monotonic()
        try:
            return await self._sending.run()
        finally:
            self._sending_seconds = self._clock.monotonic() - begun

    def _begin_to_send(self, total: int, approved: str) -> int:
        """From here on something may be sent; gives how many orders are to be."""
        now = self._clock.time()
        if not self._sheets.continued:
            return total + runs.mark_sending(self._ledger, self._sheets.run_nos, now, approved)
        self._sent_before = sum(run.requests for run in self._sheets.runs())
        paths = [str(staged.path.absolute()) for staged in self._sheets.staged]
        return carry_on(self._ledger, self._sheets.continued, now, approved, paths)

    async def _before_the_first(self, client: ApiClient) -> PipelineError | None:
        """Try the keys; an interrupt meanwhile need not wait for that answer."""
        trying = asyncio.create_task(check_keys(client))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({trying, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if self._interrupted is None:
            return await trying
        trying.cancel()
        return self._interrupted

    def interrupt(self, error: Interrupted) -> None:
        """Stop politely: what is on its way is awaited; a second call does not wait."""
        self._interrupted = error
        self._stopping.set()
        if self._sending is not None:
            self._sending.interrupt(error)

    def finish(
        self, options: ResultsOptions, stopped: PipelineError | None, *, write: bool = True
    ) -> tuple[Summary, list[Written]]:
        """Write the results sheets and sum up; with ``write`` off they are for a later command."""
        code = stopped.exit_code if stopped else ExitCode.OK
        error = str(stopped) if stopped else None
        if self._sheets.continued:
            with suppress(StoppedEarly):  # a full disk must not hide why the run stopped
                count_retries(self._ledger, self._sheets.run_nos)
        sheets: list[SheetSummary] = []
        written: list[Written] = []
        for run in self._sheets.runs():
            summary = summarise(
                self._ledger,
                run,
                error=error,
                stopped=code,
                check=options.check,
                accept_findings=options.accept_findings,
                fail_on=options.fail_on,
            )
            left = sum(summary.outcomes[name] for name in _LEFT)
            told = run if options.check else self._sum_up(run, summary, error if left else None)
            landed = write_results(self._ledger, told, summary, options) if write else Written(None)
            written.append(landed)
            sheets.append(landed.told_in(summary))
            if not options.check:
                with suppress(StoppedEarly):  # as above
                    runs.end(self._ledger, run.run_no, finished=left == 0 or error is None)
                run_ended(self._observer, run.run_no, summary, landed)
        return self._summary(sheets, code, error), written

    def _sum_up(self, run: Run, summary: SheetSummary, error: str | None) -> Run:
        """Write down how the run ended, for its results tell of it; gives the run as told."""
        with suppress(StoppedEarly):  # a full disk must not hide why the run stopped
            runs.sum_up(
                self._ledger,
                run.run_no,
                exit_code=summary.exit_code,
                error=error,
                now=self._clock.time(),
            )
        return runs.find(self._ledger, run.run_no) or run

    def _summary(
        self, sheets: Sequence[SheetSummary], code: ExitCode, error: str | None
    ) -> Summary:
        unread = [
            SheetSummary(
                str(failed.path.absolute()),
                exit_code=failed.error.exit_code,
                error=str(failed.error),
            )
            for failed in self._sheets.failed
        ]
        sentences = [str(failed.error) for failed in self._sheets.failed]
        if error is not None:
            sentences.insert(0, error)
        return Summary(
            target=self._facts.target_kind,
            host=self._facts.host,
            sheets=(*sheets, *unread),
            started_at=self._started_at,
            finished_at=self._clock.time(),
            sending_seconds=self._sending_seconds,
            sent_before=self._sent_before,
            stopped=code,
            error=" ".join(sentences) or None,
        )


async def check_keys(client: ApiClient) -> CredentialsRefused | None:
    """Ask whether the keys are taken, before the first PUT. Only a plain no counts: the call
    itself may be missing on a host.
    """
    verdict = judge(await client.test_credentials())
    if verdict.decision is not Decision.STOP_KEYS:
        return None
    return CredentialsRefused(
        f"FinerWorks did not take the two keys (HTTP {verdict.http_status}), so nothing was sent; "
        "check FINERWORKS_WEB_API_KEY and FINERWORKS_APP_KEY, then run the same command again."
    )
