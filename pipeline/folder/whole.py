"""Whether a file that stands still is whole: a quiet moment is no proof of that.

Copying programs reserve the whole size first and fill it later, and a slow network pauses.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

__all__ = ["looks_whole"]

_TAIL: Final = 64
_ZIP: Final = b"PK\x03\x04"
_OLE2: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""An old workbook may well end in NULs, so its tail tells nothing."""


def looks_whole(path: Path) -> bool:
    """Tell whether the end of the file is there. What cannot be told counts as whole.

    A file that somebody keeps to himself (Windows) or that is gone is not whole; one that may not
    be read is, for reading it will say so.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL))
            tail = file.read(_TAIL)
            if head.startswith(_ZIP):
                return zipfile.is_zipfile(file)
    except PermissionError as error:
        return getattr(error, "winerror", None) is None
    except OSError:
        return False
    if not size:
        return False
    return head.startswith(_OLE2) or bool(tail.strip(b"\0"))
