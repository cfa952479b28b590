"""Locks that the kernel frees when their process dies: no heartbeats, no stale locks.

One file a run says whether the run is alive; one a sheet keeps two processes off the same sheet.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from pathlib import Path

from pipeline.core.errors import Busy, ConfigError, PipelineError, StoppedEarly
from pipeline.core.full_disk import is_full

__all__ = ["Lock", "lock_for_sheet"]


class Lock:
    """An exclusive lock on a file of its own; held from :meth:`take` to :meth:`release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Take the lock; ``False`` where another process (or another taker here) holds it.

        Raises :class:`StoppedEarly` for want of room or of open files, :class:`ConfigError` where
        the folder does not allow it.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                taken = _lock(file) and self._is_still(file)
            except BaseException:
                os.close(file)
                raise
        except OSError as error:
            raise _no_lock(self._path, error) from error
        if not taken:
            os.close(file)
            return False
        self._file = file
        return True

    def _is_still(self, file: int) -> bool:
        """Tell that the lock's file was not removed by its holder while we were at the door.

        Whoever comes next makes a file of its own, and would hold the lock beside us.
        """
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self, *, remove: bool = False) -> None:
        """Give the lock back; releasing twice does nothing.

        ``remove`` deletes its file too, where nobody will ever take this lock again.
        """
        if self._file is not None:
            if remove and sys.platform != "win32":  # there an open file cannot be deleted
                self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    @property
    def held_elsewhere(self) -> bool:
        """True while a living process holds the lock.

        Raises :class:`StoppedEarly` where that cannot be told: nobody may be taken for dead.
        """
        if not self._path.exists():
            return False
        try:
            taken = self.take()
        except ConfigError as error:
            raise StoppedEarly(str(error)) from error
        if taken:
            self.release()
        return not taken


def lock_for_sheet(folder: Path, sheet: Path) -> Lock:
    """Take the lock of a sheet (by its resolved path), or raise :class:`Busy`."""
    name = hashlib.blake2b(str(sheet.resolve()).encode(), digest_size=12).hexdigest()
    lock = Lock(folder / "locks" / f"sheet-{name}.lock")
    if not lock.take():
        raise Busy(
            f"{sheet.name}: another address-pipeline is working on this sheet; "
            "wait until it has ended."
        )
    return lock


def _no_lock(path: Path, error: OSError) -> PipelineError:
    said = error.strerror
    if is_full(error) or error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOLCK):
        return StoppedEarly(
            f"The lock {path} cannot be taken ({said}): put that right, then run the same command "
            "again."
        )
    return ConfigError(
        f"The lock {path} cannot be taken ({said}): give its rights to this user, or name another "
        "folder on a local disk with --state-dir."
    )


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
