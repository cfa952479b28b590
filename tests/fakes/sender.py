"""A sender that answers from a script instead of a network."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Sequence

from pipeline.core.reply import Answer, NoAnswer

Reply = Answer | NoAnswer


def done(reference: str = "r") -> Answer:
    return Answer(200, json.dumps({"success": True, "reference_id": reference}).encode())


def status(code: int, body: object | None = None, retry_after: str | None = None) -> Answer:
    return Answer(code, json.dumps(body or {}).encode(), retry_after)


LOST = NoAnswer(reached=True, what="the connection was cut")
NO_WAY = NoAnswer(reached=False, what="no connection")


class FakeSender:
    """Answers each order from its own script; the last reply repeats. Remembers what it saw."""

    def __init__(
        self,
        replies: dict[int, Sequence[Reply]] | None = None,
        default: Callable[[int], Reply] = lambda order_id: done(f"ref-{order_id}"),
    ) -> None:
        self._replies = replies or {}
        self._default = default
        self.seen: list[int] = []
        self.open: dict[int, int] = defaultdict(int)
        self.most_open = 0
        self.hold: asyncio.Event | None = None
        self._seen_one = asyncio.Condition()

    async def saw(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        async with self._seen_one:
            await self._seen_one.wait_for(lambda: len(self.seen) >= count)

    async def test_credentials(self) -> Reply:
        return done()

    async def put_customer(self, body: bytes) -> Reply:
        order_id = int(json.loads(body)["order_id"])
        count = self.seen.count(order_id)
        self.seen.append(order_id)
        self.open[order_id] += 1
        self.most_open = max(self.most_open, self.open[order_id])
        async with self._seen_one:
            self._seen_one.notify_all()
        try:
            await (self.hold.wait() if self.hold else asyncio.sleep(0))
        finally:
            self.open[order_id] -= 1
        script = self._replies.get(order_id)
        return script[min(count, len(script) - 1)] if script else self._default(order_id)
