"""SEND: ledger → claim a chunk → workers → gate → PUT → judge → outcome → ledger, in chunks.

One feeder and a fixed number of workers, no task per row. The feeder alone talks to the ledger:
each of its transactions settles what has ended and claims what comes next, and only what is
claimed durably may be sent. A worker hands its outcome over and goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pipeline.core.clock import Clock
from pipeline.core.errors import CredentialsRefused, Interrupted, PipelineError, StoppedEarly
from pipeline.core.events import Progress
from pipeline.core.outcome import Outcome
from pipeline.core.reply import Decision, NoAnswer, Verdict
from pipeline.core.retrying import RetryPolicy
from pipeline.ledger.claims import Claimed, Claims, Report
from pipeline.sending import Attempts, Gate, Job, Settled
from pipeline.sending.attempts import Sender

__all__ = ["SendOptions", "Sending"]

GRACE_SECONDS: Final = 8.0
"""How long answers that are on their way are awaited once the run is stopping."""
LARGEST_CHUNK: Final = 256
SETTLE_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.5
STALE_CLAIM_SECONDS: Final = 5.0

_LOST = frozenset({Outcome.FAILED, Outcome.UNKNOWN})


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How a run sends."""

    workers: int = 16
    after_failures: int = 20
    """So many orders in a row without one success stop the run; 0: never."""


