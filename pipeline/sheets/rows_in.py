"""Rows that a program hands over, read as a sheet: the same rules, no file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from numbers import Integral, Real
from pathlib import Path
from time import time_ns
from typing import Any

from pipeline.core.errors import SheetError
from pipeline.core.records import OddCell, Record
from pipeline.sheets.sheet import Sheet, SheetInfo, Worksheet

__all__ = ["RowsSheet"]

_NAME = "rows"
_NOTHING = frozenset({"NAType", "NaTType"})
"""What pandas has for an empty cell beside ``None`` and NaN; it is not imported for that."""
_BOOLEANS = frozenset({"bool", "bool_"})
"""Python's own and numpy's, whatever its version calls it."""


class RowsSheet(Sheet):
    """Mappings of heading to value, or a pandas DataFrame. Row 1 holds the headings."""

    def __init__(self, rows: Iterable[Mapping[str, Any]] | Any) -> None:
        mappings = _mappings(rows)
        self._headings = tuple(dict.fromkeys(str(name) for row in mappings for name in row))
        if not self._headings:
            raise SheetError("There are no rows; nothing was sent.")
        self._records = [_record(i, row, self._headings) for i, row in enumerate(mappings, start=2)]
        # Rows have no file that says when they were saved: who hands them over means them now.
        text = json.dumps([self._headings, *(record.cells for record in self._records)])
        info = SheetInfo(
            Path(_NAME),
            _NAME,
            "rows",
            hashlib.sha256(text.encode()).hexdigest(),
            len(text),
            time_ns(),
        )
        super().__init__(info, (Worksheet(""),))

    def _read(self, worksheet: str) -> Iterator[Record]:
        del worksheet  # there is one only
        yield Record(1, self._headings)
        yield from self._records


def _mappings(rows: Any) -> list[dict[str, Any]]:
    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):
        if not rows.columns.is_unique:
            raise SheetError("Two columns of the DataFrame have one name; rename one of them.")
        return [
            {str(name): value for name, value in row.items()} for row in rows.to_dict("records")
        ]
    return [{str(name): value for name, value in row.items()} for row in rows]


def _record(row: int, values: Mapping[str, Any], headings: tuple[str, ...]) -> Record:
    read = [_cell(values.get(name)) for name in headings]
    odd = {index: cell for index, (_, cell) in enumerate(read) if cell is not None}
    return Record(row, tuple(text for text, _ in read), odd or None)


def _cell(value: Any) -> tuple[str, OddCell | None]:
    """Give a value as text, the way the same cell of a workbook is read."""
    if isinstance(value, str):
        # Half a surrogate pair is no letter; as U+FFFD the rules find it.
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), None
    if value is None or type(value).__name__ in _NOTHING or _is_nan(value):
        return "", None
    if type(value).__name__ in _BOOLEANS:
        text = str(value).upper()
        return text, OddCell("boolean", text)
    if isinstance(value, date | time):
        return value.isoformat(), OddCell("date", value.isoformat())
    text = _number(value)
    return text, OddCell("number", text)


def _is_nan(value: Any) -> bool:
    """NaN of any kind: of Python, of numpy, a decimal one."""
    if isinstance(value, Decimal):
        return value.is_nan()
    return isinstance(value, Real) and value != value  # noqa: PLR0124  # what makes a NaN one


def _number(value: Any) -> str:
    """A column of whole numbers with one gap is a column of floats to pandas."""
    if isinstance(value, Decimal) and value.is_finite():
        return str(int(value)) if value == value.to_integral_value() else f"{value:f}"
    if isinstance(value, Real) and not isinstance(value, Integral) and float(value).is_integer():
        return f"{float(value):.0f}"
    return str(value)
