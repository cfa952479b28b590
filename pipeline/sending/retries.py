"""What all calls share between two tries: the wait, the budget, the gate, and what a reply asks.

A first try is plain; tenacity takes over from the first verdict that asks for another, so that the
happy path pays nothing for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import tenacity

from pipeline.core.clock import Clock
from pipeline.core.reply import Answer, NoAnswer, Verdict
from pipeline.core.retrying import RetryBudget, RetryPolicy, backoff_seconds, retry_after_seconds
from pipeline.sending.gate import Gate
from pipeline.sending.pauses import sleep_unless

__all__ = ["Retries"]

Ended = TypeVar("Ended")


class Retries:
    """Repeats a call within a policy, every try through the gate."""

    def __init__(self, gate: Gate, policy: RetryPolicy, clock: Clock) -> None:
        self._gate = gate
        self._policy = policy
        self._clock = clock
        self._budget = RetryBudget(policy.budget)
        self._recalled = asyncio.Event()

    async def again(
        self,
        try_once: Callable[[float], Awaitable[Ended | None]],
        sent_home: Callable[[], Ended | None],
        used_up: Callable[[], Ended],
        used: Callable[[], int],
        waits: Callable[[float], None] = lambda _: None,
    ) -> Ended:
        """Go on after a plain first try that asked for another one.

        ``try_once`` gets the moment of its admission and gives ``None`` to be called again;
        ``sent_home`` gives the end of a call that must not even wait for its next try;
        ``used_up`` gives the end when the policy allows no more tries than ``used`` counts;
        ``waits`` is told each wait before it begins.
        """
        behind = True

        async def next_try() -> Ended | None:
            nonlocal behind
            if behind:  # the plain try: tenacity counts it as its own first, and waits after it
                behind = False
                return None
            await self._until_affordable()
            if (ended := sent_home()) is not None:
                return ended
            return await try_once(await self._gate.admit())

        def about_to_wait(state: tenacity.RetryCallState) -> None:
            if state.next_action is not None:
                waits(state.next_action.sleep)

        retrying = tenacity.AsyncRetrying(
            before_sleep=about_to_wait,
            sleep=self._pause,
            wait=self._wait,
            stop=lambda _: used() >= self._policy.attempts,
            retry=tenacity.retry_if_result(lambda ended: ended is None),
            retry_error_callback=lambda _: used_up(),
        )
        ended: Ended = await retrying(next_try)
        return ended

    def recall(self) -> None:
        """Let nobody wait for a next try any longer: who asks ``may_go`` now is sent home."""
        self._recalled.set()

    def resume(self) -> None:
        """Let tries wait for the next one again."""
        self._recalled.clear()

    def tell_gate(
        self, reply: Answer | NoAnswer, verdict: Verdict, admitted_at: float
    ) -> float | None:
        """Slow the whole pool down where the reply asks for it, and hold it for Retry-After.

        Gives the seconds for which it is held.
        """
        if isinstance(reply, NoAnswer):
            self._gate.lost(admitted_at)
        elif not verdict.complaint:
            self._gate.answered(admitted_at)
        else:
            pause = retry_after_seconds(
                reply.retry_after, now=self._clock.time(), most=self._policy.max_wait_seconds
            )
            self._gate.complained(admitted_at, pause)
            return pause
        return None

    @property
    def gate_is_shut(self) -> bool:
        """True while the server lets nothing in."""
        return self._gate.shut

    def not_sent(self, admitted_at: float) -> None:
        """An admitted try is not sent after all: nobody need wait for its answer."""
        self._gate.not_sent(admitted_at)

    async def _until_affordable(self) -> None:
        while not self._recalled.is_set():
            now = self._clock.monotonic()
            if (wait := self._budget.wait_seconds(now, self._gate.per_second)) <= 0:
                break
            await self._pause(wait)
        self._budget.take()

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until everybody is called back."""
        await sleep_unless(self._recalled, seconds, self._clock)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        return backoff_seconds(
            state.attempt_number, self._clock.jitter(), self._policy.max_wait_seconds
        )
