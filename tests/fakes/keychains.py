"""Keychains for tests: one in a file that processes share, and those that do not do their work."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

__all__ = ["FILE_VARIABLE", "FileKeychain", "HangingKeychain", "LockedKeychain"]

FILE_VARIABLE = "TEST_KEYCHAIN_FILE"


class FileKeychain(KeyringBackend):
    """Keeps its entries in the file that :data:`FILE_VARIABLE` names."""

    priority = -1.0  # never chosen by itself
    name = "Test Keychain"

    def get_password(self, service: str, username: str) -> str | None:
        """Give an entry."""
        return self._entries().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep an entry."""
        self._write(self._entries() | {f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        """Delete an entry, which must be there."""
        entries = self._entries()
        if entries.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError("not found")
        self._write(entries)

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library's own

    @staticmethod
    def _file() -> Path:
        return Path(os.environ[FILE_VARIABLE])

    def _entries(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._file().read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def _write(self, entries: dict[str, str]) -> None:
        self._file().write_text(json.dumps(entries), encoding="utf-8")


class HangingKeychain(FileKeychain):
    """Waits for somebody who never comes; ``let_go`` ends that."""

    let_go = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        """Wait."""
        self.let_go.wait(30)
        return None


class LockedKeychain(FileKeychain):
    """Says that it is locked, and quotes what it should not."""

    def get_password(self, service: str, username: str) -> str | None:
        """Refuse, in words that must not be shown."""
        raise KeyringLocked("SECRET-OF-THE-KEYCHAIN")
