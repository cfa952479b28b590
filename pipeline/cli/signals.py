"""Signals: an exception while nothing is sent, a polite stop while the run sends.

Ctrl-C (SIGINT), SIGTERM, and SIGHUP, which says that the terminal was closed (SIGBREAK on Windows).
Which of them was ignored when the command began stays ignored, but SIGTERM: ``nohup`` means that
the run is to outlive its terminal, and a shell's background job is not to hear its Ctrl-C.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline.core.errors import Interrupted
from pipeline.core.outcome import ExitCode

__all__ = ["Terminated", "breakable", "deaf", "handled", "interrupted", "listen", "polite"]

_HANG_UP = frozenset(
    number for name in ("SIGHUP", "SIGBREAK") if (number := getattr(signal, name, None)) is not None
)
_unheard: list[int] = []
"""What came while nobody listened; it is handed on as soon as somebody does."""


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP, treated as Ctrl-C is: locks are given back, and the end is told."""


def listen() -> None:
    """From now on SIGTERM and SIGHUP raise :class:`Terminated`, as SIGINT does its exception."""
    _unheard.clear()
    for number in _heard() - {signal.SIGINT}:
        signal.signal(number, _break_off)


def interrupted(by: KeyboardInterrupt | int, sentence: str) -> Interrupted:
    """Make the error that a signal (or the exception it became) ends the command with."""
    error = Interrupted(sentence)
    if isinstance(by, Terminated) or (isinstance(by, int) and by != signal.SIGINT):
        error.exit_code = ExitCode.SIGTERM
    return error


def _heard() -> set[int]:
    spared = {signal.SIGINT, *_HANG_UP}
    return {
        number
        for number in (signal.SIGINT, signal.SIGTERM, *_HANG_UP)
        if number not in spared or signal.getsignal(number) is not signal.SIG_IGN
    }


def _break_off(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated


@contextmanager
def handled(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """While this lasts, every signal that is heard goes to ``handler``."""
    before = {number: signal.signal(number, handler) for number in _heard()}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextmanager
def deaf() -> Iterator[None]:
    """While this lasts, signals wait: for :func:`polite` or :func:`breakable`, or else for nobody,
    since what was sent is being told, and that is quick.
    """
    with handled(lambda number, _frame: _unheard.append(number)):
        yield


@contextmanager
def breakable() -> Iterator[None]:
    """Within :func:`deaf`: a signal breaks off what takes its time, as an exception.

    That the terminal was closed is no reason to hurry: then the run was stopping for it.
    """
    waited = [number for number in _unheard if number not in _HANG_UP]
    _unheard.clear()
    with handled(_break_off_unless_hung_up):
        if waited:
            _break_off(waited[0], None)
        yield


def _break_off_unless_hung_up(number: int, frame: FrameType | None) -> None:
    if number not in _HANG_UP:
        _break_off(number, frame)


@contextmanager
def polite(interrupt: Callable[[int], None]) -> Iterator[None]:
    """While this lasts, signals are handed to ``interrupt`` on the running event loop.

    A closed terminal says so more than once (the kernel, then the shell), and systemd may send
    SIGHUP behind SIGTERM: after another signal it is nobody's impatience, so it is not handed on.
    """
    loop = asyncio.get_running_loop()
    came: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if number not in _HANG_UP or not came:
            loop.call_soon_threadsafe(interrupt, number)
        came.append(number)

    with handled(handle):
        waited, _unheard[:] = _unheard[:], []
        for number in waited:
            handle(number, None)
        yield
