"""Write a results sheet as CSV: UTF-8 with a byte order mark, CRLF, every text cell guarded."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pipeline.core.cells import GUARDED, guard_all
from pipeline.core.results import (
    RESULT_COLUMNS,
    HeadingLine,
    Line,
    PlainLine,
    ResultRow,
    Value,
    padded,
    results_headings,
)

__all__ = ["write_csv"]

_LINE_END = "\r\n"
_MARK = "\ufeff"


def write_csv(path: Path, lines: Iterable[Line], *, delimiter: str, width: int) -> None:
    """Write ``lines``, which come in the order of their rows, to ``path``.

    ``width`` is the number of the user's columns: the cells of the longest line. Rows that are
    left out were blank and come back as blank lines, so row N of the results is row N of the
    source. A blank ``success`` means that nothing was to be sent. Raises OSError when the disk is
    full and ValueError when lines are out of order or wider than ``width``.
    """
    # A lone half of a surrogate pair cannot be written; it must not cost the whole sheet.
    with path.open("w", encoding="utf-8", errors="replace", newline="") as out:
        out.write(_MARK)  # here, for Python's own writer of it takes a microsecond more a row
        plain_line = _plain_lines(delimiter)
        writer = csv.writer(out, delimiter=delimiter, lineterminator=_LINE_END)
        next_row = 1
        for line in lines:
            if line.row < next_row:
                raise ValueError(f"row {line.row} comes after row {next_row - 1}")
            if line.row > next_row:
                out.write(_LINE_END * (line.row - next_row))
            next_row = line.row + 1
            if _names_the_delimiter(line):
                # Excel obeys this line only if it stands there bare.
                out.write(f"sep={delimiter}{_LINE_END}")
                continue
            texts = _texts(line, width)
            if (plain := plain_line(texts)) is not None:
                out.write(plain)
            else:
                writer.writerow(guard_all(texts))


def _names_the_delimiter(line: Line) -> bool:
    """Tell Excel's ``sep=;`` line, whether or not a reader split it at its own delimiter."""
    return (
        isinstance(line, PlainLine)
        and line.row == 1
        and re.fullmatch("sep=.?", "".join(line.cells).strip(), re.IGNORECASE) is not None
    )


def _plain_lines(delimiter: str) -> Callable[[Sequence[str]], str | None]:
    """Make the function that gives a line if no cell of it needs a quote or a guard, else ``None``.

    Such are nearly all lines of results, and one look at the whole of one is enough to tell.
    """
    begins = re.compile(f"{re.escape(delimiter)}[{re.escape(''.join(sorted(GUARDED)))}]")

    def plain_line(texts: Sequence[str]) -> str | None:
        line = delimiter.join(texts)
        if (
            line.count(delimiter) >= len(texts)
            or '"' in line
            or "\n" in line
            or "\r" in line
            or begins.search(delimiter + line)
        ):
            return None
        return line + _LINE_END

    return plain_line


def _texts(line: Line, width: int) -> Sequence[str]:
    if isinstance(line, ResultRow):
        ours = [value if isinstance(value, str) else _text(value) for value in line.ours()]
        return [*padded(line.cells, width), *ours]
    if isinstance(line, HeadingLine):
        return results_headings(line.cells, width)
    return [*padded(line.cells, width), *[""] * len(RESULT_COLUMNS)]


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value)
