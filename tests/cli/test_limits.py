"""Telling that no more files can be opened from every other error."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import loop
from pipeline.cli.limits import can_open, out_of_files
from pipeline.core.errors import ConfigError, StoppedEarly, no_more_files


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three more files be opened, and no fourth."""
    left = iter(range(3))
    opened = Path.open

    def opening(path: Path, *rest: Any, **more: Any) -> Any:
        if str(path) == os.devnull and next(left, None) is None:
            raise OSError(errno.EMFILE, "Too many open files")
        return opened(path, *rest, **more)

    monkeypatch.setattr(Path, "open", opening)


def _cannot_open() -> sqlite3.OperationalError:
    """What SQLite says of a file that it cannot open, whatever the reason."""
    with pytest.raises(sqlite3.OperationalError) as raised:
        sqlite3.connect("/nowhere/at/all.sqlite3")
    return raised.value


def _caused_by(cause: Exception) -> ConfigError:
    error = ConfigError("The ledger cannot be used.")
    error.__cause__ = cause
    return error


def test_files_are_counted_by_opening_them(full: None) -> None:
    """Three can be opened, so four cannot."""
    assert not can_open(4)


def test_another_trouble_of_opening_is_not_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a null device, say, is not out of files."""

    def fail(*_: object) -> None:
        raise OSError(errno.ENOENT, "No such file")

    monkeypatch.setattr(Path, "open", fail)
    assert can_open(1)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_the_system_says_it(number: int) -> None:
    """The error itself, or what caused ours, of a process or of the whole machine."""
    error = OSError(number, "")
    assert out_of_files(error)
    assert out_of_files(_caused_by(error))


def test_sqlite_does_not_say_it(full: None) -> None:
    """Its error is believed to be this one where files cannot be opened."""
    assert out_of_files(_caused_by(_cannot_open()))


def test_what_is_something_else() -> None:
    """A full disk, a missing folder, a bug: told in their own words."""
    for error in (OSError(errno.ENOSPC, ""), _cannot_open(), ValueError(), None):
        assert not out_of_files(error)


def test_no_work_begins_without_files(full: None) -> None:
    """Nothing is begun that could not be ended."""
    begun = []
    with pytest.raises(StoppedEarly, match="ulimit -n") as raised:
        loop.run_in_loop(lambda: begun.append(1))  # type: ignore[arg-type,return-value]
    assert (str(raised.value), begun) == (str(no_more_files()), [])
