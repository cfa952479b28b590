"""Numbers that count up by one from row to row, as Excel makes them when a cell is dragged down.

Excel counts up a number at the beginning or the end of a text (``12 Elm St``, ``Elmweg 12``) and
a number alone (a ZIP). Real streets do not look like that: their houses count up by two on one
side, and few rows in a row are neighbours. A sheet sorted by ZIP does have ZIPs that follow each
other, and one sorted by street has neighbours, so there they say nothing.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["LEAST", "CountingUp"]

LEAST: Final = 5
"""So many rows together are no accident."""

_LEADING: Final = re.compile(r"([0-9]{1,9})(\D.*)", re.DOTALL)
_TRAILING: Final = re.compile(r"(.*\D)([0-9]{1,9})", re.DOTALL)
_ALIKE: Final = 4
_SORTED: Final = 0.95
_ENOUGH: Final = 10


class CountingUp:
    """Finds the stretches in which one field counts up. ``whole``: the cell is but a number."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._text = ""
        self._first = self._last = self._length = 0
        self._found: list[tuple[int, int, int]] = []
        self._pairs = self._rising = 0

    def see(self, row: int, text: str) -> None:
        """Take the field's cell in the next row."""
        before, self._text = self._text, text
        follows = self._one_more(before, text) if self._whole else self._next_house(before, text)
        if follows:
            self._length += 1
        else:
            if self._length >= LEAST:
                self._found.append((self._first, self._last, self._length))
            self._first, self._length = row, 1
        self._last = row

    def _one_more(self, before: str, text: str) -> bool:
        """Compare two ZIPs, and keep count of how well the sheet is sorted by them."""
        if not before or not text or len(before) != len(text):
            return False
        self._pairs += 1
        self._rising += text >= before
        if text.isdecimal() and before.isdecimal():
            return text > before and int(text) == int(before) + 1
        # "62704-1001", "K1A 0B1": Excel counts their ends
        return _count_up(_numbers(before, text))

    def _next_house(self, before: str, text: str) -> bool:
        """Compare two houses, and keep count of how well each street is sorted by them."""
        numbers = _numbers(before, text)
        if numbers is None:
            return False
        self._pairs += 1
        self._rising += numbers[0] <= numbers[1] or before <= text
        return _count_up(numbers)

    def ranges(self) -> tuple[tuple[int, int], ...]:
        """Give first and last row of each stretch, in the order of the sheet."""
        found = list(self._found)
        if self._length >= LEAST:
            found.append((self._first, self._last, self._length))
        if found and self._is_sorted(found):
            return ()
        return tuple((first, last) for first, last, _ in found)

    def _is_sorted(self, found: list[tuple[int, int, int]]) -> bool:
        """Tell whether the rows outside the stretches are sorted by this number as well."""
        inside = sum(length - 1 for _, _, length in found)
        outside = self._pairs - inside
        return outside >= _ENOUGH and self._rising - inside >= _SORTED * outside


def _numbers(before: str, text: str) -> tuple[int, int] | None:
    """Give the two numbers of ``11 Elm St`` and ``12 Elm St``, or ``Elmweg 11`` and ``Elmweg 12``.

    ``None`` where the rest is not the same.
    """
    if abs(len(before) - len(text)) > 1 or before == text:
        return None
    if before[-_ALIKE:] == text[-_ALIKE:]:
        one, two = _LEADING.fullmatch(before), _LEADING.fullmatch(text)
        return (int(one[1]), int(two[1])) if one and two and one[2] == two[2] else None
    if before[:_ALIKE] == text[:_ALIKE]:
        one, two = _TRAILING.fullmatch(before), _TRAILING.fullmatch(text)
        return (int(one[2]), int(two[2])) if one and two and one[1] == two[1] else None
    return None


def _count_up(numbers: tuple[int, int] | None) -> bool:
    return numbers is not None and numbers[1] == numbers[0] + 1
