"""A log file that somebody else may move away at any time."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from pipeline.core.errors import ConfigError

__all__ = ["AppendedFile"]


class AppendedFile:
    """Appends whole lines to a file that is made with mode 0600.

    Where it was moved away or deleted (log rotation), the next line goes to a new one. A line that
    cannot be written is lost: a full disk must not stop a run. Raises ConfigError where it cannot
    be opened at the beginning, for then nobody would ever read a line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = self._open()
        except OSError as error:
            raise ConfigError(
                f"log.file: {path} cannot be written ({error.strerror}); give its rights to this "
                "user, or name another file."
            ) from error
        self._identity = _identity(os.fstat(self._file))

    def write(self, line: str) -> None:
        """Append a line."""
        with suppress(OSError):
            self._follow()
            # One call a line: several processes may append to one file.
            os.write(self._file, f"{line}\n".encode(errors="backslashreplace"))

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _open(self) -> int:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Not to wait where it is a pipe that nobody reads.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        return os.open(self._path, flags, 0o600)

    def _follow(self) -> None:
        try:
            found = _identity(self._path.stat())
        except FileNotFoundError:
            found = None
        if found == self._identity:
            return
        new = self._open()
        os.close(self._file)
        self._file = new
        self._identity = _identity(os.fstat(new))


def _identity(state: os.stat_result) -> tuple[int, int]:
    return state.st_dev, state.st_ino
