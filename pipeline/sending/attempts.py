"""All tries of one order, until its outcome is certain or the tries are used up.

Doubt stays: once a try may have been stored, a later 429 does not turn ``unknown`` into ``failed``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.core.clock import Clock
from pipeline.core.outcome import OUTCOMES, NextStep, Outcome
from pipeline.core.reply import Answer, Decision, NoAnswer, Verdict, judge
from pipeline.core.retrying import RetryPolicy
from pipeline.sending.gate import Gate
from pipeline.sending.retries import Retries

__all__ = ["Attempts", "Job", "Sender", "Settled"]


class Sender(Protocol):
    """The one call that changes anything."""

    async def put_customer(self, body: bytes) -> Answer | NoAnswer:
        """Send one correction and give what came back."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One order to send: the row that stands for it, and the body of its PUT."""

    row_id: int
    order_id: int
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Settled:
    """What became of a job; ``verdict`` is the last one.

    ``lost_at`` (Unix time) is when the latest answer was given up that never came: the request
    may still be on its way.
    """

    job: Job
    outcome: Outcome
    next_step: NextStep
    reason: str
    attempts: int = 0
    throttled: int = 0
    http_status: int | None = None
    reference_id: str | None = None
    sent_at: float | None = None
    verdict: Verdict | None = None
    lost_at: float | None = None


@dataclass(slots=True)
class _Tries:
    """The running account of one job."""

    attempts: int = 0
    throttled: int = 0
    doubt: bool = False
    sent_at: float | None = None
    lost_at: float | None = None
    verdict: Verdict | None = None


class Attempts:
    """Sends jobs, each by as many tries as the policy allows, every try through the gate.

    ``may_go(job, first)`` is asked before every try: an outcome instead of ``None`` ends the job
    there (``superseded`` by a newer run, ``not_sent`` because the run is stopping).
    """

    def __init__(
        self,
        sender: Sender,
        gate: Gate,
        policy: RetryPolicy,
        clock: Clock,
        may_go: Callable[[Job, int], tuple[Outcome, str] | None],
    ) -> None:
        self._sender = sender
        self._between = Retries(gate, policy, clock)
        self._clock = clock
        self._may_go = may_go
        self.requests = 0
        self.retries = 0
        self._open: dict[int, _Tries] = {}

    async def send(self, job: Job, admitted_at: float) -> Settled:
        """Try until the outcome is certain, the tries are used up or ``may_go`` says no.

        The first try passed the gate at ``admitted_at``; the others pass it here.
        """
        tries = self._open[job.row_id] = _Tries()
        ended = await self._try_once(job, tries, admitted_at)
        if ended is None:
            ended = await self._between.again(
                lambda admitted_at: self._try_once(job, tries, admitted_at),
                lambda: self._used_up(job, tries),
            )
        del self._open[job.row_id]
        return ended

    def given_up(self, job: Job) -> Settled:
        """Settle a job whose ``send`` is to be cancelled, or broke."""
        tries = self._open.pop(job.row_id, None)
        if tries is None or tries.sent_at is None:
            return _ended(job, _Tries(), Outcome.NOT_SENT, "The run stopped before it was sent.")
        reason = "No answer had come when the run was stopped; it may have arrived."
        tries.lost_at = self._clock.time()
        return _ended(job, tries, Outcome.UNKNOWN, reason)

    async def _try_once(self, job: Job, tries: _Tries, admitted_at: float) -> Settled | None:
        """Try once; ``None`` asks for another try."""
        if (instead := self._may_go(job, tries.attempts)) is not None:
            return self._held_back(job, tries, *instead)
        tries.attempts += 1
        tries.sent_at = self._clock.time()
        self.requests += 1
        self.retries += tries.attempts > 1
        reply = await self._sender.put_customer(job.body)
        verdict = tries.verdict = judge(reply)
        tries.doubt |= verdict.doubt
        if isinstance(reply, NoAnswer) and reply.reached:
            tries.lost_at = self._clock.time()
        tries.throttled += verdict.complaint
        self._between.tell_gate(reply, verdict, admitted_at)
        return self._settle(job, tries, verdict)

    def _settle(self, job: Job, tries: _Tries, verdict: Verdict) -> Settled | None:
        if verdict.decision is Decision.DONE:
            return _ended(job, tries, Outcome.UPDATED, "", verdict)
        if verdict.decision is Decision.REFUSED:
            return _ended(job, tries, Outcome.REJECTED, verdict.sentence, verdict)
        if verdict.decision is Decision.RETRY:
            return None
        outcome = Outcome.UNKNOWN if tries.doubt else Outcome.NOT_SENT
        return _ended(job, tries, outcome, verdict.sentence, verdict)

    def _used_up(self, job: Job, tries: _Tries) -> Settled:
        verdict = tries.verdict
        sentence = verdict.sentence if verdict else ""
        count = f"{tries.attempts} tries" if tries.attempts > 1 else "one try"
        outcome = Outcome.UNKNOWN if tries.doubt else Outcome.FAILED
        doubt = "An earlier try may have been stored. " if _doubt_is_older(tries) else ""
        reason = f"{sentence} {doubt}Given up after {count}; run the same command again."
        return _ended(job, tries, outcome, reason, verdict)

    def _held_back(self, job: Job, tries: _Tries, outcome: Outcome, reason: str) -> Settled:
        if outcome is Outcome.NOT_SENT and tries.doubt:
            outcome = Outcome.UNKNOWN
        return _ended(job, tries, outcome, reason)


def _doubt_is_older(tries: _Tries) -> bool:
    return tries.doubt and tries.verdict is not None and not tries.verdict.doubt


def _ended(
    job: Job, tries: _Tries, outcome: Outcome, reason: str, verdict: Verdict | None = None
) -> Settled:
    verdict = verdict or tries.verdict
    next_step = OUTCOMES[outcome].next_step
    if outcome is Outcome.REJECTED and verdict is not None:
        next_step = verdict.next_step
    return Settled(
        job=job,
        outcome=outcome,
        next_step=next_step,
        reason=reason,
        attempts=tries.attempts,
        throttled=tries.throttled,
        http_status=verdict.http_status if verdict else None,
        reference_id=verdict.reference_id if verdict else None,
        sent_at=tries.sent_at,
        lost_at=tries.lost_at,
        verdict=verdict,
    )
