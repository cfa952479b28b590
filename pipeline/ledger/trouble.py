"""What is wrong with the ledger's file, told as one sentence that names it and what to do.

Only codes of SQLite are told, and its own words for them: what is no such code is our own bug, or
a text that cannot be decoded, whose message would quote the cell.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipeline.core.errors import ConfigError, LedgerUnusable, StoppedEarly

__all__ = ["look_over", "refuse_emptied", "told_at_the_opening", "trouble"]

WHOLLY_CHECKED_BYTES: Final = 4_000_000
"""A ledger up to this size (some 5,000 rows) is checked whole at its opening: 20 ms."""
_SMALL_TABLES: Final = ("meta", "targets", "runs")
_TABLES: Final = frozenset({*_SMALL_TABLES, "rows", "orders", "written"})

_FULL: Final = (
    "There is no room for the ledger {file} or its temporary files: make room, then run the same "
    "command again."
)
_DISK: Final = (
    "The ledger {file} cannot be read or written ({said}): look at the disk and at its free space, "
    "then run the same command again."
)
_HELD: Final = (
    "Another program holds the lock of the ledger {file} and does not let go: let it end (a backup,"
    " a database viewer), then run the same command again."
)
_SHUT: Final = (
    "The ledger {file} cannot be written ({said}): give its rights to this user, or name another "
    "folder with --state-dir."
)
_DAMAGED: Final = (
    "The ledger {file} is damaged ({said}): restore it from a backup, or name another folder with "
    "--state-dir."
)

_PASSING: Final = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_PROTOCOL: _HELD,
    sqlite3.SQLITE_NOMEM: _DISK,
}
_LASTING: Final = {
    sqlite3.SQLITE_READONLY: _SHUT,
    sqlite3.SQLITE_CANTOPEN: _SHUT,
    sqlite3.SQLITE_PERM: _SHUT,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}


def trouble(error: sqlite3.Error, file: Path) -> StoppedEarly | None:
    """Say what an error of SQLite means for the ledger; ``None`` where it is a bug of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # The module's own: a text that is no UTF-8 is damage, anything else a wrong call.
        undecodable = isinstance(error, sqlite3.OperationalError)
        said = "a text in it cannot be read"
        return LedgerUnusable(_DAMAGED.format(file=file, said=said)) if undecodable else None
    kind = code & 0xFF
    if (words := _PASSING.get(kind)) is not None:
        return StoppedEarly(words.format(file=file, said=error))
    if (words := _LASTING.get(kind)) is not None:
        return LedgerUnusable(words.format(file=file, said=error))
    return None


@contextmanager
def told_at_the_opening(file: Path) -> Iterator[None]:
    """Turn what goes wrong with a file that is being opened into :class:`ConfigError` where it
    lasts, for nothing was sent yet, and into :class:`StoppedEarly` where it may pass.
    """
    try:
        yield
    except sqlite3.Error as error:
        told = trouble(error, file)
        if isinstance(told, LedgerUnusable):
            raise ConfigError(str(told)) from error
        raise told or error from error
    except LedgerUnusable as error:
        raise ConfigError(str(error)) from error


def look_over(connection: sqlite3.Connection, file: Path) -> None:
    """Look for damage before anything is sent, as far as that is quick.

    A small ledger is checked whole, of a large one the tables that every run needs; ``doctor``
    checks all. Raises :class:`ConfigError`, or SQLite's own error where it cannot even be read.
    """
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not names:
        return
    if not names >= _TABLES:
        raise ConfigError(
            f"{file} is a database, but no ledger of address-pipeline; move it away, or name "
            "another folder with --state-dir."
        )
    whole = _size(connection) <= WHOLLY_CHECKED_BYTES
    for what in ("",) if whole else [f"({table})" for table in _SMALL_TABLES]:
        found = connection.execute(f"PRAGMA quick_check{what}").fetchone()[0]
        if found != "ok":
            raise ConfigError(_DAMAGED.format(file=file, said="its pages do not fit together"))


def _size(connection: sqlite3.Connection) -> int:
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    return int(pages * connection.execute("PRAGMA page_size").fetchone()[0])


def refuse_emptied(file: Path) -> None:
    """Refuse a ledger of no bytes where one was used: SQLite would begin anew without a word."""
    if not file.is_file() or file.stat().st_size:
        return
    log = file.with_name(f"{file.name}-wal")
    used = (log.is_file() and log.stat().st_size) or any(file.parent.glob("locks/*"))
    if used:
        raise ConfigError(
            f"The ledger {file} is empty, although runs were made with it: restore it from a "
            "backup, or delete it to begin anew (then nothing is known of what was sent)."
        )
