"""How many files the system still lets the program open."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from pipeline.core.errors import OUT_OF_FILES

__all__ = ["can_open", "out_of_files"]

SQLITE_FILES: Final = 5
"""The ledger, its two side files, its folder, and one to spare."""


def can_open(count: int) -> bool:
    """Tell whether so many files more can be opened."""
    with ExitStack() as opened:
        try:
            for _ in range(count):
                opened.enter_context(Path(os.devnull).open("rb"))
        except OSError as error:
            return error.errno not in OUT_OF_FILES
    return True


def out_of_files(error: BaseException | None) -> bool:
    """Tell whether an error, or what caused it, is that no more files can be opened."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in OUT_OF_FILES:
            return True
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CANTOPEN:
            return not can_open(SQLITE_FILES)  # SQLite does not say why it could not
        error = error.__cause__
    return False
