"""Who could have written a configuration file.

A file that others can write must not say where the two keys go: a folder on a share must not be
able to walk them out. Trusted is a file that the user or root owns and that nobody else can
write, in a folder of which the same holds. A sticky folder such as ``/tmp`` is not enough:
others may put a new file there.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import ConfigError

__all__ = ["FoundFile", "private", "read_found"]

MOST_BYTES = 1_000_000
_ROOT = 0


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file as it was read: its text, and why it is not to be trusted (empty: it is)."""

    path: Path
    text: str
    distrust: str = ""


def read_found(path: Path) -> FoundFile:
    """Read a configuration file and see who could have written it.

    What is judged is the file that was opened, not a later one of its name. Raises ConfigError,
    which names the file.
    """
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise ConfigError(f"{path} is no file; name a configuration file.")
            data = file.read(MOST_BYTES + 1)
        distrust = _distrust(path, state)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}); name another configuration file or mend it."
        ) from error
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{path} is too long for a configuration file; name another one.")
    try:
        return FoundFile(path, data.decode("utf-8-sig"), distrust)
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text; save it as UTF-8.") from None


def private(state: os.stat_result) -> bool:
    """Tell whether a file is the user's own and no one else can read or write it."""
    return state.st_uid == _me() and not state.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _me() -> int | None:
    """Give the user's number; Windows has none, so there no file counts as the user's own."""
    return None if sys.platform == "win32" else os.geteuid()


def _distrust(path: Path, state: os.stat_result) -> str:
    """Say what speaks against the file; a link's own folder counts as well as its end's."""
    places = {path.absolute().parent, path.resolve().parent}
    reason = _open_to_others(state)
    if reason:
        return f"the file {reason}"
    for folder in sorted(places):
        reason = _open_to_others(folder.stat())
        if reason:
            return f"its folder {reason}"
    return ""


def _open_to_others(state: os.stat_result) -> str:
    if _me() is None:
        return "has rights that cannot be judged on Windows"
    if state.st_uid not in (_me(), _ROOT):
        return "belongs to another user"
    if state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written by others"
    return ""
