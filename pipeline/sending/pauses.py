"""A wait that something may end before its time."""

from __future__ import annotations

import asyncio

from pipeline.core.clock import Clock

__all__ = ["sleep_unless"]


async def sleep_unless(event: asyncio.Event, seconds: float, clock: Clock) -> None:
    """Wait so long, or until the event happens."""
    happened = asyncio.ensure_future(event.wait())
    slept = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({happened, slept}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        happened.cancel()
        slept.cancel()
