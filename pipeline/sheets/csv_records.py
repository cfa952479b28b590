"""The records of a CSV's text: quotes read strictly, and what a stray one swallows given back.

A stray quotation mark would swallow a delimiter or whole rows and move cells under other headings.
So a record that goes wrong is given up after its first line, and its further lines are read anew
as rows of their own.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, pairwise
from typing import TextIO

from pipeline.core.records import Record
from pipeline.sheets.csv_shape import CsvShape

__all__ = ["LONGEST", "LineTooLong", "records"]

LONGEST = 1 << 24
"""The most characters of one line and of one cell: above the 10 million that people have."""

_OPEN_QUOTE = (
    "This row has a quotation mark that is never closed, or one inside a quoted cell that is "
    "not doubled; correct its cells."
)
_SWALLOWED = (
    "This row stands between two quotation marks that make one cell of several rows; "
    "correct its cells."
)
_SPACED_QUOTE = (
    "This row has a space in front of a quotation mark, so its cells may stand in the wrong "
    "columns; correct them."
)

_MOST_LINES = 64
"""So many lines of one cell may look like rows; beyond, they are taken for rows."""
_MOST_LOOKED_AT = 1000
_LEAST_WIDTH = 4
"""In a sheet of fewer columns a line of prose may have as many delimiters as a row."""
_UNSEEN = "\0\x1a\ufeff"
"""What pads or ends files of old programs: a person sees nothing there."""


class LineTooLong(Exception):
    """A line beyond all reason; splitting it could take all memory."""


class _GivenUp(Exception):
    """The record under way is no record: its quoted cell has swallowed rows."""


def records(stream: TextIO, shape: CsvShape) -> Iterator[Record]:
    """Give the records that are not blank, each with its number, blank ones counted.

    A line break inside quotes begins no new row. Raises :class:`LineTooLong`.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
    lines = _Lines(stream, shape)
    held = lines.held
    row = 0
    if shape.directive:
        row = 1
        yield Record(1, (stream.readline().strip("\ufeff\r\n").strip('"'),))
    while True:
        try:
            for cells in _reader(lines.feed(), shape):
                if len(held) > 1 and lines.swallowed_rows(cells):
                    for each in lines.take_all():
                        row += 1
                        yield Record(row, _loosely(each, shape), problem=_SWALLOWED)
                    continue
                row += 1
                problem = _doubt(held[0], lines, cells) if '"' in held[0] else ""
                held.clear()
                if (cells and cells[0].isalnum()) or _is_seen(cells):
                    yield Record(row, tuple(cells), problem=problem)
        except (csv.Error, _GivenUp):
            row += 1
            if mended := _mended(held, shape):
                held.clear()
                yield Record(row, tuple(mended))
            else:
                yield Record(row, _loosely(lines.give_up(), shape), problem=_OPEN_QUOTE)
        else:
            return


def _doubt(line: str, lines: _Lines, cells: list[str]) -> str:
    """Say what is wrong with the quotes of a record that can be split all the same."""
    if lines.waits_for_quote:
        lines.waits_for_quote = False
        if lines.closes_only(line):
            return _OPEN_QUOTE
    if lines.has_spaced_quote(line) and any(cell.lstrip(" ")[:1] == '"' for cell in cells):
        return _SPACED_QUOTE
    return ""


def _is_seen(cells: list[str]) -> bool:
    """Tell a record that is not blank to a person."""
    return any(cell and not cell.isspace() and cell.strip(_UNSEEN) for cell in cells)


