"""SEND: ledger → claim a chunk → workers → gate → PUT → judge → outcome → ledger, in chunks.

One feeder and a fixed number of workers, no task per row. The feeder alone talks to the ledger:
each of its transactions settles what has ended and claims what comes next, and only what is
claimed durably may be sent. A worker hands its outcome over and goes on. While the API counts as
down (:mod:`pipeline.core.outage`) everybody goes home and the feeder lets single orders through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from pipeline.core.claim import Claimed, Report
from pipeline.core.clock import Clock
from pipeline.core.errors import CredentialsRefused, Interrupted, PipelineError, StoppedEarly
from pipeline.core.events import Observer, Progress
from pipeline.core.outage import Outage, OutageRules
from pipeline.core.outcome import Outcome
from pipeline.core.reply import Decision, Verdict, judge
from pipeline.core.retrying import RetryPolicy
from pipeline.core.ticks import Ticks
from pipeline.job.observing import SendingTeller
from pipeline.job.progress import ProgressTeller
from pipeline.job.why_stopped import keys_refused, unreachable, wrong_target
from pipeline.ledger.claims import Claims
from pipeline.ledger.reasons import OVERTAKEN
from pipeline.sending import Attempts, Gate, Sender, sleep_unless

__all__ = ["SendOptions", "Sending"]

GRACE_SECONDS: Final = 8.0
"""How long answers that are on their way are awaited once the run is stopping."""
LARGEST_CHUNK: Final = 1024
"""Reached on this machine only, where nothing is paced: elsewhere a chunk is a second's worth."""
SETTLE_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.5
STALE_CLAIM_SECONDS: Final = 5.0
SHARE_SECONDS: Final = 1.0

