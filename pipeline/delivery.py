"""The one door to the job: from sheets or a cut-off run to what became of every row.

The command and the library both go through here, so their promises are the same. What a person is
shown or asked is the caller's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline import wiring
from pipeline.config import Keys, Loaded
from pipeline.core.errors import (
    ConfigError,
    CredentialsRefused,
    Interrupted,
    PipelineError,
    StoppedEarly,
)
from pipeline.core.events import Observer, Progress, Purged
from pipeline.core.order_ids import OrderIds
from pipeline.core.target import Target
from pipeline.job.apply import Apply
from pipeline.job.choosing import SheetOptions, read_order_ids
from pipeline.job.finish import Written
from pipeline.job.plan import Plan, PlanOptions
from pipeline.job.taking import Taking
from pipeline.ledger import Ledger, runs
from pipeline.ledger.origins import keep_previews
from pipeline.ledger.scratch import scratch_folder

__all__ = [
    "Check",
    "Delivery",
    "checking",
    "delivering",
    "missing_columns",
    "probe",
    "reachable",
    "refuse_made_up",
    "refuse_to_clear",
    "sheet_options",
]


@dataclass(slots=True)
class Delivery:
    """One command or call at work on an open ledger: take the ``sheets``, then the verbs."""

    ledger: Ledger
    sheets: Taking
    apply: Apply
    loaded: Loaded
    target: Target
    target_no: int
    keys: Keys = field(repr=False)
    observer: Observer
    cancelled: bool = False
    """The task that waited for :meth:`send` was cancelled; what was in flight is settled."""

    def plan(self, *, resend: bool, stop_on_findings: bool) -> Plan:
        """Say what would be sent; what the ledger has kept long enough goes first."""
        purged = wiring.purge(self.ledger, self.loaded.config, self.sheets.run_nos)
        if purged:
            self.observer(Purged(purged))
        return self.apply.plan(
            PlanOptions(
                duplicates=self.loaded.config.sheet.duplicates,
                resend=resend,
                target_no=self.target_no,
                stop_on_findings=stop_on_findings,
            )
        )

    async def send(
        self, plan: Plan, approved: str, on_progress: Callable[[Progress], None]
    ) -> PipelineError | None:
        """Send what the plan left pending; gives what stopped it early, or ``None``.

        Where the waiting task is cancelled nothing more is sent and answers on their way are
        awaited for a few seconds; a second time they are not. The caller then finishes the run and
        looks at :attr:`cancelled`.
        """
        sending = asyncio.create_task(self._send(plan.to_send, approved, on_progress))
        while True:
            try:
                return await asyncio.shield(sending)
            except asyncio.CancelledError:
                if sending.done():  # the loop itself is ending, and took the sending along
                    raise
                self.cancelled = True
                self.apply.interrupt(Interrupted("Cancelled; the same call goes on."))

    async def _send(
        self, total: int, approved: str, on_progress: Callable[[Progress], None]
    ) -> PipelineError | None:
        from pipeline.sending import ApiClient  # a check need not wait for the HTTP library

        loaded, target = self.loaded, self.target
        known = wiring.known_rate(self.ledger, self.target_no)
        async with reachable(target) as reached:
            gate = wiring.gate_for(loaded, reached, wiring.SystemClock(), known)
            options = wiring.client_options(loaded.config, reached, self.keys)
            async with ApiClient(options) as client:
                try:
                    return await self.apply.send(
                        client,
                        gate,
                        wiring.send_options(loaded.config),
                        target_no=self.target_no,
                        total=total,
                        approved=approved,
                        on_progress=on_progress,
                    )
                finally:
                    wiring.keep_pace(self.ledger, target, self.target_no, self.sheets.run_nos, gate)


@contextmanager
def delivering(
    ledger: Ledger,
    loaded: Loaded,
    target: Target,
    keys: Keys,
    options: SheetOptions,
    *,
    lock_sheets: bool = True,
) -> Iterator[Delivery]:
    """Get everything ready for one command or call; afterwards all locks are given back.

    Where it ends with an error before anything was sent, nothing of it is kept.
    """
    wiring.rate_for(loaded, target)
    refuse_made_up(options.ids, target)
    runs.sweep(ledger)
    target_no = wiring.target_no(ledger, target, keys)
    facts = wiring.run_facts(target, target_no)
    clock = wiring.SystemClock()
    sheets = Taking(
        ledger,
        wiring.row_checker(loaded.config),
        options,
        facts,
        clock,
        shape=wiring.shape_of(loaded.config, options.ids_sha256),
        watching=wiring.watching(loaded.config),
        lock_sheets=lock_sheets,
    )
    with wiring.event_log(loaded.config) as observer:
        apply = Apply(ledger, sheets, facts, clock, observer)
        try:
            yield Delivery(ledger, sheets, apply, loaded, target, target_no, keys, observer)
        except BaseException:
            with suppress(Exception):  # what cannot be forgotten now is swept next time
                sheets.discard()
            raise
        finally:
            sheets.close()


@dataclass(frozen=True, slots=True)
class Check:
    """A check at work, in a ledger that is thrown away.

    ``target_no`` is ``None`` where target and keys are not known.
    """

    ledger: Ledger
    sheets: Taking
    apply: Apply
    loaded: Loaded
    target_no: int | None

    def plan(self, *, resend: bool) -> Plan:
        """Say what would be sent."""
        duplicates = self.loaded.config.sheet.duplicates
        return self.apply.plan(
            PlanOptions(duplicates=duplicates, resend=resend, target_no=self.target_no)
        )

    def remember(self, memory: Ledger, written: Sequence[Written]) -> None:
        """Keep the fingerprints of what is to be fixed in the check sheets that were written."""
        landed = zip(self.sheets.run_nos, written, strict=True)
        run_nos = [run_no for run_no, one in landed if one.path is not None]
        with suppress(StoppedEarly):  # a full disk: edits of this sheet are then not told apart
            now = wiring.SystemClock().time()
            keep_previews(memory, self.ledger, run_nos, now, self.target_no)


@contextmanager
def checking(
    loaded: Loaded,
    options: SheetOptions,
    known: Callable[[], tuple[Target, Keys] | None],
    memory: Ledger | None = None,
) -> Iterator[Check]:
    """Get everything ready for a check, which sends and keeps nothing.

    Earlier runs are looked at where ``known`` gives target and keys. Without them they still tell
    which rows of a results sheet were edited. ``memory``: the ledger, where it is open already.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        ledger = stack.enter_context(Ledger(folder, scratch=True))
        number = None
        past = memory
        if past is None and wiring.has_ledger(loaded.config):
            past = stack.enter_context(Ledger(wiring.state_folder(loaded.config)))
        if past is not None:
            where = known()
            number = None if where is None else wiring.target_no(past, *where)
            ledger.look_back_at(past)
        facts = wiring.run_facts(None, None)
        clock = wiring.SystemClock()
        sheets = Taking(
            ledger,
            wiring.row_checker(loaded.config),
            options,
            facts,
            clock,
            shape=wiring.shape_of(loaded.config, options.ids_sha256),
            watching=wiring.watching(loaded.config),
            lock_sheets=False,
        )
        stack.callback(sheets.close)
        yield Check(ledger, sheets, Apply(ledger, sheets, facts, clock), loaded, number)


