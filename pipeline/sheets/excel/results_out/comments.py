"""Comments on cells: what was repaired, what is wrong, what is doubtful, in a box that fits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pipeline.core.results import CellNote, NoteKind
from pipeline.sheets.excel.book import Comment

__all__ = ["comment_of"]

_BEGINS: Final[dict[NoteKind, str]] = {
    "error": "To fix: ",
    "warning": "Doubtful: ",
    "repair": "Repaired: ",
}
_LONGEST: Final = 1_000
# Pixels of a box in Tahoma 9, as Excel and LibreOffice set it.
_WIDE, _A_LINE, _AROUND = 290, 16, 14
_CHARACTERS: Final = 42
_MOST_LINES: Final = 20


def comment_of(notes: Iterable[CellNote]) -> Comment:
    """Put all that is to be said of one cell into a comment; what is too long to read is cut."""
    text = "\n".join(_BEGINS[note.kind] + note.text for note in notes)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 2] + " …"
    lines = sum(-(-len(line) // _CHARACTERS) or 1 for line in text.split("\n"))
    return Comment(text, _WIDE, _AROUND + _A_LINE * min(lines, _MOST_LINES))