class Sending:
    """Sends what is pending in the ledger. Build one per run, then ``await run()``."""

    def __init__(
        self,
        claims: Claims,
        sender: Sender,
        gate: Gate,
        policy: RetryPolicy,
        clock: Clock,
        options: SendOptions,
        *,
        total: int,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._claims = claims
        self._gate = gate
        self._clock = clock
        self._policy = policy
        self._options = options
        self._total = total
        self._on_progress = on_progress
        self._attempts = Attempts(sender, gate, policy, clock, self._may_go)
        self._queue: asyncio.Queue[Claimed] = asyncio.Queue()
        self._turn = asyncio.Lock()
        self._flying: dict[int, Claimed] = {}
        self._claimed_at: dict[int, float] = {}
        self._reports: list[Report] = []
        self._wake = asyncio.Event()
        self._at_once = asyncio.Event()
        self._stop: PipelineError | None = None
        self._crash: BaseException | None = None
        self._begun = clock.monotonic()
        self._done = 0
        self._arrived = 0
        self._lost_in_a_row = 0
        self._suspects: list[int] = []
        self._distrusted = False
        self._silence: NoAnswer | None = None

    async def run(self) -> PipelineError | None:
        """Send until nothing is pending; gives what stopped it early, or ``None``.

        A bug in a worker is raised, after what is known has been settled.
        """
        workers = [asyncio.create_task(self._work()) for _ in range(self._options.workers)]
        try:
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
        if self._stop is None and self._done and not self._arrived:
            return StoppedEarly(_unreachable(self._silence))
        return self._stop

    def interrupt(self, error: Interrupted) -> None:
        """Stop as a signal wants it: the first lets answers arrive, the second does not wait."""
        if isinstance(self._stop, Interrupted):
            self._at_once.set()
        self._halt(error)

    # -- the feeder ---------------------------------------------------------------------------

    async def _feed(self) -> None:
        while self._stop is None:
            room = self._chunk() - self._queue.qsize()
            claimed = self._settle_and_claim(room)
            exhausted = room > 0 and len(claimed) < room
            if exhausted and not self._busy():
                if self._reports:
                    continue
                if not self._claims.rewind():
                    return
                await self._gate.pause(POLL_SECONDS)  # rows that another run holds
                continue
            await self._until_wanted(exhausted=exhausted)

    def _chunk(self) -> int:
        """At most a second's worth, so that a kill leaves few rows in doubt."""
        pace = self._gate.per_second
        return LARGEST_CHUNK if pace > LARGEST_CHUNK else max(1, int(pace))

    def _busy(self) -> bool:
        return bool(self._flying) or not self._queue.empty()

    def _settle_and_claim(self, most: int) -> list[Claimed]:
        reports, self._reports = self._reports, []
        try:
            claimed = self._claims.settle_and_claim(reports, most, self._clock.time())
        except StoppedEarly as error:
            self._reports = reports + self._reports
            self._halt(error)
            return []
        now = self._clock.monotonic()
        for claim in claimed:
            self._claimed_at[claim.key] = now
            self._queue.put_nowait(claim)
        return claimed

    async def _until_wanted(self, *, exhausted: bool) -> None:
        """Sleep until workers want more, a chunk of outcomes waits, or a second has gone by."""
        while self._stop is None:
            self._wake.clear()
            if len(self._reports) >= LARGEST_CHUNK:
                return
            if not exhausted and self._queue.qsize() <= self._chunk() // 2:
                return
            if exhausted and not self._busy():
                return
            try:
                async with asyncio.timeout(SETTLE_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                if self._reports:
                    return

    # -- the workers --------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            # One at a time waits at the gate with a claim in its hand: a kill leaves few in doubt.
            async with self._turn:
                claim = await self._queue.get()
                self._flying[claim.key] = claim
                admitted_at = await self._gate.admit()
            try:
                settled = await self._attempts.send(_job(claim), admitted_at)
            except Exception as error:  # noqa: BLE001  # raised again when all is settled
                self._crash = error
                self._halt(StoppedEarly("The program met a fault of its own and stopped."))
                settled = self._attempts.given_up(_job(claim))
            self._hand_over(claim, settled)
            self._show()

    def _may_go(self, job: Job, attempts: int) -> tuple[Outcome, str] | None:
        """Asked before every try."""
        if self._stop is not None:
            return Outcome.NOT_SENT, "The run stopped before it was sent again."
        claim = self._flying[job.row_id]
        age = self._clock.monotonic() - self._claimed_at[job.row_id]
        if attempts == 0 and age < STALE_CLAIM_SECONDS:
            return None
        try:
            newest = self._claims.touch(claim, self._clock.time())
        except StoppedEarly as error:
            self._halt(error)
            return Outcome.NOT_SENT, "The run stopped before it was sent again."
        if newest:
            return None
        return Outcome.SUPERSEDED, "A run begun later holds this order."

    def _hand_over(self, claim: Claimed, settled: Settled) -> None:
        del self._flying[claim.key]
        del self._claimed_at[claim.key]
        self._reports.append(self._report(claim, settled))
        self._stop_if_due(settled)
        if settled.outcome is not Outcome.NOT_SENT:
            self._done += 1
            never = settled.outcome is Outcome.FAILED and settled.http_status is None
            self._arrived += not never
        self._wake.set()

    def _show(self) -> None:
        """Tell the observer; one that breaks (a closed terminal, say) is not asked again."""
        seconds = self._clock.monotonic() - self._begun
        counts = (self._attempts.requests, self._attempts.retries)
        try:
            self._on_progress(Progress(self._done, self._total, *counts, seconds))
        except Exception:  # noqa: BLE001  # whatever an observer does, the run goes on
            self._on_progress = lambda _: None

    def _report(self, claim: Claimed, settled: Settled) -> Report:
        lost = settled.lost_at
        return Report(
            claim=claim,
            outcome=settled.outcome,
            next_step=settled.next_step,
            reason=settled.reason,
            attempts=settled.attempts,
            throttled=settled.throttled,
            http_status=settled.http_status,
            reference_id=settled.reference_id,
            sent_at=settled.sent_at,
            open_until=None if lost is None else lost + self._policy.linger_seconds,
        )

    # -- stopping -----------------------------------------------------------------------------

    def _stop_if_due(self, settled: Settled) -> None:
        verdict = settled.verdict
        if verdict is not None and verdict.decision is Decision.STOP_KEYS:
            self._halt(CredentialsRefused(_keys_refused(verdict)))
        elif verdict is not None and verdict.decision is Decision.STOP_TARGET:
            self._halt(StoppedEarly(_wrong_target(verdict)))
        elif settled.outcome in _LOST or (verdict is not None and verdict.suspicious):
            self._count_failure(settled)
        elif settled.outcome in (Outcome.UPDATED, Outcome.REJECTED) and not self._distrusted:
            self._lost_in_a_row = 0
            self._suspects.clear()

    def _count_failure(self, settled: Settled) -> None:
        self._lost_in_a_row += 1
        self._silence = settled.verdict.no_answer if settled.verdict else None
        if settled.outcome is Outcome.REJECTED:
            self._suspects.append(settled.job.row_id)
        most = self._options.after_failures
        if most and self._lost_in_a_row >= most:
            # Nobody knows whose voice refused the suspects, so they are to be sent again.
            self._distrusted = True
            self._halt(
                StoppedEarly(
                    f"{self._lost_in_a_row} orders in a row failed without one success"
                    f"{_lately(self._silence)}, so the run stopped; when the API answers again, "
                    "run the same command again."
                )
            )

    def _halt(self, why: PipelineError) -> None:
        """Claim nothing more, send nothing more; answers on their way are still awaited."""
        if self._stop is None or (
            isinstance(why, Interrupted) and not isinstance(self._stop, Interrupted)
        ):
            self._stop = why
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
            del self._claimed_at[claim.key]
        if unsent:
            self._on_ledger(lambda: self._claims.give_back(unsent))

    def _give_up_the_rest(self) -> None:
        self._drain()
        for claim in list(self._flying.values()):
            settled = self._attempts.given_up(_job(claim))
            self._reports.append(self._report(claim, settled))

    def _settle_the_rest(self) -> None:
        reports, self._reports = self._reports, []
        self._on_ledger(lambda: self._claims.settle_and_claim(reports, 0, self._clock.time()))
        if self._distrusted:
            self._on_ledger(lambda: self._claims.reopen(self._suspects))

    def _on_ledger(self, act: Callable[[], object]) -> None:
        """Write while stopping: a ledger that cannot be written must not hide why we stop."""
        try:
            act()
        except StoppedEarly as error:
            self._stop = self._stop or error


def _job(claim: Claimed) -> Job:
    return Job(claim.key, claim.order_id, claim.body)


def _unreachable(silence: NoAnswer | None) -> str:
    what = f" ({silence.what})" if silence else ""
    todo = silence.todo if silence and silence.todo else "look at the network"
    return (
        f"The API's address cannot be reached{what}, so nothing was updated; {todo}, "
        "then run the same command again."
    )


def _lately(silence: NoAnswer | None) -> str:
    if silence is None:
        return ""
    return f" (lately: {silence.what}{f'; {silence.todo}' if silence.todo else ''})"


def _keys_refused(verdict: Verdict) -> str:
    return (
        f"FinerWorks did not take the two keys (HTTP {verdict.http_status}), so the run stopped; "
        "check FINERWORKS_WEB_API_KEY and FINERWORKS_APP_KEY, then run the same command again."
    )


def _wrong_target(verdict: Verdict) -> str:
    return (
        f"{verdict.sentence[:-1]}: what answers there is not FinerWorks' API, so check the target "
        "(--live, --test or --base-url), then run the same command again."
    )
