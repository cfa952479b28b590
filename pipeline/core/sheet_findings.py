"""What only a sheet as a whole shows: the traces that a wrong import or a slipped hand leaves.

Each row may look right by itself and the sheet still be wrong: a cell deleted with "shift left",
an address dragged down over its neighbours, one column sorted without the others. Here rows are
watched as they pass, in memory that hardly grows; every finding is one sentence that names rows
and headings and never quotes a cell.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.core.filled_down import CountingUp
from pipeline.core.mapping import SheetMapping
from pipeline.core.row_words import named_ranges, named_rows
from pipeline.core.rules import Finding
from pipeline.core.shared_address import SharedAddress, hash_of, merged
from pipeline.core.shifted import ShiftWatch

__all__ = [
    "ABOUT_SOUND_ROWS",
    "EVERY_FINDING",
    "ROW_WARNINGS",
    "SHEET_FINDINGS",
    "SheetFinding",
    "SheetWatch",
    "Watching",
    "one_address",
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
    "sorted_apart": "the row's ZIP may be another row's; compare it with where it came from.",
}
"""What a row is told of a finding that is about it."""

ABOUT_SOUND_ROWS: Final = frozenset({"filled_down", "one_address", "sorted_apart"})
"""Findings about rows that can be sent; the others doubt how the sheet was made at all."""

LEAST_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class SheetFinding:
    """Something that is wrong or doubtful in the sheet as a whole.

    ``sentence`` is for a person; ``ranges`` are the rows it is about, first and last number of
    each stretch (none: the whole sheet); ``all_rows`` how many those were before some were let go.
    """

    rule: str
    sentence: str
    ranges: tuple[tuple[int, int], ...] = ()
    all_rows: int = 0

    @property
    def rows(self) -> int:
        """How many row numbers the stretches span."""
        return max(self.all_rows, self._spanned)

    @property
    def cut(self) -> bool:
        """True where some of its stretches were let go."""
        return self._spanned < self.all_rows

    @property
    def _spanned(self) -> int:
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
        self._apart = array("I")
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
            if any(warning.rule == "zip_not_of_state" for warning in warnings):
                self._apart.append(row)
        self._shifts.see(row, cells, errors=len(errors), warnings=len(warnings))

    def see_broken(self) -> None:
        """Take a row that could not be taken apart: it counts among the rows with errors."""
        self._seen += 1
        self._invalid += 1

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
        if self._too_many(len(self._apart), invalid_share):
            found.append(
                SheetFinding(
                    "sorted_apart",
                    f"In {len(self._apart):,} of {self._seen:,} rows the ZIP does not belong to "
                    "the state, as when one column was sorted or pasted without the others; "
                    "compare the columns with where they came from.",
                    merged(self._apart),
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


def one_address(groups: Iterable[SharedAddress]) -> list[SheetFinding]:
    """Judge the rows that share an address, one finding for each address; the largest first."""
    told = sorted(
        (group for group in groups if group.suspicious),
        key=lambda group: (-group.orders, group.rows[0]),
    )
    return [
        SheetFinding(
            "one_address",
            f"{group.orders:,} orders of different last names have one and the same address "
            f"({named_rows(group.rows)}), as when a cell is dragged or pasted down; put the right "
            "addresses back.",
            merged(group.rows),
        )
        for group in told
    ]


def _rows(ranges: Sequence[tuple[int, int]], word: str = "Rows") -> str:
    return f"{word} {named_ranges(ranges)}"
