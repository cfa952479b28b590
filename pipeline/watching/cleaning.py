"""Deleting from done/ what is older than ``watch.keep_days``; forgetting what ended long ago."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from pipeline.ledger import Ledger, dropped
from pipeline.ledger.dropped import Dropped

__all__ = ["clean_up"]

DAY_SECONDS: Final = 86_400.0
_HALF_PAGE: Final = "._STATUS.*.tmp"
SKEW_SECONDS: Final = 3_600.0
"""So far the clock of a network drive may be ahead of ours."""


def clean_up(ledger: Ledger, root: Path, keep_days: int, now: float) -> None:
    """Delete what came into done/ more than ``keep_days`` ago (0: nothing), ``now`` in seconds.

    Not what has its name by now: a newer sheet, or what somebody saved there himself since.
    """
    if keep_days:
        before = now - keep_days * DAY_SECONDS
        newer = dropped.landed_since(ledger, root, before)
        old = dropped.ended_before(ledger, root, "done", before)
        gone = [one for one in old if _is_deleted(one, root / "done", newer)]
        if gone:
            dropped.forget_files(ledger, gone)
    dropped.prune(ledger, root, now, keep_done=bool(keep_days))
    for half in root.glob(_HALF_PAGE):  # what a kill left of writing the page
        with suppress(OSError):
            if half.lstat().st_mtime < now - SKEW_SECONDS:
                half.unlink()


def _is_deleted(one: Dropped, done: Path, newer: set[str]) -> bool:
    """Delete the files of a sheet; false where one cannot be, because somebody has it open."""
    paths = [Path(after) for _, after in one.moves if after not in newer]
    latest = (one.ended_at or 0.0) + SKEW_SECONDS
    try:
        for path in paths:
            with suppress(FileNotFoundError):
                if path.parent == done and path.lstat().st_mtime <= latest:
                    path.unlink()
    except OSError:
        return False
    return True
