"""``sandbox``: serve the stand-in API on loopback until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from pipeline.cli.screen import Screen
from pipeline.core.outcome import ExitCode
from pipeline.sandbox import Sandbox

__all__ = ["run_sandbox"]


def run_sandbox(*, port: int, latency_seconds: float, rate_per_second: float | None) -> ExitCode:
    """Serve until a signal; says where it listens and how to call it."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(port, latency_seconds, rate_per_second))
    return ExitCode.OK


async def _serve(port: int, latency_seconds: float, rate_per_second: float | None) -> None:
    sandbox = Sandbox(
        port=port,
        latency_seconds=latency_seconds,
        rate_per_second=rate_per_second,
        make_up_ids=True,
    )
    stop, screen = asyncio.Event(), Screen()
    loop = asyncio.get_running_loop()
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with sandbox:
        screen.sum_up(
            f"Sandbox of the FinerWorks API on {sandbox.base_url} (any two keys; Ctrl-C ends)"
        )
        screen.sum_up(f"  address-pipeline apply SHEET --base-url {sandbox.base_url}")
        try:
            await stop.wait()
        finally:
            screen.sum_up(f"{sandbox.requests:,} requests served.")
