"""All tries of one order, until its outcome is certain or the tries are used up.

Doubt stays: once a try may have been stored, a later 429 does not turn ``unknown`` into ``failed``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from pipeline.core.claim import Claimed, Report
from pipeline.core.clock import Clock
from pipeline.core.outcome import OUTCOMES, Outcome
from pipeline.core.reply import Answer, Decision, NoAnswer, Verdict, judge
from pipeline.core.retrying import RetryPolicy
from pipeline.sending.gate import Gate
from pipeline.sending.retries import Retries

__all__ = ["Attempts", "Onlooker", "Sender"]

MOST_ASKED: Final = 10
"""So many refusals at a shut gate do not count against ``retry.attempts``."""


class Sender(Protocol):
    """The one call that changes anything, and the one that asks whether the API is there."""

    async def put_customer(self, body: bytes) -> Answer | NoAnswer:
        """Send one correction and give what came back."""
        ...

    async def test_credentials(self) -> Answer | NoAnswer:
        """Ask whether the keys are taken."""
        ...


class Onlooker(Protocol):
    """Whoever wants to know why an order takes its time."""

    def waits(self, claim: Claimed, verdict: Verdict | None, attempts: int, seconds: float) -> None:
        """The order is tried again after so many seconds, or later."""
        ...

    def paused(self, seconds: float) -> None:
        """An answer asked for a pause of so many seconds."""
        ...


@dataclass(slots=True, eq=False)
class _Tries:
    """The running account of one order within one claim."""

    doubt: bool
    attempts: int = 0
    throttled: int = 0
    sent_at: float | None = None
    lost_at: float | None = None
    verdict: Verdict | None = None


class Attempts:
    """Sends orders, each by as many tries as the policy allows, every try through the gate.

    ``may_go(claim, attempts)`` is asked before every try: an outcome instead of ``None`` ends the
    order there (``superseded`` by a newer run, ``not_sent`` because the run is stopping or waits).
    ``go_home(claim, attempts)`` gives the reason for ``not_sent`` and asks nobody else, so it is
    called before an order waits at the gate again. ``on_try(claim, verdict, again, seconds)`` is
    told of every try; ``again``: it was not the first of its order.
    """

    def __init__(
        self,
        sender: Sender,
        gate: Gate,
        policy: RetryPolicy,
        clock: Clock,
        may_go: Callable[[Claimed, int], tuple[Outcome, str] | None],
        go_home: Callable[[Claimed, int], str | None] = lambda _claim, _attempts: None,
        on_try: Callable[[Claimed, Verdict, bool, float], None] = lambda *_: None,
        onlooker: Onlooker | None = None,
    ) -> None:
        self._sender = sender
        self._gate = gate
        self._between = Retries(gate, policy, clock)
        self._policy = policy
        self._clock = clock
        self._may_go = may_go
        self._go_home = go_home
        self._on_try = on_try
        self._onlooker = onlooker
        self.requests = 0
        self.retries = 0
        self._open: dict[int, _Tries] = {}

    async def send(self, claim: Claimed, admitted_at: float) -> Report:
        """Try until the outcome is certain, the tries are used up or ``may_go`` says no.

        The first try passed the gate at ``admitted_at``; the others pass it here.
        """
        tries = self._open[claim.key] = _Tries(claim.doubt)
        report = self._begin(claim, tries, admitted_at)
        if report is None:  # as in _try_once: a coroutine less on the way of nearly every order
            begun = self._clock.monotonic()
            reply = await self._sender.put_customer(claim.body)
            report = self._judged(claim, tries, reply, admitted_at, begun)
        if report is None:
            report = await self._between.again(
                lambda admitted_at: self._try_once(claim, tries, admitted_at),
                lambda: self._sent_home(claim, tries),
                lambda: self._used_up(claim, tries),
                lambda: claim.used,
                lambda seconds: self._tell_wait(claim, tries, seconds),
            )
        del self._open[claim.key]
        return report

    def recall(self) -> None:
        """Let nobody wait between two tries any longer."""
        self._between.recall()

    def resume(self) -> None:
        """Let orders wait between two tries again."""
        self._between.resume()

    def given_up(self, claim: Claimed) -> Report:
        """Return an order whose ``send`` is to be cancelled, or broke."""
        tries = self._open.pop(claim.key, None)
        if tries is None or tries.sent_at is None:
            reason = "The run stopped before this row was sent; run the same command again."
            return self._ended(claim, _Tries(claim.doubt), Outcome.NOT_SENT, reason)
        tries.doubt = True
        tries.lost_at = self._clock.time()
        reason = (
            "No answer had come when the run stopped, so the address may be stored; run the same "
            "command again."
        )
        return self._ended(claim, tries, Outcome.NOT_SENT, reason)

    async def _try_once(self, claim: Claimed, tries: _Tries, admitted_at: float) -> Report | None:
        """Try once; ``None`` asks for another try."""
        if (report := self._begin(claim, tries, admitted_at)) is not None:
            return report
        begun = self._clock.monotonic()
        reply = await self._sender.put_customer(claim.body)
        return self._judged(claim, tries, reply, admitted_at, begun)

    def _begin(self, claim: Claimed, tries: _Tries, admitted_at: float) -> Report | None:
        """Count a try that may go; gives the end of an order that may not."""
        if (instead := self._may_go(claim, tries.attempts)) is not None:
            self._between.not_sent(admitted_at)
            return self._ended(claim, tries, *instead)
        tries.attempts += 1
        tries.sent_at = self._clock.time()
        self.requests += 1
        self.retries += tries.attempts > 1 or claim.earlier > 0
        return None

    def _judged(
        self,
        claim: Claimed,
        tries: _Tries,
        reply: Answer | NoAnswer,
        admitted_at: float,
        begun: float,
    ) -> Report | None:
        """Say what came of a try; ``None`` asks for another one."""
        again = tries.attempts > 1 or claim.earlier > 0
        verdict = tries.verdict = judge(reply)
        if verdict.decision is Decision.DONE:  # as nearly always: the short way
            self._gate.answered(admitted_at)
            self._on_try(claim, verdict, again, self._clock.monotonic() - begun)
            return self._ended(claim, tries, Outcome.UPDATED, "")
        if verdict.doubt:
            tries.doubt = True
            if isinstance(reply, NoAnswer):
                tries.lost_at = self._clock.time()
        tries.throttled += verdict.complaint
        pause = self._between.tell_gate(reply, verdict, admitted_at)
        if pause and self._onlooker is not None:
            self._onlooker.paused(pause)
        claim.used += not self._only_asked(tries, verdict)
        self._on_try(claim, verdict, again, self._clock.monotonic() - begun)
        return self._settle(claim, tries, verdict)

    def _tell_wait(self, claim: Claimed, tries: _Tries, seconds: float) -> None:
        if self._onlooker is not None:
            self._onlooker.waits(claim, tries.verdict, tries.attempts, seconds)

    def _only_asked(self, tries: _Tries, verdict: Verdict) -> bool:
        """Tell a try that asked whether a shut gate is open again: it is not the order's own."""
        refused = verdict.http_status == 429 and self._between.gate_is_shut
        return refused and tries.throttled <= MOST_ASKED

    def _sent_home(self, claim: Claimed, tries: _Tries) -> Report | None:
        reason = self._go_home(claim, tries.attempts)
        return None if reason is None else self._ended(claim, tries, Outcome.NOT_SENT, reason)

    def _settle(self, claim: Claimed, tries: _Tries, verdict: Verdict) -> Report | None:
        if verdict.decision is Decision.RETRY:
            return None
        if verdict.decision is Decision.REFUSED:
            return self._ended(claim, tries, Outcome.REJECTED, verdict.sentence)
        return self._ended(claim, tries, Outcome.NOT_SENT, verdict.sentence)

    def _used_up(self, claim: Claimed, tries: _Tries) -> Report:
        outcome = Outcome.UNKNOWN if tries.doubt else Outcome.FAILED
        made = claim.earlier + tries.attempts
        return self._ended(claim, tries, outcome, _given_up_after(made, tries))

    def _ended(self, claim: Claimed, tries: _Tries, outcome: Outcome, reason: str) -> Report:
        verdict = tries.verdict
        next_step = OUTCOMES[outcome].next_step
        if outcome is Outcome.REJECTED and verdict is not None:
            next_step = verdict.next_step
        lost = tries.lost_at
        return Report(
            claim,
            outcome,
            next_step,
            reason,
            tries.attempts,
            tries.throttled,
            verdict.http_status if verdict else None,
            verdict.reference_id if verdict else None,
            tries.sent_at,
            None if lost is None else lost + self._policy.linger_seconds,
            tries.doubt,
            verdict,
        )


def _given_up_after(made: int, tries: _Tries) -> str:
    """Say in one sentence what came of the last try, what of those before it, and what to do."""
    verdict = tries.verdict
    what, look = "No try was made", ""
    older = tries.doubt
    if verdict is not None:
        what = verdict.sentence.removesuffix(".")
        older = tries.doubt and not verdict.doubt
        look = verdict.no_answer.todo if verdict.no_answer else ""
    earlier = ", but an earlier try may be stored" if older else ""
    count = f"{made} tries" if made > 1 else "one try"
    todo = f"{look}, then run the same command again" if look else "run the same command again"
    return f"{what}{earlier}; given up after {count}: {todo}."
