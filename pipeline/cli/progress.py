"""Progress on stderr: a live line on a terminal, a plain line every ten seconds elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Final

from pipeline.cli.words import about
from pipeline.core.events import Progress

__all__ = ["ProgressLine"]

LIVE_SECONDS: Final = 0.1
PLAIN_SECONDS: Final = 10.0
_BAR: Final = 30


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
            sys.stderr.write("\n")
            sys.stderr.flush()

    def _show(self, progress: Progress) -> None:
        self._shown = True
        left = progress.seconds_left
        words = (
            f"{progress.done:,}/{progress.total:,}   {progress.per_second:.1f}/s   "
            f"{progress.retries:,} retries" + (f"   {about(left)} left" if left else "")
        )
        if not self._live:
            sys.stderr.write(f"{words}\n")
        else:
            line = f" {_bar(progress)}  {words}   Ctrl-C stops safely"
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[K{line if len(line) <= width else words[:width]}")
        sys.stderr.flush()


def _bar(progress: Progress) -> str:
    full = _BAR * progress.done // max(1, progress.total)
    return "━" * full + ("╺" + "─" * (_BAR - full - 1) if full < _BAR else "")
