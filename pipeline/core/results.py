"""What a results sheet is made of: the user's lines, and our columns behind them.

A results sheet is a sheet like any other and may be edited and fed back, so everything done to a
heading here can be undone: :func:`results_headings` and :func:`strip_own_columns` are inverses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from pipeline.core.outcome import NextStep, needs_a_person

__all__ = [
    "FOLDED_COLUMNS",
    "RESULT_COLUMNS",
    "CellNote",
    "HeadingLine",
    "Line",
    "OwnColumns",
    "PlainLine",
    "ResultRow",
    "Value",
    "padded",
    "results_headings",
    "results_name",
    "strip_own_columns",
]

RESULT_COLUMNS = (
    "success",
    "reference_id",
    "outcome",
    "next_step",
    "reason",
    "repairs",
    "warnings",
    "http_status",
    "attempts",
    "sent_at",
    "row",
    "run_id",
)
"""Our columns, in the order in which they stand behind the user's."""

FOLDED_COLUMNS = 5
"""So many of the last columns are for the curious: Excel shows them folded away."""

NoteKind = Literal["error", "warning", "repair"]

Value = str | int | bool | None

_FOR_A_PERSON = frozenset(step for step in NextStep if needs_a_person(step))
_OWN = frozenset(RESULT_COLUMNS)
_SHEET_MARK = " (sheet)"
_NAMING = frozenset({"run_id", "row"})
_LEAST_BESIDES = 3
"""People delete columns: a sheet is ours by the two that name its rows and a few others."""
_TEXT_ENDINGS = frozenset({".csv", ".tsv", ".tab", ".txt"})


@dataclass(frozen=True, slots=True)
class CellNote:
    """What is to be said of one of the user's cells, by the index of its column.

    ``error``: the cell that ``reason`` is about; ``repair``: ``before → after``; ``warning``: a
    doubt. The text may quote the cell.
    """

    column: int
    kind: NoteKind
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlainLine:
    """A title or a totals row: it comes back as it was and has no outcome."""

    row: int
    cells: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeadingLine:
    """The source's headings; a writer puts ours behind them."""

    row: int
    cells: tuple[str, ...]


@dataclass(slots=True)  # one a row: freezing would cost more than the rest of making it
class ResultRow:
    """A row with what became of it; in a check sheet nothing was sent and ``success`` is None.

    What may hold parts of an address stays out of ``repr``.
    """

    row: int
    cells: tuple[str, ...] = field(repr=False)
    success: bool | None
    reference_id: str | None
    outcome: str
    next_step: str
    reason: str = field(repr=False)
    repairs: str = field(repr=False)
    warnings: str = field(repr=False)
    http_status: int | None
    attempts: int
    sent_at: str | None
    run_id: str
    notes: tuple[CellNote, ...] = field(default=(), repr=False)

    @property
    def needs_a_person(self) -> bool:
        """True where somebody has to correct the row, or to ask FinerWorks."""
        return self.next_step in _FOR_A_PERSON

    def ours(self) -> tuple[Value, ...]:
        """Give the values of :data:`RESULT_COLUMNS`, in their order."""
        return (
            self.success,
            self.reference_id,
            self.outcome,
            self.next_step,
            self.reason,
            self.repairs,
            self.warnings,
            self.http_status,
            self.attempts,
            self.sent_at,
            self.row,
            self.run_id,
        )


Line = PlainLine | HeadingLine | ResultRow


