"""The folder of a ledger that is thrown away: a check keeps nothing, not even when it is killed."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pipeline.core.errors import StoppedEarly

__all__ = ["PREFIX", "scratch_folder"]

PREFIX: Final = "address-pipeline-"
STALE_SECONDS: Final = 86_400.0
"""No check takes a day, so what is older was left behind by one that was killed."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give an empty folder that only the user can read; it is gone at the end.

    What a killed check left behind holds addresses, so the next one removes it.
    """
    _sweep(time.time() - STALE_SECONDS)
    try:
        made = tempfile.TemporaryDirectory(prefix=PREFIX)
    except OSError as error:
        raise StoppedEarly(
            f"No temporary folder can be made ({error.strerror}): make room, or name a folder that "
            "can be written in the variable TMPDIR, then run the same command again."
        ) from error
    with made as name:
        yield Path(name)


def _sweep(before: float) -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else's, or gone meanwhile
            state = folder.lstat()
            if stat.S_ISDIR(state.st_mode) and state.st_mtime < before and _is_mine(state):
                shutil.rmtree(folder, ignore_errors=True)


def _is_mine(state: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or state.st_uid == os.getuid()
