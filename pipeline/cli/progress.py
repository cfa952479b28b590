"""Progress on stderr: a live line on a terminal, a plain line every ten seconds elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Final

from pipeline.cli.screen import put
from pipeline.cli.words import about
from pipeline.core.events import Progress

__all__ = ["ProgressLine"]

LIVE_SECONDS: Final = 0.1
PLAIN_SECONDS: Final = 10.0
_BAR: Final = 30
_LEAST_BAR: Final = 8


class ProgressLine:
    """Shows :class:`Progress` records; give it to a run as ``on_progress``."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._due = time.monotonic() + (0.0 if live else PLAIN_SECONDS)
        self._shown = False

    def __call__(self, progress: Progress) -> None:
        """Show it if something was not shown just now; the last one is always shown live."""
        now = time.monotonic()
        last = self._live and progress.done >= progress.total
        if now < self._due and not last:
            return
        self._due = now + (LIVE_SECONDS if self._live else PLAIN_SECONDS)
        self._show(progress)

    def close(self) -> None:
        """End the live line, so that what follows begins on a line of its own."""
        if self._live and self._shown:
            put(sys.stderr, "\n")

    def _show(self, progress: Progress) -> None:
        self._shown = True
        words = _words(progress)
        if self._live:
            columns = shutil.get_terminal_size().columns
            put(sys.stderr, f"\r\x1b[K{_live_line(progress, words, columns - 1)}")
        else:
            put(sys.stderr, f"{words}\n")


def _words(progress: Progress) -> str:
    done = f"{progress.done:,}/{progress.total:,}   "
    if progress.outage_seconds is not None:
        left = about(progress.outage_seconds_left or 0.0)
        return (
            f"{done}the API is down since {progress.outage_seconds:.0f} s, "
            f"asking now and then for {left} more"
        )
    left = f"   {about(progress.seconds_left)} left" if progress.seconds_left else ""
    return f"{done}{progress.per_second:.1f}/s   {progress.retries:,} retries{left}"


def _live_line(progress: Progress, words: str, width: int) -> str:
    """Fit bar and hint around the words, as far as there is room; the words come first."""
    hint = "   Ctrl-C stops safely"
    if len(words) + len(hint) + _LEAST_BAR + 3 > width:
        hint = ""
    bar = min(_BAR, width - len(words) - len(hint) - 3)
    shown = f" {_bar(progress, bar)}  " if bar >= _LEAST_BAR else ""
    return f"{shown}{words}{hint}"[:width]


def _bar(progress: Progress, length: int) -> str:
    full = length * progress.done // max(1, progress.total)
    return "━" * full + ("╺" + "─" * (length - full - 1) if full < length else "")