def sheet_options(
    loaded: Loaded, ids: Path | None, columns: Mapping[str, str] | None
) -> SheetOptions:
    """Say where things stand in the sheets; reads the ``ids`` sheet."""
    order_ids, sha256 = _order_ids(loaded, ids)
    return SheetOptions(
        worksheet=loaded.config.sheet.worksheet or None,
        columns=loaded.config.sheet.columns,
        flags=columns or {},
        ids=order_ids,
        ids_sha256=sha256,
    )


def _order_ids(loaded: Loaded, path: Path | None) -> tuple[OrderIds | None, str]:
    if path is None:
        return None, ""
    with wiring.sheet_opener(loaded.config)(path) as sheet:
        return read_order_ids(sheet), sheet.info.sha256


@asynccontextmanager
async def reachable(target: Target) -> AsyncIterator[Target]:
    """Give the target with its URL; a sandbox is started for this run and ends with it."""
    if target.kind != "sandbox" or target.base_url:
        yield target
        return
    from pipeline.sandbox import Sandbox

    async with Sandbox(make_up_ids=True) as sandbox:
        yield replace(target, base_url=sandbox.base_url)


async def probe(loaded: Loaded, target: Target, keys: Keys) -> PipelineError | None:
    """Ask with one harmless call whether the API answers and takes the keys; gives what is wrong.

    A host that knows no such call counts as one that answers.
    """
    from pipeline.core.reply import Decision, NoAnswer, judge
    from pipeline.sending import ApiClient

    async with (
        reachable(target) as reached,
        ApiClient(wiring.client_options(loaded.config, reached, keys)) as client,
    ):
        reply = await client.test_credentials()
    verdict = judge(reply)
    if verdict.decision is Decision.STOP_KEYS:
        return CredentialsRefused(f"FinerWorks does not take the two keys ({verdict.http_status}).")
    if isinstance(reply, NoAnswer) or (verdict.http_status or 0) >= 500:
        return StoppedEarly("The API does not answer.")
    return None


def missing_columns(sheets: Taking) -> Sequence[str]:
    """Name the optional fields that some sheet has no column for, in the payload's order."""
    return list(dict.fromkeys(name for one in sheets.staged for name in one.missing))


def refuse_made_up(ids: OrderIds | None, target: Target) -> None:
    """Refuse order ids that the sandbox made up, anywhere but on this machine."""
    if ids is not None and ids.made_up and not target.loopback:
        raise ConfigError(
            "The --ids sheet holds order ids that the sandbox made up; get FinerWorks' own ones: "
            "address-pipeline ids SHEET --live."
        )


def refuse_to_clear(sentence: str) -> ConfigError:
    """Say that absent columns clear what is stored, and that nobody said this is meant."""
    return ConfigError(
        f"There is {sentence}; nothing was sent. Add the column, or say that this is meant with "
        "--missing clear."
    )
