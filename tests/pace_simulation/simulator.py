"""A run without a network: workers, gate and server on one virtual clock.

Nothing waits: the next event is taken from a heap. The client is modelled on the real one: first
tries stand at the gate one at a time, a refused order backs off with full jitter and then stands
at the gate again, in the order of coming. Requests and answers take half of the latency each, give
or take a tenth.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass, field
from itertools import count

from pipeline.core.pace import Pace
from pipeline.core.retrying import RetryPolicy, backoff_seconds
from tests.pace_simulation.servers import Server

__all__ = ["Ran", "simulate"]

LAG_SECONDS = 0.001
"""The event loop wakes a sleeper up to so much too late."""


@dataclass
class Ran:
    """What came of a simulated run; times are seconds after the first admission."""

    limit: float
    admitted: list[float] = field(default_factory=list)
    """When each try passed the gate."""
    done: list[float] = field(default_factory=list)
    """When each success was told to the client."""
    let_in: list[float] = field(default_factory=list)
    """When the server let each success in."""
    refused: list[float] = field(default_factory=list)
    """When the server turned each other try away."""
    most_tries: int = 0
    learned: float | None = None
    paces: list[tuple[float, float]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Successes a second from the first request to the last answer, of the limit."""
        return len(self.done) / self.done[-1] / self.limit

    @property
    def refused_share(self) -> float:
        """The refused ones among all tries."""
        return len(self.refused) / len(self.admitted)

    def share_between(self, begin: float, end: float, limit: float) -> float:
        """Successes in a stretch of time, of what the limit allows in it."""
        return sum(begin <= at < end for at in self.let_in) / (end - begin) / limit


class _Run:
    def __init__(
        self, pace: Pace, server: Server, *, rows: int, workers: int, latency: float, seed: int
    ) -> None:
        self.pace, self.server, self.latency = pace, server, latency
        self.rows, self.free = rows, workers
        self.chance = random.Random(seed)
        self.events: list[tuple[float, int, str, tuple[float, ...]]] = []
        self.numbers = count()
        self.queue: deque[int] = deque()
        """Tries behind each order that stands at the gate."""
        self.first_waits = False
        self.gate_at: float | None = None
        self.now = 0.0
        self.arrived = -1.0
        self.ran = Ran(server.limit(0.0))

    def later(self, seconds: float, kind: str, *what: float) -> None:
        heapq.heappush(self.events, (self.now + seconds, next(self.numbers), kind, what))

    def run(self) -> Ran:
        self.begin_orders()
        while self.events:
            self.now, _, kind, what = heapq.heappop(self.events)
            getattr(self, kind)(*what)
            self.begin_orders()
            self.look_at_gate()
        self.ran.learned = self.pace.learned
        return self.ran

    def begin_orders(self) -> None:
        """One order that was not tried yet stands at the gate, if a worker is free for it."""
        if not self.first_waits and self.free and self.rows:
            self.rows -= 1
            self.free -= 1
            self.first_waits = True
            self.queue.append(0)
            self.look_at_gate()

    def look_at_gate(self) -> None:
        if not self.queue:
            return
        wait = self.pace.wait_seconds(self.now)
        at = self.now + wait + (self.chance.random() * LAG_SECONDS if wait else 0.0)
        if self.gate_at is None or at < self.gate_at - 1e-9:
            self.gate_at = at
            self.later(at - self.now, "passes", at)

    def passes(self, at: float) -> None:
        if at != self.gate_at:
            return
        self.gate_at = None
        if not self.queue or self.pace.wait_seconds(self.now) > 0:
            return
        self.pace.admit(self.now)
        tries = self.queue.popleft()
        if not tries:
            self.first_waits = False
        self.ran.admitted.append(self.now)
        self.ran.paces.append((self.now, self.pace.per_second))
        self.later(self.some_way(), "arrives", self.now, tries + 1)

    def arrives(self, admitted_at: float, tries: int) -> None:
        pause = self.server.refuses(self.now)
        if pause is None:
            self.ran.let_in.append(self.now)
            self.later(self.some_way(), "answered", admitted_at)
        else:
            self.ran.refused.append(self.now)
            self.ran.most_tries = max(self.ran.most_tries, int(tries))
            self.later(self.some_way(), "complained", admitted_at, tries, pause)

    def some_way(self) -> float:
        return self.latency / 2 * self.chance.uniform(0.9, 1.1)

    def answered(self, admitted_at: float) -> None:
        self.pace.answered(admitted_at, self.now)
        self.ran.done.append(self.now)
        self.free += 1

    def complained(self, admitted_at: float, tries: int, pause: float) -> None:
        self.pace.complained(admitted_at, self.now, min(pause, 60.0) or None)
        wait = backoff_seconds(int(tries), self.chance.random(), RetryPolicy().max_wait_seconds)
        self.later(wait, "comes_back", tries)

    def comes_back(self, tries: int) -> None:
        self.queue.append(int(tries))


def simulate(
    pace: Pace, server: Server, *, rows: int, latency: float, workers: int = 256, seed: int = 1
) -> Ran:
    """Send ``rows`` orders through ``pace`` to ``server``, each until it is let in."""
    return _Run(pace, server, rows=rows, workers=workers, latency=latency, seed=seed).run()
