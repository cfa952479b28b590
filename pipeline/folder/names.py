"""What a file's name says: no sheet at all, one of our own files, a conflict copy; and free names.

Pure: names in, answers out. A folder is shared by people, by Excel and by programs that copy, and
each leaves files of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final, Literal

__all__ = [
    "STATUS_NAME",
    "Side",
    "beside",
    "conflict_copy",
    "free_names",
    "is_left_alone",
    "numbered",
    "side_of",
]

STATUS_NAME: Final = "_STATUS.html"

Side = Literal["results", "check", "report", "error"]
"""What one of our own files beside a sheet is."""

_UNFINISHED: Final = frozenset(
    ".tmp .temp .part .partial .crdownload .download .filepart .opdownload .swp .lock .lck".split()
)
"""Endings under which browsers and copying programs write what is not whole yet."""
_SYSTEM: Final = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", STATUS_NAME.casefold()})
_SIDE: Final = re.compile(
    r".+\.(?:(?P<sheet>results|check)(?: \(\d+\))?\.(?:xlsx|csv|tsv|tab|txt)"
    r"|(?P<page>report)(?: \(\d+\))?\.html|(?P<text>error)(?: \(\d+\))?\.txt)",
    re.IGNORECASE,
)
_ANYWHERE: Final = (
    # Dropbox, Nextcloud, ownCloud: "orders (Ada's conflicted copy 2026-11-26).xlsx" and the like
    re.compile(r"\((?:[^()]*\s)?(?:case )?conflict(?:ed)?(?: copy)?(?:\s[^()]*)?\)", re.IGNORECASE),
    re.compile(r"\.sync-conflict-\d{8}-\d{6}", re.IGNORECASE),  # Syncthing
    re.compile(r"\[conflict(?:ed)?(?: \d+)?\]", re.IGNORECASE),  # Google Drive
    re.compile(r"\(in konflikt stehende kopie[^()]*\)", re.IGNORECASE),
    re.compile(r"\(copie en conflit[^()]*\)", re.IGNORECASE),
    re.compile(r"\(copia en conflicto[^()]*\)", re.IGNORECASE),
)
_ONEDRIVE: Final = re.compile(r".-(?:DESKTOP|LAPTOP|MACBOOK|PC|WIN)-?[A-Z0-9-]{3,15}(?:-\d+)?")
"""OneDrive puts the machine's name behind a dash."""


def is_left_alone(name: str) -> bool:
    """Tell a name that is never a sheet: neither taken nor moved nor told of."""
    low = name.casefold()
    if name.startswith((".", "~$")) or name.endswith("~") or low in _SYSTEM:
        return True
    if PurePath(low).suffix in _UNFINISHED:
        return True
    return side_of(name) in ("report", "error")


def side_of(name: str) -> Side | None:
    """Tell what file of ours this is by its name; results and checks may have been edited."""
    found = _SIDE.fullmatch(name)
    if found is None:
        return None
    kind = (found["sheet"] or found["page"] or found["text"]).casefold()
    sides: dict[str, Side] = {
        "results": "results",
        "check": "check",
        "report": "report",
        "error": "error",
    }
    return sides[kind]


def conflict_copy(name: str, provider: str = "") -> bool:
    """Tell a second copy that a syncing program made because two people changed one file.

    ``provider`` is what syncs the folder, as :mod:`pipeline.folder.synced` names it: some names
    are a sign only there.
    """
    if any(sign.search(name) for sign in _ANYWHERE):
        return True
    return provider == "OneDrive" and bool(_ONEDRIVE.search(PurePath(name).stem))


def numbered(name: str, number: int) -> str:
    """Give ``orders (2).xlsx``; the first one is the name itself."""
    if number == 1:
        return name
    path = PurePath(name)
    return f"{path.stem} ({number}){path.suffix}"


def free_names(name: str, most: int = 100_000) -> Iterator[str]:
    """Give the name, then ``orders (2).xlsx`` and so on."""
    for number in range(1, most):
        yield numbered(name, number)


def beside(side: str, sheet: str, renamed: str) -> str:
    """Name a file beside a sheet anew, where the sheet got another name: they stay a pair."""
    before, after = PurePath(sheet).stem, PurePath(renamed).stem
    return f"{after}{side.removeprefix(before)}" if side.startswith(before) else side
