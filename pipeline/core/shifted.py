"""Cells that stand beside their own headings: a cell was deleted or put in with "shift cells".

Fields whose values show what they are (a ZIP, a state, a country, an e-mail, a phone) are looked
for some columns to the left and right. Only rows that the rules complained of are looked at, so
sound rows cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.core.countries import find_country
from pipeline.core.mapping import SheetMapping
from pipeline.core.united_states import find_state

__all__ = ["LEAST", "ShiftWatch", "ShiftedBlock"]

LEAST: Final = 3
"""So many rows together, shifted by one distance, make a block."""

_FARTHEST: Final = 4
_DOUBTS: Final = 2
"""So many warnings make it worth a look, and one error does."""
_BETTER: Final = 2
_LONGEST: Final = 60

_POSTCODE: Final = re.compile(
    r"[0-9]{4,6}(?:\.0)?|[0-9]{5}-[0-9]{4}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]"
    r"|[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}|[0-9]{4} ?[A-Z]{2}|[0-9]{3}[- ][0-9]{2,4}",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"\+?[(0-9][0-9() ./\-]{8,20}")
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_ORDER: Final = re.compile(r"#?[0-9]{4,15}")


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and sum(map(str.isdigit, text)) >= 9


_KINDS: Final[Mapping[str, Callable[[str], object]]] = {
    "order_id": _ORDER.fullmatch,
    "state_code": find_state,
    "region": find_state,
    "zip_postal_code": _POSTCODE.fullmatch,
    "country_code": find_country,
    "phone": _is_phone,
    "email": _EMAIL.fullmatch,
}
"""The fields whose values show what they are, each with its test."""


@dataclass(frozen=True, slots=True)
class ShiftedBlock:
    """Stretches of rows shifted by one ``distance`` (columns to the right; left is negative)."""

    distance: int
    heading: str
    ranges: tuple[tuple[int, int], ...]

    @property
    def distance_words(self) -> str:
        """``one column left``, ``2 columns right``."""
        count = abs(self.distance)
        number = "one column" if count == 1 else f"{count} columns"
        return f"{number} {'right' if self.distance > 0 else 'left'}"


class ShiftWatch:
    """Finds blocks of shifted rows."""

    def __init__(self, mapping: SheetMapping) -> None:
        self._headings = mapping.headings
        self._tests = tuple(
            sorted(
                ((index, _KINDS[name]) for name, index in mapping.fields.items() if name in _KINDS),
                key=lambda one: one[0],
            )
        )
        self._distance = 0
        self._first = self._last = self._from = self._length = 0
        self._found: dict[int, tuple[int, list[tuple[int, int]]]] = {}

    def see(self, row: int, cells: Sequence[str], *, errors: int, warnings: int) -> None:
        """Take the next row, and how many errors and warnings the rules have about it."""
        if not errors and warnings < _DOUBTS:
            if self._distance:
                self._close()
            return
        distance, begins = self._shift(cells)
        if distance != self._distance:
            self._close()
            self._distance, self._first, self._from = distance, row, begins
        if distance:
            self._last = row
            self._length += 1
            self._from = min(self._from, begins)

    def _close(self) -> None:
        """End the block under way."""
        if self._length >= LEAST:
            begins, ranges = self._found.get(self._distance, (self._from, []))
            ranges.append((self._first, self._last))
            self._found[self._distance] = (min(begins, self._from), ranges)
        self._distance = self._length = 0

    def blocks(self) -> list[ShiftedBlock]:
        """Give what was found, the earliest first; call it once, at the end."""
        self._close()
        made = [
            ShiftedBlock(distance, self._named(begins), tuple(ranges))
            for distance, (begins, ranges) in self._found.items()
        ]
        return sorted(made, key=lambda block: block.ranges[0])

    def _named(self, column: int) -> str:
        heading = self._headings[column] if column < len(self._headings) else ""
        return f'"{heading[:_LONGEST]}"' if heading else f"number {column + 1}"

    def _shift(self, cells: Sequence[str]) -> tuple[int, int]:
        """Give how far the cells stand beside their headings, and the first such column.

        Most of the telling fields must be found at that distance, and clearly more of them than
        are found at home.
        """
        home = [_holds(cells, index, test) for index, test in self._tests]
        settled = next((at for at, one in enumerate(home) if not one), len(home))
        best, most = 0, sum(home) + _BETTER - 1
        for distance in _DISTANCES:
            away = sum(
                _holds(cells, index + distance, test) for index, test in self._tests[settled:]
            )
            if settled + away > most and (settled + away) * 2 > len(home):
                best, most = distance, settled + away
        if not best:
            return 0, 0
        return best, next(
            index + min(best, 0)
            for index, test in self._tests[settled:]
            if _holds(cells, index + best, test)
        )


_DISTANCES: Final = tuple(sign * far for far in range(1, _FARTHEST + 1) for sign in (-1, 1))


def _holds(cells: Sequence[str], index: int, test: Callable[[str], object]) -> bool:
    cell = cells[index].strip() if 0 <= index < len(cells) else ""
    return bool(cell and test(cell))
