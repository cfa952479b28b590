"""What all calls share between two tries: the wait, the gate, and what a reply asks of the pace.

A first try is plain; tenacity takes over from the first verdict that asks for another, so that the
happy path pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import tenacity

from pipeline.core.clock import Clock
from pipeline.core.reply import Answer, NoAnswer, Verdict
from pipeline.core.retrying import RetryPolicy, backoff_seconds, retry_after_seconds
from pipeline.sending.gate import Gate

__all__ = ["Retries"]

Ended = TypeVar("Ended")


class Retries:
    """Repeats a call within a policy, every try through the gate."""

    def __init__(self, gate: Gate, policy: RetryPolicy, clock: Clock) -> None:
        self._gate = gate
        self._policy = policy
        self._clock = clock

    async def again(
        self,
        try_once: Callable[[float], Awaitable[Ended | None]],
        used_up: Callable[[], Ended],
    ) -> Ended:
        """Go on after a plain first try that asked for another one.

        ``try_once`` gets the moment of its admission and gives ``None`` to be called again;
        ``used_up`` gives the end when the policy allows no more tries.
        """
        behind = True

        async def next_try() -> Ended | None:
            nonlocal behind
            if behind:  # the plain try: tenacity counts it as its own first, and waits after it
                behind = False
                return None
            return await try_once(await self._gate.admit())

        retrying = tenacity.AsyncRetrying(
            sleep=self._gate.pause,
            wait=self._wait,
            stop=tenacity.stop_after_attempt(self._policy.attempts),
            retry=tenacity.retry_if_result(lambda ended: ended is None),
            retry_error_callback=lambda _: used_up(),
        )
        ended: Ended = await retrying(next_try)
        return ended

    def tell_gate(self, reply: Answer | NoAnswer, verdict: Verdict, admitted_at: float) -> None:
        """Slow the whole pool down where the reply asks for it, and hold it for Retry-After."""
        if not verdict.complaint:
            self._gate.answered()
            return
        header = reply.retry_after if isinstance(reply, Answer) else None
        pause = retry_after_seconds(
            header, now=self._clock.time(), most=self._policy.max_wait_seconds
        )
        self._gate.complained(admitted_at, pause)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        return backoff_seconds(
            state.attempt_number, self._clock.jitter(), self._policy.max_wait_seconds
        )
