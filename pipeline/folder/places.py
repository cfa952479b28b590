"""The folders inside a hot folder, what lies in them, and moving a file from one to another.

Works on network shares: no watching by the kernel, no hard links, only listing and renaming. A
file is never overwritten: where its name is taken it gets ``name (2).xlsx``.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.folder.names import beside, free_names, is_left_alone, is_text, numbered
from pipeline.folder.settling import Look

__all__ = [
    "Places",
    "count_strange",
    "free_together",
    "look_at",
    "move_whole",
    "put_beside",
    "replace_whole",
]


@dataclass(frozen=True, slots=True)
class Places:
    """A hot folder and the folders in it; ``name`` is the watcher's."""

    root: Path
    name: str

    @property
    def working(self) -> Path:
        """What this watcher is at work on."""
        return self.root / "working" / self.name

    @property
    def all_working(self) -> Path:
        """What any watcher is at work on, each in a folder of its name."""
        return self.root / "working"

    @property
    def done(self) -> Path:
        """Sheets of which every row ended well."""
        return self.root / "done"

    @property
    def attention(self) -> Path:
        """Sheets that wait for a person."""
        return self.root / "needs-attention"

    @property
    def to_approve(self) -> Path:
        """Sheets that were checked and wait for a yes."""
        return self.root / "to-approve"

    @property
    def approved(self) -> Path:
        """Where a person puts a sheet to say yes."""
        return self.root / "approved"

    @property
    def all(self) -> tuple[Path, ...]:
        """Every folder that is made."""
        return (self.working, self.done, self.attention, self.to_approve, self.approved)

    def make(self) -> None:
        """Make the folders that are missing; raises OSError.

        Each is as open as the hot folder itself, whatever the umask: a team that may drop sheets
        must be able to move one to approved/, and to take it away from needs-attention/.
        """
        for folder in (self.all_working, *self.all):
            if not folder.is_dir():
                _make_as_open_as(self.root, folder)

    def names_in_working(self) -> list[str]:
        """Name the watchers that have a folder here."""
        with suppress(OSError), os.scandir(self.all_working) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())
        return []


def look_at(folder: Path, *, all_files: bool = False) -> dict[str, Look]:
    """Give every file of a folder that may be a sheet, by name; raises OSError.

    Folders and links are none, nor are names that are no text. ``all_files``: also those that are
    never sheets.
    """
    looks = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if not is_text(entry.name) or (not all_files and is_left_alone(entry.name)):
                continue
            with suppress(FileNotFoundError):  # gone since it was listed
                state = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(state.st_mode):
                    looks[entry.name] = look_of(state)
    return looks


def count_strange(folder: Path) -> int:
    """Count the names that are no text, and so are left alone whatever they are; raises OSError."""
    return sum(not is_text(path.name) for path in folder.iterdir())


def look_of(state: os.stat_result) -> Look:
    """Give what a file's state shows of it."""
    return Look(state.st_size, state.st_mtime_ns, state.st_ino)


def move_whole(source: Path, target: Path) -> None:
    """Rename without ever replacing; FileExistsError where the name is taken.

    A file without content there is what a kill left of such a renaming, and is taken over by the
    caller with :func:`replace_whole`.
    """
    if sys.platform == "win32":
        source.rename(target)  # never replaces there
        return
    source.lstat()  # before a name is taken for it
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        source.replace(target)
    except OSError:
        with suppress(OSError):
            target.unlink()
        raise


def replace_whole(source: Path, target: Path) -> None:
    """Rename over what a kill left of an earlier try, and over nothing else."""
    state = target.lstat()
    if not stat.S_ISREG(state.st_mode) or state.st_size:
        raise FileExistsError(target)
    source.replace(target)


def free_together(folder: Path, sheet: str, wanted: str, sides: Iterable[str]) -> Mapping[str, str]:
    """Find names for a sheet and the files beside it that are all free in ``folder``.

    ``sheet`` is its name now, ``wanted`` the one that people gave it. Gives the new name of each.
    """
    sides = tuple(sides)
    names: dict[str, str] = {}
    for number, name in enumerate(free_names(wanted), 1):
        names = {sheet: name, **{side: _with(side, sheet, name, number) for side in sides}}
        if not any(os.path.lexists(folder / new) for new in names.values()):
            break
    return names


def _with(side: str, sheet: str, renamed: str, number: int) -> str:
    """Name a file beside a sheet; one whose name had to be cut gets the number of its own."""
    name = beside(side, sheet, renamed)
    return numbered(side, number) if name == side and sheet != renamed else name


def put_beside(path: Path, text: str) -> None:
    """Write a small text file, whole or not at all; an earlier one of the name is replaced."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:20]}.", suffix=".tmp", dir=path.parent)
    temp = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
        with suppress(OSError):  # who may read the folder may read this
            temp.chmod(0o666 & ~_umask())
        temp.replace(path)
    except BaseException:
        with suppress(OSError):
            temp.unlink()
        raise


def _make_as_open_as(root: Path, folder: Path) -> None:
    """Make a folder; by the umask and no chmod, so that a group it inherits stays inherited."""
    mode = stat.S_IMODE(root.stat().st_mode) & 0o1777
    mask = os.umask(0)
    try:
        folder.mkdir(mode, exist_ok=True)
    finally:
        os.umask(mask)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
