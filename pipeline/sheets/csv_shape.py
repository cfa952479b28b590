"""How a CSV is written: its delimiter and the way of its quotes, told from its content alone."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pipeline.sheets.csv_encoding import find_encoding, named_encoding, no_such_encoding

__all__ = ["DELIMITERS", "CsvShape", "find_shape"]

DELIMITERS = (",", ";", "\t", "|")

_SAMPLE_CHARACTERS = 1 << 16
_SAMPLE_RECORDS = 100

_DIRECTIVE = re.compile('"?sep=([^"\r\n])"?\r?\n?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CsvShape:
    """How to read a CSV: ``errors`` is the codec's error handler.

    ``width`` is how many cells most records have; ``directive`` tells that the first line is
    Excel's ``sep=;`` and no row of data; ``skips_spaces`` that cells are parted by a delimiter and
    a space, as in ``"a", "b"``.
    """

    encoding: str
    errors: str
    delimiter: str
    width: int = 0
    directive: bool = False
    skips_spaces: bool = False


def find_shape(path: Path, wanted_encoding: str | None) -> CsvShape:
    """Tell encoding and delimiter of a CSV; raise :class:`SheetError` for an unknown codec."""
    if wanted_encoding:
        encoding, errors = named_encoding(path.name, wanted_encoding), "strict"
    else:
        encoding, errors = find_encoding(path)
    try:
        with path.open("r", encoding=encoding, errors="replace", newline="") as stream:
            text = stream.read(_SAMPLE_CHARACTERS)
    except (LookupError, UnicodeError) as error:
        raise no_such_encoding(path.name, encoding) from error
    lines = list(StringIO(text.lstrip("\ufeff"), newline=""))
    # The sample may end inside a line; a sheet of one line has no other.
    if cut := len(text) == _SAMPLE_CHARACTERS and len(lines) > 1:
        lines.pop()
    directive = _DIRECTIVE.fullmatch(lines[0]) if lines else None
    if directive:
        delimiter = directive[1]
        lines = lines[1:]
    else:
        delimiter = _find_delimiter(lines, cut=cut)
    score = _score(lines, delimiter, cut=cut)
    spaced = _are_spaced(lines, delimiter, score, cut=cut)
    return CsvShape(encoding, errors, delimiter, score.width, directive is not None, spaced)


class _Score(NamedTuple):
    """How well a delimiter splits a sample; the greater the better.

    The share of records split comes first, so that commas inside every address lose against the
    tab that also splits the headings; then how many records agree in width; then that width.
    """

    split: float = 0.0
    agreeing: int = 0
    width: int = 0


def _find_delimiter(lines: Sequence[str], *, cut: bool) -> str:
    """Take the delimiter that splits the most records; a comma where none splits any."""
    scores = {delimiter: _score(lines, delimiter, cut=cut) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=scores.__getitem__)


def _score(
    lines: Sequence[str], delimiter: str, *, cut: bool, skips_spaces: bool = False
) -> _Score:
    widths = _widths(lines, delimiter, cut=cut, skips_spaces=skips_spaces)
    records, single = widths.total(), widths.pop(1, 0)
    if not widths:
        return _Score()
    width, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]))
    return _Score(1 - single / records, agreeing, width)


def _widths(lines: Sequence[str], delimiter: str, *, cut: bool, skips_spaces: bool) -> Counter[int]:
    """Count the records by their width; a line whose quotes are broken counts for itself.

    Only in a sample that is ``cut`` off may a quoted cell be open at the end.
    """
    widths: Counter[int] = Counter()
    for _ in range(_SAMPLE_RECORDS):
        done = 0
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=skips_spaces, strict=True)
        try:
            for cells in islice(reader, _SAMPLE_RECORDS - widths.total()):
                done = reader.line_num
                if cells:
                    widths[len(cells)] += 1
            break
        except csv.Error:
            if cut and reader.line_num == len(lines):
                break
            widths[len(next(csv.reader(lines[done : done + 1], delimiter=delimiter), ()))] += 1
            lines = lines[done + 1 :]
    return widths


def _are_spaced(lines: Sequence[str], delimiter: str, plain: _Score, *, cut: bool) -> bool:
    """Tell a file whose quotes stand behind a delimiter and a space: ``"a", "b"``."""
    quoted = [line for line in lines[:_SAMPLE_RECORDS] if '"' in line]
    spaced = re.compile(f'{re.escape(delimiter)} +"').search
    if not quoted or 2 * sum(spaced(line) is not None for line in quoted) < len(quoted):
        return False
    return _score(lines, delimiter, cut=cut, skips_spaces=True) >= plain
