"""The gate: every attempt passes it, one at a time, at the pace of :mod:`pipeline.core.pace`."""

from __future__ import annotations

import asyncio

from pipeline.core.clock import Clock
from pipeline.core.pace import Pace
from pipeline.sending.pauses import sleep_unless

__all__ = ["Gate"]


class Gate:
    """Holds attempts back until the pace lets them go, in the order in which they came.

    Whoever was admitted tells how it ended, by one of :meth:`answered`, :meth:`complained`,
    :meth:`lost` and :meth:`not_sent`: after a shut gate a single attempt decides whether the others
    may go.
    """

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._pace = pace
        self._clock = clock
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._opened = asyncio.Event()
        self._news = asyncio.Event()

    @property
    def per_second(self) -> float:
        """The pace now, in requests a second."""
        return self._pace.per_second

    @property
    def shut(self) -> bool:
        """True while the server lets nothing in, so that single attempts ask whether it does."""
        return self._pace.closed

    @property
    def learned(self) -> float | None:
        """The limit that is worth keeping for the next run; None when nothing was learned."""
        return self._pace.learned

    async def admit(self) -> float:
        """Wait for this attempt's slot and give the moment of its admission (monotonic).

        One waits, the rest queue behind it; so a pause that comes meanwhile holds them all.
        """
        if (admitted_at := self.try_admit()) is not None:
            return admitted_at
        self._waiting += 1
        try:
            async with self._turn:
                return await self._in_turn()
        finally:
            self._waiting -= 1

    def try_admit(self) -> float | None:
        """Take a slot that is free now and give its moment; None where there is a wait."""
        if self._waiting:
            return None
        now = self._clock.monotonic()
        if self._pace.wait_seconds(now):
            return None
        self._pace.admit(now)
        return now

    async def _in_turn(self) -> float:
        while not self._opened.is_set():
            wait = self._pace.wait_seconds(self._clock.monotonic())
            if wait <= 0:
                break
            self._news.clear()
            await sleep_unless(self._news, wait, self._clock)
        now = self._clock.monotonic()
        self._pace.admit(now)
        return now

    def open(self) -> None:
        """Hold nobody any longer: the run is stopping, so whoever passes is sent home."""
        self._opened.set()
        self._news.set()

    def share_among(self, running_runs: int) -> None:
        """Leave each of the runs that send at this time its part of the ceiling, at once."""
        self._pace.share_among(running_runs)

    def answered(self, admitted_at: float) -> None:
        """Tell of an answer that was no complaint."""
        if self._pace.free:
            return
        probing = self._pace.probing
        self._pace.answered(admitted_at, self._clock.monotonic())
        if probing:
            self._news.set()

    def complained(self, admitted_at: float, pause_seconds: float | None) -> None:
        """Slow down after a 429 or 503; with ``pause_seconds`` nothing passes for so long."""
        self._pace.complained(admitted_at, self._clock.monotonic(), pause_seconds)
        self._news.set()

    def lost(self, admitted_at: float) -> None:
        """Tell of an attempt that ended without an answer: no complaint, and no opening either."""
        self._pace.lost(admitted_at, self._clock.monotonic())
        self._news.set()

    def not_sent(self, admitted_at: float) -> None:
        """Tell of an attempt that was not made after all: another one may go in its place."""
        self._pace.not_sent(admitted_at)
        self._news.set()
