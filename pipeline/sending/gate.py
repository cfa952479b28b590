"""The gate: every attempt passes it, one at a time, at the pace of :mod:`pipeline.core.pace`."""

from __future__ import annotations

import asyncio

from pipeline.core.clock import Clock
from pipeline.core.pace import Pace

__all__ = ["Gate"]


class Gate:
    """Holds attempts back until the pace lets them go, in the order in which they came."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._pace = pace
        self._clock = clock
        self._turn = asyncio.Lock()
        self._opened = asyncio.Event()

    @property
    def per_second(self) -> float:
        """The pace now, in requests a second."""
        return self._pace.per_second

    async def admit(self) -> float:
        """Wait for this attempt's slot and give the moment of its admission (monotonic).

        One waits, the rest queue behind it; so a pause that comes meanwhile holds them all.
        """
        async with self._turn:
            while (wait := self._pace.wait_seconds(self._clock.monotonic())) > 0:
                await self.pause(wait)
                if self._opened.is_set():
                    break
            now = self._clock.monotonic()
            self._pace.admit(now)
            return now

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until the gate is opened for good."""
        opened = asyncio.ensure_future(self._opened.wait())
        slept = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({opened, slept}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            opened.cancel()
            slept.cancel()

    def open(self) -> None:
        """Hold nobody any longer: the run is stopping, so whoever passes is sent home."""
        self._opened.set()

    def complained(self, admitted_at: float, pause_seconds: float | None) -> None:
        """Slow down after a 429 or 503; with ``pause_seconds`` nothing passes for so long."""
        now = self._clock.monotonic()
        self._pace.complained(admitted_at, now)
        if pause_seconds:
            self._pace.shut(now + pause_seconds)

    def answered(self) -> None:
        """Tell of an answer that was no complaint."""
        self._pace.answered()
