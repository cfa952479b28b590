"""The whole of a command over one or more sheets: stage all, plan once, send, finish.

Every sheet is staged before the first PUT, so that different addresses for one order are found
across sheets too. Parts are handed in; what a person sees or answers is the caller's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.checking import RowChecker
from pipeline.core.clock import Clock
from pipeline.core.errors import (
    CredentialsRefused,
    Interrupted,
    PipelineError,
    SheetError,
    StoppedEarly,
)
from pipeline.core.events import Progress
from pipeline.core.mapping import SheetMapping
from pipeline.core.outcome import ExitCode
from pipeline.core.reply import Decision, judge
from pipeline.core.sheet_findings import EVERY_FINDING, Watching
from pipeline.job.choosing import SheetOptions, choose, hidden_headings
from pipeline.job.finish import ResultsOptions, Written, write_results
from pipeline.job.plan import Plan, PlanOptions, make_plan
from pipeline.job.staging import Staging
from pipeline.job.summary import SheetSummary, Summary, summarise
from pipeline.ledger import Ledger, Lock, lock_for_sheet, runs
from pipeline.ledger.claims import Claims
from pipeline.ledger.planning import is_edited
from pipeline.ledger.rivals import commands_beside
from pipeline.ledger.runs import Begun, Run, RunFacts, Source
from pipeline.sheets import Sheet

if TYPE_CHECKING:  # a check sends nothing, so it need not wait for the HTTP library
    from pipeline.job.send import Sending, SendOptions
    from pipeline.sending import ApiClient, Gate

__all__ = ["Apply", "Failed", "Staged", "check_keys"]


@dataclass(frozen=True, slots=True)
class Staged:
    """A sheet that lies in the ledger, and the locks that say we work on it.

    ``hidden``: the headings of columns that are read although the sheet hides them.
    """

    path: Path
    begun: Begun
    mapping: SheetMapping
    encoding: str | None = None
    hidden: tuple[str, ...] = ()
    sheet_lock: Lock | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """A sheet that could not be staged; nothing of it is sent."""

    path: Path
    error: PipelineError


class Apply:
    """One command at work. Call :meth:`stage` for each sheet, then the verbs in their order.

    ``watching``: which findings about a sheet as a whole are looked for.
    ``lock_sheets`` is off for a check, which keeps nothing and disturbs nobody.
    """

    def __init__(
        self,
        ledger: Ledger,
        checker: RowChecker,
        sheet_options: SheetOptions,
        facts: RunFacts,
        clock: Clock,
        *,
        watching: Watching = EVERY_FINDING,
        lock_sheets: bool = True,
    ) -> None:
        self.ledger = self._ledger = ledger
        self._checker = checker
        self._sheet_options = sheet_options
        self._facts = facts
        self._clock = clock
        self._watching = watching
        self._lock_sheets = lock_sheets
        self._started_at = clock.time()
        self._sending_seconds = 0.0
        self.staged: list[Staged] = []
        self.failed: list[Failed] = []
        self._sending: Sending | None = None
        self._interrupted: Interrupted | None = None
        self._stopping = asyncio.Event()

    def stage(self, path: Path, open_sheet: Callable[[Path], Sheet]) -> None:
        """Stage one sheet; where that cannot be done it is kept as :class:`Failed`."""
        lock: Lock | None = None
        try:
            _check_name(path)
            if self._lock_sheets:
                lock = lock_for_sheet(self._ledger.folder, path)
            with open_sheet(path) as sheet:
                self.staged.append(self._stage(path, sheet, lock))
        except PipelineError as error:
            if lock is not None:
                lock.release()
            self.failed.append(Failed(path, error))

    def _stage(self, path: Path, sheet: Sheet, lock: Lock | None) -> Staged:
        chosen = choose(sheet, self._sheet_options)
        info = sheet.info
        source = Source(
            path=str(path.absolute()),
            sha256=info.sha256,
            size_bytes=info.size_bytes,
            modified_at=info.modified_ns / 1e9,
            kind=info.kind,
            delimiter=info.delimiter,
            worksheet=chosen.worksheet,
        )
        kept = {"fields": _headings_of(chosen.mapping), "platform": chosen.mapping.platform}
        begun = runs.begin(self._ledger, self._facts, source, kept, self._clock.time())
        try:
            staging = Staging(
                self._ledger,
                begun.run_no,
                chosen,
                self._checker,
                self._sheet_options.ids,
                partial(is_edited, self._ledger),
            )
            staging.run(sheet, chosen.worksheet)
            findings = staging.findings(self._watching)
            runs.mark_staged(
                self._ledger,
                begun.run_no,
                width=staging.width,
                widths=staging.widths,
                findings=findings,
            )
        except BaseException:
            with suppress(StoppedEarly):  # what cannot be forgotten now is swept next time
                runs.discard(self._ledger, begun.run_no)
            begun.lock.release(remove=True)
            raise
        return Staged(
            path, begun, chosen.mapping, info.encoding, hidden_headings(sheet, chosen), lock
        )

    @property
    def run_nos(self) -> list[int]:
        """The runs of the staged sheets, oldest first."""
        return [staged.begun.run_no for staged in self.staged]

    def runs(self) -> list[Run]:
        """Read the staged runs as the ledger tells them now."""
        found = (runs.find(self._ledger, number) for number in self.run_nos)
        return [run for run in found if run is not None]

    def plan(self, options: PlanOptions) -> Plan:
        """Say what would be sent, over all staged sheets."""
        return make_plan(self._ledger, self.runs(), options)

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

        total += runs.mark_sending(self._ledger, self.run_nos, self._clock.time(), approved)
        if total == 0:
            return None
        if (stopped := await self._before_the_first(client)) is not None:
            return stopped
        claims = Claims(
            self._ledger,
            self.run_nos,
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
                self.run_nos,
                lambda run_no: runs.is_alive(self._ledger, run_no),
            ),
        )
        begun = self._clock.monotonic()
        try:
            return await self._sending.run()
        finally:
            self._sending_seconds = self._clock.monotonic() - begun

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
        sheets: list[SheetSummary] = []
        written: list[Written] = []
        for run in self.runs():
            landed = write_results(self._ledger, run, options) if write else Written(None)
            written.append(landed)
            summary = summarise(
                self._ledger,
                run,
                results=landed.path,
                error=error,
                stopped=code,
                check=options.check,
                accept_findings=options.accept_findings,
            )
            sheets.append(summary)
            if not options.check:
                self._end(run, summary, error)
        return self._summary(sheets, code, error), written

    def _end(self, run: Run, summary: SheetSummary, error: str | None) -> None:
        left = summary.outcomes["not_sent"] + summary.outcomes["unknown"]
        with suppress(StoppedEarly):  # a full disk must not hide why the run stopped
            runs.end(
                self._ledger,
                run.run_no,
                exit_code=summary.exit_code,
                error=error if left else None,
                finished=left == 0 or error is None,
                now=self._clock.time(),
            )

    def _summary(
        self, sheets: Sequence[SheetSummary], code: ExitCode, error: str | None
    ) -> Summary:
        unread = [
            SheetSummary(
                str(failed.path.absolute()),
                exit_code=failed.error.exit_code,
                error=str(failed.error),
            )
            for failed in self.failed
        ]
        sentences = [str(failed.error) for failed in self.failed]
        if error is not None:
            sentences.insert(0, error)
        return Summary(
            target=self._facts.target_kind,
            host=self._facts.host,
            sheets=(*sheets, *unread),
            started_at=self._started_at,
            finished_at=self._clock.time(),
            sending_seconds=self._sending_seconds,
            stopped=code,
            error=" ".join(sentences) or None,
        )

    def discard(self) -> None:
        """Forget what was staged: nothing of it was sent."""
        with suppress(StoppedEarly):  # what cannot be forgotten now is swept next time
            for staged in self.staged:
                runs.discard(self._ledger, staged.begun.run_no)
        self.close()
        self.staged.clear()

    def close(self) -> None:
        """Give the locks back."""
        for staged in self.staged:
            staged.begun.lock.release(remove=True)
            if staged.sheet_lock is not None:
                staged.sheet_lock.release()


def _check_name(path: Path) -> None:
    """A name that is no text cannot be written down, shown, or found again by a person."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        raise SheetError(
            f"{path.name!a}: the name of this file or its folder is not readable text; rename it."
        ) from None


def _headings_of(mapping: SheetMapping) -> Mapping[str, str]:
    return {field: mapping.headings[index] for field, index in mapping.fields.items()}


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
