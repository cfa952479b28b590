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
    "family_of",
    "fitting",
    "free_names",
    "is_left_alone",
    "is_text",
    "numbered",
    "opened_by",
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
    re.IGNORECASE | re.DOTALL,
)
_OWN: Final = re.compile(r"(?:\.(?:results|check|report|error)(?: \(\d+\))?)+\Z", re.IGNORECASE)
_MOST_BYTES: Final = 255
"""So long a name may be on the usual file systems."""
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


def opened_by(name: str) -> str | None:
    """Give the sheet that a program says it has open, by this file beside it: Excel, LibreOffice.

    ``None`` where it is no such file.
    """
    if name.startswith("~$"):
        return name[2:]
    if name.startswith(".~lock.") and name.endswith("#"):
        return name[7:-1]
    return None


def is_text(name: str) -> bool:
    """Tell a name that can be written down: on Linux it may hold bytes that are no UTF-8."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


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


def family_of(name: str) -> str:
    """Give what a sheet has in common with all that is written beside it, and with its like.

    ``orders.csv``, ``Orders.xlsx`` and ``orders.results (2).xlsx`` are one family: worked on at one
    time, what lies beside one could be taken for another's.
    """
    return _OWN.sub("", PurePath(name).stem).casefold()


def numbered(name: str, number: int) -> str:
    """Give ``orders (2).xlsx``, cut where it is too long; the first one is the name itself."""
    if number == 1:
        return name
    path = PurePath(name)
    if len(path.suffix.encode()) > _MOST_BYTES // 2:
        return fitting(name, f" ({number})")
    return fitting(path.stem, f" ({number}){path.suffix}", mark="")


def fitting(stem: str, ending: str, *, mark: str = "…") -> str:
    """Put an ending behind a stem, which is cut with a ``mark`` where the name is too long."""
    if len(f"{stem}{ending}".encode()) <= _MOST_BYTES:
        return f"{stem}{ending}"
    room = _MOST_BYTES - len(f"{mark}{ending}".encode())
    return f"{stem.encode()[:room].decode(errors='ignore')}{mark}{ending}"


def free_names(name: str, most: int = 100_000) -> Iterator[str]:
    """Give the name, then ``orders (2).xlsx`` and so on."""
    for number in range(1, most):
        yield numbered(name, number)


def beside(side: str, sheet: str, renamed: str) -> str:
    """Name a file beside a sheet anew, where the sheet got another name: they stay a pair."""
    before, after = PurePath(sheet).stem, PurePath(renamed).stem
    return fitting(after, side.removeprefix(before)) if side.startswith(before) else side