@dataclass(frozen=True, slots=True)
class OwnColumns:
    """Where our columns stand in a results sheet that came back.

    ``headings`` are the source's own, as they were before we wrote the sheet; ``ours`` gives the
    index of each of our columns; ``kept`` the indexes of the others.
    """

    headings: tuple[str, ...]
    ours: Mapping[str, int]
    kept: tuple[int, ...]

    def cell(self, name: str, cells: Sequence[str]) -> str:
        """Give what a row has in one of our columns, outer spaces aside; or nothing."""
        at = self.ours.get(name, len(cells))
        return cells[at].strip() if at < len(cells) else ""

    def are_headings(self, cells: Sequence[str]) -> bool:
        """Tell the row of headings itself, which may stand there more than once."""
        return self.cell("run_id", cells).casefold() == "run_id"

    def source_cells(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Give the cells that stood in the source (guards not undone), without the padding.

        Cells beyond the last heading stay beyond it, for they are an error of the row.
        """
        kept = _without_padding([cells[i] if i < len(cells) else "" for i in self.kept])
        beyond = _without_padding(cells[len(self.kept) + len(self.ours) :])
        if not beyond:
            return kept
        return padded(kept, max(len(kept), len(self.headings))) + beyond


def padded(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Fill up to ``width``, so that our columns stand in one line; never cuts (ValueError)."""
    if len(cells) > width:
        raise ValueError(f"a line of {len(cells)} cells does not fit a table of {width}")
    return cells + ("",) * (width - len(cells))


def results_headings(headings: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Give all headings of a results sheet: the user's, filled up to ``width``, then ours.

    A user's heading that is the name of one of our columns (case aside) gets `` (sheet)`` behind
    it; one that reads like a heading so marked gets a second mark, so that it can be undone.
    """
    theirs = tuple(h + _SHEET_MARK if _is_ours(_unmarked(h)) else h for h in headings)
    return padded(theirs, width) + RESULT_COLUMNS


def strip_own_columns(headings: Sequence[str]) -> OwnColumns | None:
    """Tell a results or check sheet of ours by its headings; None for any other sheet.

    ``run_id`` and ``row`` must be there and three more of our columns, in any order and place.
    The writer leaves each name once; where somebody added a column of such a name since, the last
    one counts as ours.
    """
    ours = {h.strip().casefold(): i for i, h in enumerate(headings) if _is_ours(h)}
    if not ours.keys() >= _NAMING or len(ours) < len(_NAMING) + _LEAST_BESIDES:
        return None
    taken = set(ours.values())
    kept = tuple(i for i in range(len(headings)) if i not in taken)
    return OwnColumns(
        headings=_without_padding([_restored(headings[i]) for i in kept]), ours=ours, kept=kept
    )


def results_name(
    source_name: str, kind: Literal["csv", "xlsx"], suffix: Literal["results", "check"]
) -> str:
    """Name the results of a sheet: ``orders.xlsx`` → ``orders.results.xlsx``.

    ``x.results.xlsx`` → ``x.results (2).xlsx``: somebody's fixes may be in it.
    """
    name = PurePath(source_name)
    endings = _TEXT_ENDINGS if kind == "csv" else {".xlsx"}
    ending = name.suffix if name.suffix.lower() in endings else f".{kind}"
    again = re.fullmatch(
        rf"(.*\.{suffix})(?: \((\d{{1,9}})\))?", name.stem, re.IGNORECASE | re.DOTALL
    )
    if again:
        return f"{again[1]} ({int(again[2] or 1) + 1}){ending}"
    return f"{name.stem}.{suffix}{ending}"


def _is_ours(heading: str) -> bool:
    return heading.strip().casefold() in _OWN


def _unmarked(heading: str) -> str:
    while _is_marked(heading):
        heading = heading[: -len(_SHEET_MARK)]
    return heading


def _is_marked(heading: str) -> bool:
    return heading[-len(_SHEET_MARK) :].casefold() == _SHEET_MARK


def _restored(heading: str) -> str:
    if _is_marked(heading) and _is_ours(_unmarked(heading)):
        return heading[: -len(_SHEET_MARK)]
    return heading


def _without_padding(cells: Sequence[str]) -> tuple[str, ...]:
    """Drop trailing empty cells: the writer adds them, and as spare delimiters they say nothing."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return tuple(cells[:end])
