"""What only a sheet as a whole shows: the traces that a wrong import or a slipped hand leaves.

Each row may look right by itself and the sheet still be wrong: a cell deleted with "shift left",
an address dragged down over its neighbours, one column sorted without the others. Here rows are
watched as they pass, in memory that hardly grows; every finding is one sentence that names rows
and headings and never quotes a cell.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.core.filled_down import CountingUp
from pipeline.core.mapping import SheetMapping
from pipeline.core.row_words import named_ranges, named_rows
from pipeline.core.rules import Finding
from pipeline.core.shifted import ShiftWatch

__all__ = [
    "ABOUT_SOUND_ROWS",
    "EVERY_FINDING",
    "SHEET_FINDINGS",
    "SheetFinding",
    "SheetWatch",
    "Watching",
    "hash_of",
    "one_address",
    "repeated",
]

SHEET_FINDINGS: Final[Mapping[str, str]] = {
    "shifted": "Cells of several rows together stand one or more columns beside their headings.",
    "filled_down": "House numbers or ZIPs count up by one over 5 rows or more.",
    "one_address": "5 orders or more, of different last names, go to one address.",
    "sorted_apart": "Many ZIPs do not belong to their states, as when one column is sorted alone.",
    "too_many_errors": "More rows have errors than `stop.invalid_share` allows, and at least 10.",
}
"""The findings about a whole sheet, by id."""

ROW_WARNINGS: Final[Mapping[str, str]] = {
    "shifted": "the row looks shifted; compare its cells with their headings.",
    "filled_down": "the row looks filled down from the one above it; compare its address.",
    "one_address": "the row has one address with orders of other people; compare its address.",
}
"""What a row is told of a finding that is about it."""

ABOUT_SOUND_ROWS: Final = frozenset({"filled_down", "one_address"})
"""Findings about rows that can be sent; the others doubt how the sheet was made at all."""

LEAST_ORDERS: Final = 5
LEAST_NAMES: Final = 3
"""So many different last names tell one address dragged down from a family's."""
LEAST_ROWS: Final = 10
_PART: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class SheetFinding:
    """Something that is wrong or doubtful in the sheet as a whole.

    ``sentence`` is for a person; ``ranges`` are the rows it is about, first and last number of
    each stretch (none: the whole sheet).
    """

    rule: str
    sentence: str
    ranges: tuple[tuple[int, int], ...] = ()

    @property
    def rows(self) -> int:
        """How many row numbers the ranges span."""
        return sum(last - first + 1 for first, last in self.ranges)


@dataclass(frozen=True, slots=True)
class Watching:
    """What is looked for: the share of invalid rows that is too many, and what is left out."""

    invalid_share: float = 0.2
    ignore: frozenset[str] = frozenset()


EVERY_FINDING: Final = Watching()
"""What is looked for unless somebody decided otherwise."""


