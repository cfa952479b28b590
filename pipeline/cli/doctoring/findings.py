"""One line of the doctor's: what was looked at, how it is, what to do."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pipeline.core.outcome import ExitCode

__all__ = ["LEAST_FREE_MEGABYTES", "Finding", "Level", "bad", "free_space", "note", "ok", "tried"]

LEAST_FREE_MEGABYTES: Final = 200

Level = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found; ``code`` is what the command ends with for it."""

    name: str
    level: Level
    words: str
    code: ExitCode = ExitCode.OK


def ok(name: str, words: str) -> Finding:
    """All is well."""
    return Finding(name, "ok", words)


def note(name: str, words: str) -> Finding:
    """Worth knowing; nothing has to be done."""
    return Finding(name, "note", words)


def bad(name: str, words: str, code: ExitCode = ExitCode.USAGE) -> Finding:
    """Something has to be done; the words end with what."""
    return Finding(name, "bad", words, code)


def free_space(name: str, folder: Path) -> Finding:
    """Look how much room there is."""
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < LEAST_FREE_MEGABYTES:
        return bad(name, f"{folder}: only {free} MB are free; make room.")
    return ok(name, f"{folder}, {free:,} MB free")


def tried(folder: Path) -> str:
    """Make, rename, move and delete a small file there; says what was refused, if anything.

    Its name is one that no watcher takes for a sheet.
    """
    inner: Path | None = None
    file: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=".doctor.", suffix=".tmp", dir=folder)
        os.close(handle)
        file = Path(name)
        file = file.rename(file.with_suffix(".2.tmp"))
        inner = Path(tempfile.mkdtemp(prefix=".doctor.", suffix=".tmp", dir=folder))
        file = file.rename(inner / file.name)
    except OSError as error:
        what = "rename" if file is not None else "write"
        return f"cannot {what} there ({os.strerror(error.errno or errno.EIO)})"
    finally:
        with suppress(OSError):
            if file is not None:
                file.unlink()
        with suppress(OSError):
            if inner is not None:
                inner.rmdir()
    return ""
