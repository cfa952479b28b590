"""How a results workbook looks: the table of colours, and the formats made of it.

Colour only adds: the outcome stands in words, an offending cell is bold within a thick border, a
repaired one within a thin one, a doubtful one within a dashed one. A test computes the contrasts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipeline.core.outcome import READY, Outcome
from pipeline.core.results import RESULT_COLUMNS, NoteKind
from pipeline.sheets.excel.book import RowLooks

__all__ = [
    "INK",
    "MARKS",
    "PAPER",
    "SEVERAL_LINES",
    "TINTS",
    "Formats",
    "Mark",
    "Tint",
    "look_of",
]

PAPER: Final = "#FFFFFF"
INK: Final = "#000000"
"""What a program shows where no colour is set."""


@dataclass(frozen=True, slots=True)
class Tint:
    """The colours of an outcome: of the whole row (empty: none), and of the word itself.

    ``word`` also draws the outcome in the chart.
    """

    row: str
    word: str
    word_ink: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How a cell stands out of its row; ``border`` is Excel's number of a kind of line."""

    fill: str
    ink: str
    line: str
    border: int
    bold: bool


TINTS: Final[Mapping[str, Tint]] = {
    Outcome.UPDATED: Tint("", "#2E7D4F", "#FFFFFF"),
    READY: Tint("", "#2B6CB0", "#FFFFFF"),
    Outcome.UNCHANGED: Tint("", "#CFE6D8", "#14532D"),
    Outcome.SUPERSEDED: Tint("#F4F4F5", "#D4D4D8", "#3F3F46"),
    Outcome.INVALID: Tint("#FDF1EF", "#B3261E", "#FFFFFF"),
    Outcome.CONFLICT: Tint("#FBF0FA", "#86328A", "#FFFFFF"),
    Outcome.REJECTED: Tint("#FCEEF2", "#8C1D40", "#FFFFFF"),
    Outcome.FAILED: Tint("#FFF6E8", "#9A5B00", "#FFFFFF"),
    Outcome.UNKNOWN: Tint("#FFFAE0", "#F2C94C", "#3D2F00"),
    Outcome.NOT_SENT: Tint("#F1F3F8", "#566176", "#FFFFFF"),
}
"""By the word in ``outcome``. What went well stays white, so that the rest is seen."""

MARKS: Final[Mapping[NoteKind, Mark]] = {
    "error": Mark("#FFC9C2", "#7A120C", "#B3261E", 2, bold=True),
    "warning": Mark("#FFF0C2", "#4A3500", "#946200", 3, bold=False),
    "repair": Mark("#DCEBFA", "#0B3558", "#2B6CB0", 1, bold=False),
}
"""By the kind of a note, the gravest first: a cell of several is marked by that one."""

SEVERAL_LINES: Final = ("reason", "repairs", "warnings")
"""Our columns whose cells may be wrapped."""

_NUMBERS: Final = frozenset({"http_status", "attempts", "row"})
_TEXT: Final[Mapping[str, Any]] = {"num_format": "@", "valign": "top"}
_KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": _TEXT,
    "lines": {**_TEXT, "text_wrap": True},
    "number": {"num_format": "0", "valign": "top"},
    # Excel shows TRUE and FALSE by itself; LibreOffice needs the format, or shows 1 and 0.
    "success": {"num_format": '"TRUE";"TRUE";"FALSE"', "valign": "top", "align": "center"},
}
_HEADING: Final[Mapping[str, Any]] = {**_TEXT, "bold": True, "bottom": 1}


class Formats:
    """The formats of a workbook, each made when it is first needed."""

    def __init__(self, book: Any, width: int) -> None:
        self._book = book
        self._width = width
        self._rows: dict[str, RowLooks] = {}
        self._made: dict[tuple[str, str], Any] = {}
        self.theirs = book.add_format({**_HEADING, "bg_color": "#EDEDED"})
        self.ours = book.add_format({**_HEADING, "bg_color": "#DCE6F1"})
        self.marks = {kind: book.add_format(look_of(mark)) for kind, mark in MARKS.items()}

    def plain(self, kind: str) -> Any:
        """Give a format without colours: ``text``, ``lines``, ``number`` or ``success``."""
        return self._of("", kind)

    def column(self, name: str) -> Any:
        """Give the format of one of our columns as a whole."""
        return self.plain(_kind(name))

    def lines(self, outcome: str) -> Any:
        """Give the format of a wrapped cell in a row of this outcome."""
        return self._of(outcome, "lines")

    def word(self, outcome: str) -> Any:
        """Give the format of the outcome itself."""
        return self._of(outcome, "word")

    def row(self, outcome: str) -> RowLooks:
        """Give the formats of all cells of a row."""
        if (looks := self._rows.get(outcome)) is None:
            ours = (
                self.word(outcome) if name == "outcome" else self._of(outcome, _kind(name))
                for name in RESULT_COLUMNS
            )
            formats = (*[self._of(outcome, "text")] * self._width, *ours)
            looks = RowLooks(formats, filled=bool(TINTS[outcome].row))
            self._rows[outcome] = looks
        return looks

    def _of(self, outcome: str, kind: str) -> Any:
        tint = TINTS.get(outcome)
        fill = tint.row if tint else ""
        key = (outcome, kind) if fill or kind == "word" else ("", kind)
        if (made := self._made.get(key)) is None:
            if tint and kind == "word":
                ink = {"font_color": tint.word_ink, "bold": True}
                look = {**_TEXT, "bg_color": tint.word, **ink}
            else:
                look = {**_KINDS[kind]} | ({"bg_color": fill} if fill else {})
            # A fill hides the grid, so a filled row draws its own.
            line = {"bottom": 1, "bottom_color": "#D9D9D9"} if fill or kind == "word" else {}
            made = self._made[key] = self._book.add_format(look | line)
        return made


def look_of(mark: Mark) -> dict[str, Any]:
    """Give the properties of a marked cell, as the library names them."""
    return {
        **_TEXT,
        "bg_color": mark.fill,
        "font_color": mark.ink,
        "bold": mark.bold,
        "border": mark.border,
        "border_color": mark.line,
    }


def _kind(name: str) -> str:
    if name in _NUMBERS:
        return "number"
    return "success" if name == "success" else "text"
