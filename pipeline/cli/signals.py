"""SIGINT and SIGTERM: an exception while nothing is sent, a polite stop while the run sends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline.core.errors import Interrupted
from pipeline.core.outcome import ExitCode

__all__ = ["Terminated", "interrupted", "listen", "polite"]


class Terminated(KeyboardInterrupt):
    """SIGTERM, treated as Ctrl-C is: locks are given back, and the end is told."""


def listen() -> None:
    """From now on SIGTERM raises :class:`Terminated`."""
    signal.signal(signal.SIGTERM, _terminate)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def interrupted(by: KeyboardInterrupt | int, sentence: str) -> Interrupted:
    """Make the error that a signal (or the exception it became) ends the command with."""
    error = Interrupted(sentence)
    if isinstance(by, Terminated) or by == signal.SIGTERM:
        error.exit_code = ExitCode.SIGTERM
    return error


@contextmanager
def polite(interrupt: Callable[[int], None]) -> Iterator[None]:
    """While this lasts, signals are handed to ``interrupt`` on the running event loop."""
    loop = asyncio.get_running_loop()

    def handle(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(interrupt, number)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
