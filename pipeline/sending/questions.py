"""Ask for the orders of PO numbers: all tries of one call, until it is answered or given up.

Nothing is changed by asking, so there is no doubt to keep: what cannot be trusted is asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pipeline.core.clock import Clock
from pipeline.core.order_lookup import LookupReply, read_reply, request_body
from pipeline.core.reply import Answer, Decision, NoAnswer
from pipeline.core.retrying import RetryPolicy
from pipeline.sending.gate import Gate
from pipeline.sending.retries import Retries

__all__ = ["Asker", "Questions"]


class Asker(Protocol):
    """The one call that looks orders up."""

    async def fetch_order_status(self, body: bytes) -> Answer | NoAnswer:
        """Ask and give what came back."""
        ...


class Questions:
    """Asks, each time by as many tries as the policy allows, every try through the gate."""

    def __init__(self, asker: Asker, gate: Gate, policy: RetryPolicy, clock: Clock) -> None:
        self._asker = asker
        self._gate = gate
        self._between = Retries(gate, policy, clock)
        self.requests = 0
        self.retries = 0

    async def ask(self, pos: Sequence[str]) -> LookupReply:
        """Ask for these numbers; gives the last reply where none could be trusted."""
        body = request_body(pos)
        replies: list[LookupReply] = []

        async def try_once(admitted_at: float) -> LookupReply | None:
            self.requests += 1
            self.retries += bool(replies)
            reply = await self._asker.fetch_order_status(body)
            read = read_reply(pos, reply)
            replies.append(read)
            self._between.tell_gate(reply, read.verdict, admitted_at)
            return None if read.verdict.decision is Decision.RETRY else read

        first = await try_once(await self._gate.admit())
        if first is not None:
            return first
        ended: LookupReply = await self._between.again(
            try_once, lambda: None, lambda: replies[-1], lambda: len(replies)
        )
        return ended
