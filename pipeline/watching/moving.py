"""Moving the files of a sheet so that it can be done again; telling which files are a sheet's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Final

from pipeline.folder.names import free_names, side_of
from pipeline.folder.places import look_of, move_whole, replace_whole
from pipeline.folder.settling import Look
from pipeline.ledger import Ledger, dropped

__all__ = ["belongs_to", "carry_out", "is_side", "move_to_free", "note_moved", "state_of"]


def carry_out(source: Path, target: Path) -> Path | None:
    """Move a file to its place, or the next free name; ``None`` where it is nowhere."""
    if state_of(source) is None:
        return target if state_of(target) is not None else None
    for free in free_names(target.name):
        landed = target.with_name(free)
        try:
            move_whole(source, landed)
        except FileExistsError:
            if free != target.name or _size(source) == 0:
                continue
            try:
                replace_whole(source, landed)
            except OSError:
                continue
        return landed
    raise FileExistsError(target)


def move_to_free(source: Path, wanted: Path) -> Path:
    """Move a file to a place, or the next free name there; raises OSError."""
    for free in free_names(wanted.name):
        with suppress(FileExistsError):
            move_whole(source, wanted.with_name(free))
            return wanted.with_name(free)
    raise FileExistsError(wanted)


def note_moved(ledger: Ledger, moved: Iterable[tuple[str, str]]) -> None:
    """Let the ledger know where files lie now."""
    with ledger.atomic() as db:
        dropped.move_paths(db, moved)


def state_of(path: Path) -> Look | None:
    """Give how a file looks; ``None`` where none is to be seen."""
    try:
        return look_of(path.lstat())
    except OSError:
        return None


def _size(path: Path) -> int:
    state = state_of(path)
    return 0 if state is None else state.size


def is_side(name: str, stem: str) -> bool:
    """Tell a file of ours beside the sheet of this stem."""
    side = side_of(name)
    pattern = rf"{re.escape(stem)}\.{side}(?: \(\d+\))?\.\w+"
    again = rf"{re.escape(stem)} \(\d+\)\.\w+"  # the results of x.results.xlsx
    if side is None:
        return False
    return bool(
        re.fullmatch(pattern, name, re.IGNORECASE)
        or (side_of(f"{stem}.xlsx") == side and re.fullmatch(again, name, re.IGNORECASE))
    )


def belongs_to(name: str, sheets: Iterable[str]) -> bool:
    """Tell a file that may be beside one of the sheets that are worked on."""
    return any(_may_be_beside(name, PurePath(sheet).stem) for sheet in sheets)


def _may_be_beside(name: str, stem: str) -> bool:
    """What is written for results of ours (x.results.xlsx) is named by x: x.report (2).html."""
    base = _OURS.sub("", stem)
    beside = rf"{re.escape(base)}\.(?:results|check|report|error)(?: \(\d+\))*\.\w+"
    is_ours = base != stem and re.fullmatch(beside, name, re.IGNORECASE)
    return bool(is_ours) or is_side(name, stem)


_OURS: Final = re.compile(r"\.(?:results|check)(?: \(\d+\))*$", re.IGNORECASE)
