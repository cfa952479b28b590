"""Whether a file that stands still is whole: a quiet moment is no proof of that.

Copying programs reserve the whole size first and fill it later, and a slow network pauses.
"""

from __future__ import annotations

import signal
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

__all__ = ["looks_whole"]

_TAIL: Final = 64
_ZIP: Final = b"PK\x03\x04"
_TEXTS: Final = (".csv", ".tsv", ".tab", ".txt")
_NO_LINE: Final = b" \t\x1a\0"
"""What may follow the last line; a NUL is half of a letter of UTF-16."""
_OLE2: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""An old workbook may well end in NULs, so its tail tells nothing."""


def looks_whole(path: Path) -> bool:
    """Tell whether the end of the file is there, and nobody is still writing to it.

    What cannot be told counts as whole. A text of which the last line has no end may have been
    saved so, or cut: it is not, so that it is waited for.

    A file that somebody keeps to himself (Windows) or that is gone is not whole; one that may not
    be read is, for reading it will say so.
    """
    try:
        with path.open("rb") as file:
            return not _is_written_to(file.fileno()) and _has_end(file, path.suffix.casefold())
    except PermissionError as error:
        return getattr(error, "winerror", None) is None
    except OSError:
        return False


def _has_end(file: IO[bytes], suffix: str) -> bool:
    head = file.read(8)
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    if head.startswith(_ZIP):
        return zipfile.is_zipfile(file)
    if suffix in _TEXTS:  # cut, it still reads as a sheet: of fewer rows, with half a city
        return not tail.endswith(b"\0\0") and tail.rstrip(_NO_LINE).endswith((b"\n", b"\r"))
    return bool(size) and (head.startswith(_OLE2) or bool(tail.strip(b"\0")))


if sys.platform == "linux":
    import fcntl

    def _is_written_to(file: int) -> bool:
        """Tell that a process of this machine has the file open to write.

        The kernel grants a lease to read only where nobody has; it is given back at once. Of other
        users' files, and on most network drives, it tells nothing.
        """
        try:
            # Whoever opens it meanwhile waits for us, and we are sent a signal that does nothing.
            fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        with suppress(OSError):
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False

else:

    def _is_written_to(_file: int) -> bool:
        """Nothing tells it here: Windows lets nobody else open such a file."""
        return False
