"""Put a finished file in its place: whole or not at all, and never over somebody's work."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pipeline.core.full_disk import FULL

__all__ = ["place", "sha256_of", "temporary_beside"]

_MOST_NAMES = 1000

# Another name in the same folder does not help against these.
_HOPELESS = FULL | {errno.EROFS, errno.EIO, errno.ENOENT}
# Some network drives and some devices cannot do what was asked, and nothing is lost by it.
_NOT_DONE_HERE = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})

SHORT_NAME_BYTES: Final = 120
STALE_SECONDS: Final = 3_600.0
"""Who is still writing writes within the hour, so what is older was left behind."""
"""Where a name is too long, one of so many bytes is taken: every file system holds that."""


def _sweep(folder: Path, prefix: str) -> None:
    """Remove what a killed process left: it holds addresses, and nobody will ever place it."""
    ours = re.compile(rf"{re.escape(prefix)}[a-z0-9_]{{8}}\.tmp")  # as tempfile names them
    with os.scandir(folder) as entries:
        left = [Path(entry.path) for entry in entries if ours.fullmatch(entry.name)]
    for path in left:
        found = path.lstat()
        private = stat.S_ISREG(found.st_mode) and not found.st_mode & 0o077
        if private and time.time() - found.st_mtime > STALE_SECONDS:
            path.unlink(missing_ok=True)


@contextmanager
def temporary_beside(wanted: Path) -> Iterator[Path]:
    """Give an empty file in the folder of ``wanted`` to write to and then to :func:`place`.

    Its name begins with a dot and only the user can read it. Whatever happens, it is gone at the
    end unless it was placed; what a kill left of an earlier one goes first. Raises OSError where
    the folder is missing or read-only.
    """
    prefix = f".{wanted.stem[:20]}."
    with suppress(OSError):
        _sweep(wanted.parent, prefix)
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=wanted.parent)
    os.close(handle)
    temp = Path(name)
    try:
        yield temp
    finally:
        temp.unlink(missing_ok=True)


def place(
    temp: Path, wanted: Path, *, ours: Callable[[Path], bool], like: Path | None = None
) -> Path:
    """Rename ``temp`` to ``wanted``, or to ``NAME (2)``, ``NAME (3)`` …; say where it landed.

    ``temp`` lies in the same folder. An existing file is replaced only where ``ours(path)`` says
    that it is byte for byte what we wrote. A name that is locked or refused is passed over, one
    that is too long is cut. The file is as open to others as ``like`` is (the source, say), else
    only the user can read it.

    Raises OSError when no name will do (the disk is full, the folder is read-only); then ``temp``
    is removed.
    """
    try:
        _settle(temp, like)
        return _first_that_takes(temp, wanted, ours)
    except OSError:
        temp.unlink(missing_ok=True)
        raise


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file's bytes in lowercase hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(temp: Path, like: Path | None) -> None:
    """Force the bytes to disk before the name points to them; a crash leaves no empty file."""
    with temp.open("rb+") as file:
        _sync(file.fileno())
    if like is not None:
        with suppress(OSError):  # gone, or a drive that keeps no such rights: then only the user's
            temp.chmod(0o600 | (like.stat().st_mode & 0o666))


def _sync(file: int) -> None:
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in _NOT_DONE_HERE:
            raise


def _sync_folder(folder: Path) -> None:
    """Force the name to disk as well. The file is whole in any case, so this may fail."""
    with suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _first_that_takes(temp: Path, wanted: Path, ours: Callable[[Path], bool]) -> Path:
    refusal: OSError = FileExistsError(errno.EEXIST, "every name is taken", str(wanted))
    for target in _names(wanted):
        try:
            if _is_ours(target, ours):
                temp.replace(target)
            else:
                _rename_to_free(temp, target)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG and (shorter := _shorter(target)) != target:
                return _first_that_takes(temp, shorter, ours)
            if error.errno in _HOPELESS:
                raise
            refusal = error
        else:
            _sync_folder(target.parent)
            return target
    raise refusal


def _names(wanted: Path) -> Iterator[Path]:
    """Give ``NAME``, ``NAME (2)``, …; a name with a number goes on from there."""
    yield wanted
    numbered = re.fullmatch(r"(.+) \((\d{1,4})\)", wanted.stem, re.DOTALL)
    stem, first = (numbered[1], int(numbered[2])) if numbered else (wanted.stem, 1)
    for number in range(first + 1, first + _MOST_NAMES - 1):
        yield wanted.with_name(f"{stem} ({number}){wanted.suffix}")


def _shorter(path: Path) -> Path:
    """Cut the name, but not what kind of file it is: ``LONG….results.csv``."""
    kind = "".join(path.suffixes[-2:])
    kind = kind if len(kind.encode()) < SHORT_NAME_BYTES // 4 else path.suffix
    room = SHORT_NAME_BYTES - len(" (999)…".encode()) - len(kind.encode())
    name = path.name.removesuffix(kind).encode()[:room].decode(errors="ignore").rstrip()
    return path if len(path.name.encode()) <= SHORT_NAME_BYTES else path.with_name(f"{name}…{kind}")


def _is_ours(target: Path, ours: Callable[[Path], bool]) -> bool:
    """Ask only about plain files: a link or a folder of that name is somebody's."""
    try:
        return target.is_file() and not target.is_symlink() and ours(target)
    except OSError:
        return False


def _rename_to_free(temp: Path, target: Path) -> None:
    """Rename without ever replacing; FileExistsError if the name is taken."""
    try:
        os.link(temp, target)
    except FileExistsError:
        raise
    except OSError:
        _rename_over_placeholder(temp, target)
    else:
        with suppress(OSError):  # the file is in its place; a second name of it does no harm
            temp.unlink()


def _rename_over_placeholder(temp: Path, target: Path) -> None:
    """Do the same where the file system knows no hard links: reserve the name, then take it."""
    target.open("xb").close()
    try:
        temp.replace(target)
    except OSError:
        target.unlink(missing_ok=True)
        raise
