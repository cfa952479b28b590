"""The ledger's file: opened, migrated, and written to in one way only."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pipeline.core.errors import ConfigError, LedgerUnusable, StoppedEarly
from pipeline.core.full_disk import is_full
from pipeline.ledger.disks import refuse_network
from pipeline.ledger.schema import MIGRATIONS
from pipeline.ledger.trouble import (
    look_over,
    refuse_emptied,
    told_at_the_opening,
    trouble,
)

__all__ = ["FILE_NAME", "Ledger"]

FILE_NAME: Final = "ledger.sqlite3"
BUSY_SECONDS: Final = 30.0


class Ledger:
    """An open ledger. All writing goes through :meth:`atomic`.

    ``folder`` is the state folder (locks lie there too); it is made with mode 0700 and the file
    with 0600. A ``scratch`` ledger is thrown away with its folder, so it waits for no disk. Raises
    :class:`ConfigError` where it cannot be opened or comes from a newer version.
    """

    def __init__(self, folder: Path, *, scratch: bool = False) -> None:
        self.folder = folder
        self.file = folder / FILE_NAME
        self.past = "main"
        """The schema that holds earlier runs: another one where this ledger looks back."""
        if not scratch:
            refuse_network(folder)
        with told_at_the_opening(self.file):
            self.connection, self._identity = _connect(folder, self.file, scratch=scratch)
            try:
                self._migrate()
                self.secret = self._secret()
            except BaseException:
                self.connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        # Reading outside a transaction meets a bad disk, too: told once, here.
        if isinstance(error, sqlite3.Error) and (told := trouble(error, self.file)) is not None:
            raise told from error

    def close(self) -> None:
        """Close the file; what is committed stays."""
        self.connection.close()

    @contextmanager
    def atomic(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction: all of it, or nothing.

        Raises :class:`StoppedEarly` where it cannot be written: a full disk, a lock held too long,
        damage, a file that was taken away.
        """
        connection = self.connection
        self._in_place()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            if (told := trouble(error, self.file)) is None:
                raise  # our own bug
            raise told from error
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read all of one moment, while others go on writing; nothing can be written meanwhile."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def _in_place(self) -> None:
        """A file that was deleted can still be written, and nobody would ever read it again."""
        try:
            found = _identity(self.file)
        except OSError:
            found = None
        if found != self._identity:
            raise LedgerUnusable(
                f"The ledger {self.file} was deleted or replaced while it was in use, so the run "
                "stopped; put it back where you can, then run the same command again."
            )

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            with suppress(sqlite3.Error):  # a full disk has rolled it back already
                self.connection.execute("ROLLBACK")

    def fingerprint(self, text: str) -> bytes:
        """Give a keyed fingerprint (16 bytes): equal texts, equal prints, and no way back."""
        return hashlib.blake2b(text.encode(), digest_size=16, key=self.secret).digest()

    def look_back_at(self, past: Ledger) -> None:
        """Make another ledger's tables readable as ``past.orders`` and so on."""
        self.connection.execute("ATTACH DATABASE ? AS past", (str(past.folder / FILE_NAME),))
        self.secret = past.secret
        self.past = "past"

    def _migrate(self) -> None:
        version = int(self.connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise ConfigError(
                f"The ledger {self.file} was written by a newer address-pipeline; "
                "install that version or a later one, or name another folder with --state-dir."
            )
        for number in range(version, len(MIGRATIONS)):
            with self.atomic() as connection:
                # Another process may have been faster between the look and the lock.
                if connection.execute("PRAGMA user_version").fetchone()[0] > number:
                    continue
                for statement in MIGRATIONS[number].split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")

    def _secret(self) -> bytes:
        wanted = "SELECT value FROM meta WHERE name = 'secret'"
        found = self.connection.execute(wanted).fetchone()
        if found is None:  # only then is the lock of a writer needed
            with self.atomic() as connection:
                connection.execute(
                    "INSERT INTO meta VALUES ('secret', ?) ON CONFLICT DO NOTHING",
                    (secrets.token_bytes(32),),
                )
                found = connection.execute(wanted).fetchone()
        return bytes(found[0])


def _connect(
    folder: Path, file: Path, *, scratch: bool
) -> tuple[sqlite3.Connection, tuple[int, int]]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_emptied(file)
        if sys.platform != "win32":
            _only_mine(folder, file)
        connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
        identity = _identity(file)
    except (OSError, sqlite3.Error) as error:
        if is_full(error):
            raise StoppedEarly(
                f"There is no room for the ledger {file}: make room, then run the same command "
                "again."
            ) from error
        raise ConfigError(
            f"The state folder {folder} cannot be written; "
            "give its rights to this user, or name another with --state-dir."
        ) from error
    try:
        _prepare(connection, file, scratch=scratch)
    except BaseException:
        connection.close()
        raise
    return connection, identity


def _prepare(connection: sqlite3.Connection, file: Path, *, scratch: bool) -> None:
    look_over(connection, file)
    mode = connection.execute(f"PRAGMA journal_mode = {'PERSIST' if scratch else 'WAL'}")
    if not scratch and mode.fetchone()[0] != "wal":
        raise ConfigError(
            f"The disk under {file} cannot share memory between processes, which a ledger needs; "
            "name a folder on a local disk with --state-dir."
        )
    connection.execute(f"PRAGMA synchronous = {'OFF' if scratch else 'FULL'}")
    if not scratch:
        # macOS flushes to the disk itself only where it is asked to.
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute("PRAGMA cache_size = -16000")
    connection.execute("PRAGMA cell_size_check = ON")


def _identity(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_dev, found.st_ino


def _only_mine(folder: Path, file: Path) -> None:
    """Nobody else may read addresses here: SQLite gives its side files the mode of the file."""
    with suppress(PermissionError):  # the folder may be lent by an administrator
        folder.chmod(0o700)
    file.touch(mode=0o600, exist_ok=True)
    file.chmod(0o600)