class SheetWatch:
    """Watches the rows of one sheet that name an address, in their order."""

    def __init__(self, mapping: SheetMapping) -> None:
        self._houses = CountingUp(whole=False)
        self._zips = CountingUp(whole=True)
        self._shifts = ShiftWatch(mapping)
        self._seen = 0
        self._invalid = 0
        self._apart = 0
        self.addresses = array("q")
        """A hash of each row's address, as :func:`hash_of` gives it."""

    def see(
        self,
        row: int,
        cells: Sequence[str],
        values: Mapping[str, str],
        errors: Sequence[Finding],
        warnings: Sequence[Finding],
    ) -> None:
        """Take the next row: its cells, the same by field, and what the rules said of it."""
        self._seen += 1
        street, postcode = values.get("address_1", ""), values.get("zip_postal_code", "")
        self._houses.see(row, street)
        self._zips.see(row, postcode)
        self.addresses.append(hash_of(values))
        if errors or warnings:
            self._invalid += bool(errors)
            self._apart += any(warning.rule == "zip_not_of_state" for warning in warnings)
        self._shifts.see(row, cells, errors=len(errors), warnings=len(warnings))

    def findings(self, invalid_share: float) -> list[SheetFinding]:
        """Give what was found, but for :func:`one_address`, which needs a second look."""
        found = [
            SheetFinding(
                "shifted",
                f"{_rows(block.ranges)} look shifted: at the latest from the column "
                f"{block.heading} on, cells stand {block.distance_words} of their headings; "
                "put them back in their columns.",
                block.ranges,
            )
            for block in self._shifts.blocks()
        ]
        for counting, what in ((self._houses, "house numbers"), (self._zips, "ZIPs")):
            if ranges := counting.ranges():
                found.append(
                    SheetFinding(
                        "filled_down",
                        f"The {what} in {_rows(ranges, 'rows')} count up by one, as when a cell is "
                        "dragged down in Excel; put the right ones back.",
                        ranges,
                    )
                )
        return [*found, *self._counted(invalid_share)]

    def _counted(self, invalid_share: float) -> list[SheetFinding]:
        found = []
        if self._too_many(self._apart, invalid_share):
            found.append(
                SheetFinding(
                    "sorted_apart",
                    f"In {self._apart:,} of {self._seen:,} rows the ZIP does not belong to the "
                    "state, as when one column was sorted or pasted without the others; compare "
                    "the columns with where they came from.",
                )
            )
        if self._too_many(self._invalid, invalid_share):
            found.append(
                SheetFinding(
                    "too_many_errors",
                    f"{self._invalid:,} of {self._seen:,} rows have errors, over the "
                    f"{invalid_share:.0%} of stop.invalid_share; look for one cause before the "
                    "other rows are sent.",
                )
            )
        return found

    def _too_many(self, count: int, share: float) -> bool:
        return count >= LEAST_ROWS and count > share * self._seen


def hash_of(values: Mapping[str, str]) -> int:
    """Give what :attr:`SheetWatch.addresses` holds of a row; good within this process only.

    The flats of one house are as many addresses: who drags a street down with its city and ZIP
    drags the lines between them as well.
    """
    street = values.get("address_1", "")
    if not street:
        return 0
    return hash(
        (
            street,
            values.get("address_2", ""),
            values.get("address_3", ""),
            values.get("city"),
            values.get("zip_postal_code", ""),
        )
    )


def repeated(hashes: Sequence[int], least: int = LEAST_ORDERS) -> frozenset[int]:
    """Give the hashes that stand there at least ``least`` times; 0 stands for no address.

    Sorted part by part, so that a million of them take a few megabytes and no more.
    """
    parts = len(hashes) // _PART + 1
    found: set[int] = set()
    for part in range(parts):
        mine = sorted(one for one in hashes if one % parts == part) if parts > 1 else sorted(hashes)
        step = least - 1
        found.update(
            one for at, one in enumerate(mine[:-step] if step else mine) if mine[at + step] == one
        )
    found.discard(0)
    return frozenset(found)


def one_address(orders: Mapping[int, Sequence[tuple[int, str, str]]]) -> SheetFinding | None:
    """Judge rows that share an address: ``(row, order, last name)`` of each, by address.

    Further rows of one order count once, and names are compared without case.
    """
    told: list[tuple[int, list[int]]] = []
    for members in orders.values():
        by_order = {order: (row, name.casefold()) for row, order, name in reversed(members)}
        names = {name for _, name in by_order.values()}
        if len(by_order) >= LEAST_ORDERS and len(names) >= LEAST_NAMES:
            told.append((len(by_order), sorted(row for row, _, _ in members)))
    if not told:
        return None
    told.sort(key=lambda one: (-one[0], one[1]))
    count, rows = told[0]
    more = len(told) - 1
    others = (
        f", and {more:,} more {'address' if more == 1 else 'addresses'} likewise" if more else ""
    )
    return SheetFinding(
        "one_address",
        f"{count:,} orders of different last names have one and the same address "
        f"({named_rows(rows)}{others}), as when a cell is dragged or pasted down; put the right "
        "addresses back.",
        tuple((row, row) for _, rows in told for row in rows),
    )


def _rows(ranges: Sequence[tuple[int, int]], word: str = "Rows") -> str:
    return f"{word} {named_ranges(ranges)}"
