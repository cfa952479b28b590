"""A server on a mixed day: slow and quick answers, refusals, cut connections, some stored first."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.stub_api import behaviours as api
from tests.stub_api.replies import CloseBeforeReply, Late, Page, Reply, Reset
from tests.stub_api.wire import Seen, Wire

__all__ = ["Stored", "Weather", "is_cut", "stores"]


@dataclass(frozen=True)
class Stored(Reply):
    """The address is stored, and then something else than a good answer is said."""

    reply: Reply

    async def play(self, wire: Wire) -> None:
        """Say the other thing."""
        await self.reply.play(wire)


def _plain(reply: object) -> object:
    while isinstance(reply, Late | Stored):
        reply = reply.reply
    return reply


def stores(reply: object) -> bool:
    """Tell whether the server holds the address once it has played this reply."""
    while isinstance(reply, Late):
        reply = reply.reply
    return isinstance(reply, Stored) or (isinstance(reply, Page) and reply.confirms)


def is_cut(reply: object) -> bool:
    """Tell whether the client never gets to know what became of its request."""
    return isinstance(_plain(reply), Reset | CloseBeforeReply)


@dataclass(frozen=True)
class Weather:
    """Decides by chance, but alike for a seed: ``trouble`` is the share of requests that go wrong.

    A share ``slow`` of all answers takes 0.5 to ``slowest_seconds``, the others up to
    ``latency_seconds``.
    """

    seed: int
    trouble: float = 0.04
    slow: float = 0.003
    slowest_seconds: float = 1.5
    latency_seconds: float = 0.03

    def __call__(self, seen: Seen) -> Reply:
        """Answer a correction."""
        chance = random.Random(self.seed << 32 | seen.number)
        if chance.random() < self.slow:
            return Late(chance.uniform(0.5, self.slowest_seconds), api.ok(seen))
        wrong = chance.random() < self.trouble
        reply = self._trouble(seen, chance) if wrong else api.ok(seen)
        return Late(chance.uniform(0.0, self.latency_seconds), reply)

    def _trouble(self, seen: Seen, chance: random.Random) -> Reply:
        fault = api.server_error(seen)
        refusal = api.too_many()(seen)
        return chance.choice(
            [fault, Stored(fault), refusal, Reset(), Stored(Reset()), Stored(CloseBeforeReply())]
        )