class _Lines:
    """Hands lines to the csv module and keeps those of the record under way."""

    def __init__(self, stream: TextIO, shape: CsvShape) -> None:
        self.held: list[str] = []
        self.waits_for_quote = False
        """An opening quote was given up, and the one that would have closed it is to come."""
        self._back: deque[str] = deque()
        self._stream = iter(partial(stream.readline, LONGEST), "")
        self._patience = 2 * LONGEST
        self._size = 0
        most = max(shape.width, _LEAST_WIDTH) - 1
        self._delimiters = min(most, max(_LEAST_WIDTH, most * 2 // 3))
        # Behind a comma of prose stands a space, behind one of a row hardly ever.
        delimiter = re.escape(shape.delimiter)
        self._tight = re.compile(f"{delimiter}(?! )").findall
        self._spaced = None if shape.skips_spaces else f'{shape.delimiter} "'
        self._closing = re.compile(f'[^"]*[^"{delimiter}\\s]"(?={delimiter}|\\s*$)').match

    def feed(self) -> Iterator[str]:
        """Give the lines put back, then those of the stream."""
        held = self.held
        for stored in chain(self._put_back(), self._stream):
            line = stored
            if len(line) >= LONGEST:
                raise LineTooLong
            if line[:1] == "\ufeff" and not held:  # a seam of files that were pasted together
                line = line[1:]
            if line[-1:] != "\n" and line[-1:] != "\r":  # the last one
                line = line.rstrip(_UNSEEN)
            held.append(line)
            yield line
            if len(held) > _MOST_LINES:
                self._lose_patience()

    def _put_back(self) -> Iterator[str]:
        while self._back:
            yield self._back.popleft()

    def _lose_patience(self) -> None:
        """Give up a record that takes in rows, or that goes on beyond all reason."""
        held = self.held
        if len(held) == _MOST_LINES + 1:
            if self._mostly_rows():
                raise _GivenUp
            self._size = 0
        self._size += len(held[-1])
        if self._size > self._patience:
            raise _GivenUp

    def swallowed_rows(self, cells: list[str]) -> bool:
        """Tell whether a cell of several lines holds about as many delimiters as a row.

        Counted in two lines at a time, for the first and the last may be parts of rows; and rows
        may be short, so two thirds of the usual delimiters will do.
        """
        for cell in cells:
            if "\n" in cell or "\r" in cell:
                counts = map(self._delimiters_in, cell.splitlines()[:_MOST_LOOKED_AT])
                if any(a + b >= self._delimiters for a, b in pairwise(counts)):
                    return True
        return False

    def _mostly_rows(self) -> bool:
        """Tell whether most lines of the record under way are as long as rows."""
        lines = self.held[1:]
        rows = sum(self._delimiters_in(line) >= self._delimiters for line in lines)
        return 2 * rows >= len(lines)

    def _delimiters_in(self, line: str) -> int:
        return len(self._tight(line))

    def has_spaced_quote(self, line: str) -> bool:
        """Tell a line that may have a space between a delimiter and a quote."""
        return self._spaced is not None and (self._spaced in line or line.startswith(' "'))

    def closes_only(self, line: str) -> bool:
        """Tell a line whose first quote closes what it has not opened: ``3,Bo",5``."""
        return line.count('"') % 2 == 1 and self._closing(line) is not None

    def take_all(self) -> list[str]:
        """Give all lines of this record, and begin the next."""
        taken = self.held[:]
        self.held.clear()
        return taken

    def give_up(self) -> str:
        """Put back all lines of this record but the first, and give that one.

        Each time that many lines were read in vain, the next record may have fewer: a file of
        nothing but open quotes must not be read over and over.
        """
        first, *rest = self.held
        if len(rest) > _MOST_LINES:
            self._patience //= 4
        self._back.extendleft(reversed(rest))
        self.held.clear()
        self.waits_for_quote = first.count('"') % 2 == 1
        return first


def _mended(held: list[str], shape: CsvShape) -> list[str] | None:
    """Split a line that has but spaces behind closing quotes: ``"a" ,"b"``; else nothing."""
    if len(held) > 1:
        return None
    delimiter = re.escape(shape.delimiter)
    bare = re.sub(f'"[ \t]+(?={delimiter}|$)', '"', held[0].rstrip("\r\n"))
    try:
        cells = next(_reader([bare], shape), [])
    except csv.Error:
        return None
    return cells if _is_seen(cells) and not any('"' in cell for cell in cells) else None


def _reader(lines: Iterable[str], shape: CsvShape) -> Iterator[list[str]]:
    return csv.reader(
        lines, delimiter=shape.delimiter, skipinitialspace=shape.skips_spaces, strict=True
    )


def _loosely(line: str, shape: CsvShape) -> tuple[str, ...]:
    """Split a line whose quotes are broken, for a person to look at; it is never sent."""
    bare = line.rstrip("\r\n")
    cells = next(csv.reader([bare], delimiter=shape.delimiter), [])
    return tuple(cells) if _is_seen(cells) else (bare,)
