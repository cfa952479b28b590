"""SIGINT and SIGTERM: an exception while nothing is sent, a polite stop while the run sends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline.core.errors import Interrupted
from pipeline.core.outcome import ExitCode

__all__ = ["Terminated", "breakable", "deaf", "interrupted", "listen", "polite"]


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
def _handled(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, handler) for number in wanted}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextmanager
def deaf() -> Iterator[None]:
    """While this lasts, signals are not heard: what was sent is being told, and that is quick."""
    with _handled(lambda _number, _frame: None):
        yield


@contextmanager
def breakable() -> Iterator[None]:
    """Within :func:`deaf`: a signal breaks off what takes its time, as an exception."""
    with _handled(_break_off):
        yield


def _break_off(number: int, _frame: FrameType | None) -> None:
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt


@contextmanager
def polite(interrupt: Callable[[int], None]) -> Iterator[None]:
    """While this lasts, signals are handed to ``interrupt`` on the running event loop."""
    loop = asyncio.get_running_loop()

    def handle(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(interrupt, number)

    with _handled(handle):
        yield
