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

from pipeline.core.errors import ConfigError, StoppedEarly
from pipeline.ledger.schema import MIGRATIONS

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
        self.past = "main"
        """The schema that holds earlier runs: another one where this ledger looks back."""
        self.connection = _connect(folder, scratch=scratch)
        try:
            self._migrate()
            self.secret = self._secret()
        except StoppedEarly:
            self.connection.close()
            raise
        except sqlite3.DatabaseError as error:
            self.connection.close()
            raise ConfigError(
                f"The ledger {folder / FILE_NAME} cannot be used ({error}); "
                "restore it from a backup, or name another folder with --state-dir."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what is committed stays."""
        self.connection.close()

    @contextmanager
    def atomic(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction: all of it, or nothing.

        Raises :class:`StoppedEarly` where it cannot be written: a full disk, a lock held too long.
        """
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back()
            raise StoppedEarly(
                f"The ledger in {self.folder} cannot be written ({error}): make room or free its "
                "lock, then run the same command again."
            ) from error
        except BaseException:
            self._roll_back()
            raise

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
            self.connection.close()
            raise ConfigError(
                f"The ledger in {self.folder} was written by a newer address-pipeline; "
                "install that version or a later one."
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
        with self.atomic() as connection:
            connection.execute(
                "INSERT INTO meta VALUES ('secret', ?) ON CONFLICT DO NOTHING",
                (secrets.token_bytes(32),),
            )
            found = connection.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()
        return bytes(found[0])


def _connect(folder: Path, *, scratch: bool) -> sqlite3.Connection:
    file = folder / FILE_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sys.platform != "win32":
            _only_mine(folder, file)
        connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(
            f"The state folder {folder} cannot be written; "
            "give its rights to this user, or name another with --state-dir."
        ) from error
    try:
        connection.execute(f"PRAGMA journal_mode = {'PERSIST' if scratch else 'WAL'}")
        connection.execute(f"PRAGMA synchronous = {'OFF' if scratch else 'FULL'}")
        connection.execute("PRAGMA temp_store = FILE")
        connection.execute("PRAGMA cache_size = -16000")
        if not scratch:  # what is deleted, addresses among it, is overwritten
            connection.execute("PRAGMA secure_delete = ON")
    except sqlite3.Error as error:
        connection.close()
        raise ConfigError(
            f"The ledger {file} cannot be used ({error}); "
            "restore it from a backup, or name another folder with --state-dir."
        ) from error
    return connection


def _only_mine(folder: Path, file: Path) -> None:
    """Nobody else may read addresses here: SQLite gives its side files the mode of the file."""
    with suppress(PermissionError):  # the folder may be lent by an administrator
        folder.chmod(0o700)
    file.touch(mode=0o600, exist_ok=True)
    file.chmod(0o600)
