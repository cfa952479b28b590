"""Whether a program keeps a folder in step with a cloud, told by its path and by marks in it.

There a file may come in pieces, come twice, or come back; and what one person moves is moved for
everybody, some time later.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

__all__ = ["provider_of"]

_BY_NAME: Final = (
    ("OneDrive", re.compile(r"onedrive(?: ?[-–] .+)?", re.IGNORECASE)),
    ("Dropbox", re.compile(r"dropbox(?: \(.+\))?", re.IGNORECASE)),
    ("Google Drive", re.compile(r"google ?drive|googledrive-.+", re.IGNORECASE)),
    ("iCloud", re.compile(r"icloud ?drive|mobile documents|com~apple~clouddocs", re.IGNORECASE)),
    ("Box", re.compile(r"box(?: sync)?|box-box", re.IGNORECASE)),
    ("Nextcloud", re.compile(r"nextcloud|owncloud", re.IGNORECASE)),
)
_MARKS: Final = (
    ("Dropbox", ".dropbox"),
    ("Dropbox", ".dropbox.cache"),
    ("Google Drive", ".tmp.drivedownload"),
    ("Google Drive", ".tmp.driveupload"),
    ("OneDrive", ".849C9593-D756-4E56-8D6E-42412F2A707B"),
    ("Box", ".boxsync"),
    ("Syncthing", ".stfolder"),
    ("Nextcloud", ".sync.log"),
)
"""Files that the programs keep at the top of what they sync."""
_VARIABLES: Final = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")


def provider_of(
    folder: Path,
    environ: Mapping[str, str] | None = None,
    exists: Callable[[Path], bool] = os.path.lexists,
) -> str:
    """Name what syncs the folder, or give an empty text. Links are followed first."""
    try:
        real = folder.resolve()
    except (OSError, RuntimeError):
        real = folder.absolute()
    above = (real, *real.parents)
    for name in _VARIABLES:
        home = (os.environ if environ is None else environ).get(name, "")
        if home and Path(home) in above:
            return "OneDrive"
    for place in above:
        for provider, pattern in _BY_NAME:
            if pattern.fullmatch(place.name):
                return provider
        for provider, mark in _MARKS:
            if exists(place / mark):
                return provider
    return ""