_STOPPED: Final = "The run stopped before this row was sent; run the same command again."
_SILENT: Final = "The API did not answer when this row was to be sent; run the same command again."


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How a run sends."""

    workers: int = 16
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    outage: OutageRules = field(default_factory=OutageRules)


class Sending:
    """Sends what is pending in the ledger. Build one per run, then ``await run()``.

    ``beside()`` counts the other commands that send to the same target: with them the ceiling is
    shared. It is asked about once a second.
    """

    def __init__(
        self,
        claims: Claims,
        sender: Sender,
        gate: Gate,
        clock: Clock,
        options: SendOptions,
        *,
        total: int,
        on_progress: Callable[[Progress], None] = lambda _: None,
        beside: Callable[[], int] = lambda: 0,
    ) -> None:
        self._claims = claims
        self._sender = sender
        self._gate = gate
        self._clock = clock
        self._options = options
        self._progress = ProgressTeller(total, on_progress, clock)
        self._beside = beside
        self._shared_at = float("-inf")
        self._teller = SendingTeller(clock)
        self._attempts = Attempts(
            sender,
            gate,
            options.retry,
            clock,
            self._may_go,
            self._go_home,
            self._tried,
            self._teller,
        )
        self._outage = Outage(options.outage)
        self._ticks = Ticks()
        self._queue: asyncio.Queue[Claimed] = asyncio.Queue()
        self._turn = asyncio.Lock()
        self._flying: dict[int, Claimed] = {}
        self._used: dict[int, int] = {}
        self._probe: int | None = None
        self._probe_used = 0
        self._reports: list[Report] = []
        self._exhausted = False
        self._low = 0
        self._wake = asyncio.Event()
        self._at_once = asyncio.Event()
        self._stop: PipelineError | None = None
        self._crash: BaseException | None = None
        self._done = 0
        self._suspects: list[int] = []

    def tell_to(self, observer: Observer) -> None:
        """Have what happens told to this one too, from the beginning."""
        self._teller.tell_to(observer)

    async def run(self) -> PipelineError | None:
        """Send until nothing is pending; gives what stopped it early, or ``None``.

        A bug in a worker is raised, after what is known has been settled.
        """
        workers = [asyncio.create_task(self._work()) for _ in range(self._options.workers)]
        try:
            if self._share():  # until they have noticed us, and left us our part
                await self._sleep(SHARE_SECONDS * 1.5)
            await self._feed()
            await self._wait_for_answers()
        finally:
            self._give_up_the_rest()
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            self._settle_the_rest()
        if self._crash is not None:
            raise self._crash
        if self._stop is None and self._done and not self._outage.answered:
            return StoppedEarly(unreachable(self._outage.silence))
        return self._stop

    def interrupt(self, error: Interrupted) -> None:
        """Stop as a signal wants it: the first lets answers arrive, the second does not wait."""
        if isinstance(self._stop, Interrupted):
            self._at_once.set()
        self._halt(error)

    # -- the feeder ---------------------------------------------------------------------------

    async def _feed(self) -> None:
        while self._stop is None:
            self._share()
            if self._outage.down:
                if not await self._sit_out():
                    return
                continue
            chunk = self._chunk()
            # The larger a transaction, the less it costs an order; the last few keep workers busy.
            self._low = min(chunk // 2, 2 * self._options.workers)
            room = chunk - self._queue.qsize()
            claimed = self._settle_and_claim(room)
            self._exhausted = room > 0 and len(claimed) < room
            if self._exhausted and not self._busy():
                if self._reports:
                    continue
                if not self._claims.rewind():
                    return
                await self._sleep(POLL_SECONDS)  # rows that another run holds
                continue
            await self._until_wanted()

    def _share(self) -> int:
        """See who sends beside us, now and then; gives how many."""
        now = self._clock.monotonic()
        if now - self._shared_at < SHARE_SECONDS:
            return 0
        self._shared_at = now
        others = self._beside()
        self._gate.share_among(1 + others)
        return others

    def _chunk(self) -> int:
        """At most a second's worth, so that a kill leaves few rows in doubt."""
        pace = self._gate.per_second
        return LARGEST_CHUNK if pace > LARGEST_CHUNK else max(1, int(pace))

    def _busy(self) -> bool:
        return bool(self._flying) or not self._queue.empty()

    def _settle_and_claim(self, most: int, *, fresh_first: bool = False) -> list[Claimed]:
        reports, self._reports = self._reports, []
        now = self._clock.time()
        try:
            ticks = self._ticks.ended(now)
            claimed = self._claims.settle_and_claim(
                reports, most, now, ticks, fresh_first=fresh_first
            )
        except StoppedEarly as error:
            self._reports = reports + self._reports
            self._halt(error)
            return []
        moment = (self._clock.monotonic(), self._clock.time())
        for claim in claimed:
            claim.used = self._used.pop(claim.key, 0)
            claim.ran, claim.told = moment
            self._queue.put_nowait(claim)
        return claimed

    async def _until_wanted(self) -> None:
        """Sleep until there is something to do, or a second has gone by."""
        self._wake.clear()
        if self._is_wanted():
            return
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return

    def _is_wanted(self) -> bool:
        """Tell whether workers want more, a chunk of outcomes waits, or the state has changed."""
        if self._stop is not None or self._outage.down or len(self._reports) >= LARGEST_CHUNK:
            return True
        if self._exhausted:
            return not self._busy()
        return self._queue.qsize() <= self._low

    async def _sleep(self, seconds: float) -> None:
        """Wait so long, or until there is something to do."""
        self._wake.clear()
        await sleep_unless(self._wake, seconds, self._clock)

    # -- an outage ----------------------------------------------------------------------------

    async def _sit_out(self) -> bool:
        """Send everybody home, then let single orders through until one is answered.

        ``False`` where nothing is left to send.
        """
        self._attempts.recall()
        self._drain()
        while self._outage.down and self._stop is None:
            self._share()
            self._show(at_once=True)
            if self._reports:
                self._settle_and_claim(0)
            now = self._clock.monotonic()
            left = self._outage.seconds_left(now)
            wait = self._outage.probe_wait_seconds(now)
            if left <= 0:
                self._halt(StoppedEarly(self._outage.sentence(now)))
            elif self._busy() or wait > 0:
                await self._sleep(min(SETTLE_SECONDS, left, wait or SETTLE_SECONDS))
            elif not await self._send_probe(now):
                if not self._claims.rewind():
                    return False
                await self._sleep(min(POLL_SECONDS, left))  # rows that another run holds
        self._probe = None
        if self._stop is None:
            self._attempts.resume()
        return True

    async def _send_probe(self, now: float) -> bool:
        """Let one order through, or ask otherwise; ``False`` where none is left."""
        self._settle_and_claim(0)
        self._take_back_suspects()
        claimed = self._settle_and_claim(1, fresh_first=True)
        if not claimed:
            return False
        self._outage.probe_left(now)
        if claimed[0].earlier and self._outage.ask_elsewhere:
            self._drain()
            if await self._answers_elsewhere():
                self._outage.answered_elsewhere()
                self._teller.outage(None, down=False)
        else:
            self._probe, self._probe_used = claimed[0].key, claimed[0].used
        return True

    async def _answers_elsewhere(self) -> bool:
        """Ask the call that changes nothing; who wants to stop meanwhile need not wait for it."""
        asking = asyncio.ensure_future(self._sender.test_credentials())
        asking.add_done_callback(lambda _: self._wake.set())
        while not asking.done() and self._stop is None:
            self._wake.clear()
            await self._wake.wait()
        if not asking.done():
            asking.cancel()
            return False
        status = judge(asking.result()).http_status
        return status is not None and status < 500

    def _take_back_suspects(self) -> None:
        """Nobody knows whose voice refused them, so they are to be sent again."""
        suspects, self._suspects = self._suspects, []
        if suspects:
            self._done -= len(suspects)
            self._on_ledger(lambda: self._claims.reopen(suspects))

    # -- the workers --------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            free = not (self._turn.locked() or self._queue.empty())
            if free and (moment := self._gate.try_admit()) is not None:
                admitted_at = moment
                claim = self._queue.get_nowait()
                self._flying[claim.key] = claim
            else:
                # One at a time waits at the gate with a claim in its hand: a kill leaves few in
                # doubt.
                async with self._turn:
                    claim = await self._queue.get()
                    self._flying[claim.key] = claim
                    admitted_at = await self._gate.admit()
            try:
                report = await self._attempts.send(claim, admitted_at)
            except Exception as error:  # noqa: BLE001  # raised again when all is settled
                self._crash = error
                self._halt(StoppedEarly("The program met a fault of its own and stopped."))
                report = self._attempts.given_up(claim)
            self._hand_over(report)

    def _may_go(self, claim: Claimed, attempts: int) -> tuple[Outcome, str] | None:
        """Asked before every try."""
        if (reason := self._go_home(claim, attempts)) is not None:
            return Outcome.NOT_SENT, reason
        if attempts == 0 and not self._is_stale(claim):
            return None
        try:
            newest = self._claims.touch(claim, self._clock.time())
        except StoppedEarly as error:
            self._halt(error)
            return Outcome.NOT_SENT, _STOPPED
        if newest:
            return None
        return Outcome.SUPERSEDED, OVERTAKEN

    def _is_stale(self, claim: Claimed) -> bool:
        """By either clock: while a machine sleeps, the one that never goes back may stand still."""
        clock = self._clock
        return (
            clock.monotonic() - claim.ran >= STALE_CLAIM_SECONDS
            or abs(clock.time() - claim.told) >= STALE_CLAIM_SECONDS
        )

    def _go_home(self, claim: Claimed, attempts: int) -> str | None:
        """Say why an order must not be tried now, if so; asked before a wait at the gate too."""
        if self._stop is not None:
            return _STOPPED
        if self._outage.down and (attempts or claim.key != self._probe):
            return _SILENT
        return None

    def _tried(self, claim: Claimed, verdict: Verdict, again: bool, seconds: float) -> None:  # noqa: FBT001  # called by position, for each try
        """Take note of a try: for the report, and to see whether the API is there."""
        self._ticks.tried(claim.key >> 32, self._clock.time(), verdict, seconds, again=again)
        was_down = self._outage.down
        self._outage.tried(verdict, self._clock.monotonic())
        if self._outage.down != was_down:
            self._teller.outage(verdict, down=self._outage.down)
            if self._outage.down:
                self._attempts.recall()
            elif self._stop is None:  # the feeder may not even have noticed
                self._attempts.resume()
            self._wake.set()
        if verdict.decision is Decision.DONE:
            return
        if verdict.decision is Decision.STOP_KEYS:
            self._halt(CredentialsRefused(keys_refused(verdict)))
        elif verdict.decision is Decision.STOP_TARGET:
            self._halt(StoppedEarly(wrong_target(verdict)))

    def _hand_over(self, report: Report) -> None:
        claim = report.claim
        del self._flying[claim.key]
        self._reports.append(report)
        if self._teller.every_order:
            self._teller.settled(report)
        if report.outcome is not Outcome.NOT_SENT:
            self._done += 1
            if self._suspects or (report.verdict is not None and report.verdict.suspicious):
                self._suspect(report)
        elif used := self._probe_used if claim.key == self._probe else claim.used:
            self._used[claim.key] = used
        if self._is_wanted():
            self._wake.set()
        self._show()

    def _suspect(self, report: Report) -> None:
        """Remember refusals that are not in the API's own voice, until it is heard."""
        verdict = report.verdict
        if verdict is None:
            return
        if verdict.suspicious:
            self._suspects.append(report.claim.key)
        elif verdict.decision in (Decision.DONE, Decision.REFUSED):
            self._suspects.clear()

    def _show(self, *, at_once: bool = False) -> None:
        counts = (self._attempts.requests, self._attempts.retries)
        self._progress.tell(self._done, *counts, self._outage, at_once=at_once)

    # -- stopping -----------------------------------------------------------------------------

    def _halt(self, why: PipelineError) -> None:
        """Claim nothing more, send nothing more; answers on their way are still awaited."""
        if self._stop is None or (
            isinstance(why, Interrupted) and not isinstance(self._stop, Interrupted)
        ):
            self._stop = why
        self._attempts.recall()
        self._gate.open()
        self._wake.set()

    async def _wait_for_answers(self) -> None:
        if self._stop is None:
            return
        waiting = asyncio.create_task(self._until_landed())
        hurried = asyncio.create_task(self._at_once.wait())
        await asyncio.wait(
            {waiting, hurried}, timeout=GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        waiting.cancel()
        hurried.cancel()

    async def _until_landed(self) -> None:
        self._drain()
        while self._flying:
            self._wake.clear()
            await self._wake.wait()

    def _drain(self) -> None:
        unsent = []
        while not self._queue.empty():
            unsent.append(self._queue.get_nowait())
        for claim in unsent:
            if claim.used:
                self._used[claim.key] = claim.used
        if unsent:
            self._on_ledger(lambda: self._claims.give_back(unsent))

    def _give_up_the_rest(self) -> None:
        self._drain()
        self._reports += [self._attempts.given_up(claim) for claim in self._flying.values()]

    def _settle_the_rest(self) -> None:
        reports, self._reports = self._reports, []
        now = self._clock.time()
        ticks = self._ticks.rest()
        self._on_ledger(lambda: self._claims.settle_and_claim(reports, 0, now, ticks))
        if self._outage.down:
            self._take_back_suspects()

    def _on_ledger(self, act: Callable[[], object]) -> None:
        """Write while stopping: a ledger that cannot be written must not hide why we stop."""
        try:
            act()
        except StoppedEarly as error:
            self._stop = self._stop or error
