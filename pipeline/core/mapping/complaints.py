"""The sentences in which a sheet's headings are refused: what, where, and the ``--map`` to use.

They quote headings and row numbers. A cell is quoted in one place only, and only an order number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.core.errors import SheetError
from pipeline.core.mapping.nearest import nearest_headings

__all__ = ["Complaints", "column_letters"]

_MOST_HEADINGS = 30
_LONGEST_HEADING = 40
_NAMES = ("first_name", "last_name")
_ORDER_NUMBER = re.compile(r"[#A-Za-z]{0,4}[-#]?\d[\d-]{0,18}")
_RENAME = (
    'If it does hold FinerWorks\' own order ids, rename that heading to "FinerWorks order id".'
)


class Complaints:
    """Makes the errors of one sheet; every method gives a :class:`SheetError` to raise."""

    def __init__(self, source: str, row: int, headings: Sequence[str]) -> None:
        self._where = source
        self._row = row
        self._headings = headings

    def missing(self, fields: Sequence[str], free: Sequence[str]) -> SheetError:
        """Required fields that no heading claims; ``free``: the headings that claim nothing."""
        near, told = _candidates(fields, free)
        add = "or add one (it may be empty)" if fields == ["zip_postal_code"] else "or add one"
        return self._error(
            f"no column for {_listed(fields)}. {self._found()}",
            told,
            f"Name the column: {_maps(fields, near)}, {add}.",
        )

    def no_address(
        self, fields: Sequence[str], free: Sequence[str], platform: str | None
    ) -> SheetError:
        """No heading claims any part of an address; ``platform``: the export's name, if known."""
        near, told = _candidates(fields, free)
        what = f"export of {platform}" if platform else "sheet"
        return self._error(
            f"no column for {_listed(fields)}: this {what} has no delivery address. "
            f"{self._found()}",
            told,
            f"Use one that has it, or add the columns, or name them: {_maps(fields, near)}.",
        )

    def whole_address(
        self, heading: str, fields: Sequence[str], free: Sequence[str], *, certain: bool
    ) -> SheetError:
        """One column holds street, city and ZIP together; ``certain``: its export always does."""
        split = "split it into columns for street, city, state, ZIP and country"
        if certain:
            return self._error(
                f'the column "{heading}" holds whole addresses in one cell; {split} '
                "(address_1, city, state_code, zip_postal_code, country_code)."
            )
        near, told = _candidates(fields, [each for each in free if each != heading])
        return self._error(
            f'no column for {_listed(fields)}, so the column "{heading}" seems to hold whole '
            f"addresses in one cell; if it does, {split}. {self._found()}",
            told,
            f"If they stand in other columns, name those: {_maps(fields, near)}.",
        )

    def two_claims(self, field: str, columns: Sequence[int], more: int) -> SheetError:
        """Several headings claim one field; ``more`` other fields are in the same state."""
        names = [self._headings[i] for i in columns]
        if len({name.casefold() for name in names}) < len(names):
            return self.twice(field, names[0], columns)
        others = f" (and so for {more} more)" if more else ""
        return self._error(
            f"the headings {_quoted(names)} all claim {field}{others}. {self._found()}",
            f'Say which one holds it: --map {field}="{names[-1]}".',
        )

    def twice(self, field: str, heading: str, columns: Sequence[int]) -> SheetError:
        """One heading stands over several columns."""
        places = _listed([column_letters(i) for i in columns])
        return self._error(
            f'the heading "{heading}" stands over columns {places} in row {self._row}. '
            f"Rename one of them: both cannot hold {field}."
        )

    def merged(self, field: str, columns: Sequence[int]) -> SheetError:
        """One heading is merged over several columns, and so it is unsaid which one it means."""
        first, *others = columns
        places = _listed([column_letters(i) for i in columns])
        return self._error(
            f'the heading "{self._headings[first]}" is merged over columns {places} in row '
            f"{self._row}. Give each column a heading of its own, or say which one holds {field}: "
            f'--map {field}="{self._headings[first]}" or '
            + " or ".join(f'--map {field}="{self._headings[i]}"' for i in others)
            + "."
        )

    def overlapping(self, whole: str, parts: Sequence[str], columns: Sequence[int]) -> SheetError:
        """A column for two fields at once, and columns for each of them."""
        names = [self._headings[i] for i in columns]
        return self._error(
            f"the headings {_quoted(names)} all claim {_listed(parts)}. {self._found()}",
            f'Say which ones hold them: --map {whole}="{names[0]}", or '
            f"{' '.join(f'--map {part}=HEADING' for part in parts)}.",
        )

    def mixed(self, kind: str, one: Sequence[int], other: Sequence[int], field: str) -> SheetError:
        """Some parts of the address are of one kind, some of another."""
        ours = _quoted([self._headings[i] for i in one])
        theirs = [self._headings[i] for i in other]
        return self._error(
            f"{ours} {'is' if len(one) == 1 else 'are'} of the {kind} address, "
            f"{_quoted(theirs)} may not be. An address of two halves is not sent.",
            f'If they belong together, say so: --map {field}="{theirs[0]}"'
            f"{' and so on' if len(theirs) > 1 else ''}.",
        )

    def apart(self, heading: str) -> SheetError:
        """A part of the street line in a column of its own, which would be lost."""
        return self._error(
            f'"{heading}" holds a part of the street in a column of its own, which would be lost. '
            "Join the two in one column address_1 or address_2 (or rename the heading if it "
            "belongs to no address)."
        )

    def slip(self, heading: str, field: str) -> SheetError:
        """A heading that very likely means a field; left alone, its column would be lost."""
        return self._error(
            f'the heading "{heading}" may mean {field}, and without it {field} would be cleared. '
            f'If it does: --map {field}="{heading}"; if not, rename it.'
        )

    def nameless(self, column: int, row: int) -> SheetError:
        """Text beside the street in a column without a heading, which would be lost."""
        return self._error(
            f'column {column_letters(column)}, right of "{self._headings[column - 1]}", has no '
            f"heading, so what stands in it (row {row}, for one) would be lost. Give it one, such "
            "as address_2, or empty the column."
        )

    def no_such_heading(self, field: str, heading: str, where: str = "--map") -> SheetError:
        """The user named a heading that the sheet does not have."""
        near = nearest_headings(field, [h for h in self._headings if h])
        return self._error(
            f'no heading "{heading}", which {where} gives for {field}. {self._found()}',
            f"Nearest: {_quoted(near)}." if near else "",
            f"Name one of them: --map {field}=HEADING.",
        )

    def one_for_two(self, heading: str, fields: Sequence[str]) -> SheetError:
        """The user gave one heading for two fields."""
        return self._error(
            f'"{heading}" is given for {_listed(sorted(fields))}; a column holds one field '
            "(full_name is for first and last name in one, region for state or province)."
        )

    def confirmation(self, heading: str) -> SheetError:
        """A confirmation id was named as the order id."""
        return self._error(
            f'"{heading}" holds confirmation ids, which are other numbers than order ids. Name '
            "the column of FinerWorks' order ids: --map order_id=HEADING."
        )

    def shops_own(self, heading: str, platform: str) -> SheetError:
        """A shop's own number was named as the order id."""
        return self._error(
            f'"{heading}" holds {platform}\'s own numbers; as a FinerWorks order id such a number '
            f"would change another order. Give a sheet that pairs both: --ids FILE. {_RENAME}"
        )

    def doubtful_id(self, heading: str) -> SheetError:
        """A bare order id in what looks like a shop's export."""
        return self._error(
            f"this looks like a shop's export, so \"{heading}\" may be the shop's number. If it is "
            f"FinerWorks' own: --map order_id=\"{heading}\"; if it is the shop's: "
            f'--map order_po="{heading}" --ids FILE.'
        )

    def needs_ids(
        self, column: int, sample: str, doubtful: str | None, *, of_a_shop: bool = False
    ) -> SheetError:
        """The sheet names its orders by the seller's numbers, and nothing pairs them with ids.

        ``of_a_shop``: an export of known shape, in which no column of its own will do.
        """
        number = sample.strip()
        shown = f": {number} …" if _ORDER_NUMBER.fullmatch(number) else ""
        return self._error(
            "no column holds FinerWorks order ids. It has the shop's numbers "
            f"({self._headings[column]}{shown}).",
            "Give a sheet that pairs both: --ids FILE (address-pipeline ids SHEET asks FinerWorks "
            "for one), or "
            + (
                f'name the column: --map order_id="{doubtful}".'
                if doubtful
                else 'put them into a column "FinerWorks order id".'
                if of_a_shop
                else "name the column: --map order_id=HEADING."
            ),
        )

    def no_order(self, free: Sequence[str], doubtful: str | None) -> SheetError:
        """No column names the order."""
        near = [doubtful] if doubtful else nearest_headings("order_id", free)
        return self._error(
            f"no column names the order (order_id, or order_po with --ids). {self._found()}",
            f"Nearest: {_quoted(near)}." if near else "",
            "Name the column: --map order_id=HEADING.",
        )

    def no_po(self, order_ids: Sequence[int]) -> SheetError:
        """No column holds the seller's numbers; ``order_ids``: those that hold order ids."""
        if order_ids:
            heading = self._headings[order_ids[0]]
            return self._error(
                f'"{heading}" holds FinerWorks\' order ids already, so there is nothing to ask. '
                f'If it holds your shop\'s numbers: --map order_po="{heading}".'
            )
        return self._error(
            f"no column holds your order numbers (order_po). {self._found()}",
            "Name the column: --map order_po=HEADING.",
        )

    def _found(self) -> str:
        named = [heading for heading in self._headings if heading]
        more = len(named) - _MOST_HEADINGS
        rest = f" and {more} more" if more > 0 else ""
        return f"Headings in row {self._row}: {_quoted(named[:_MOST_HEADINGS])}{rest}."

    def _error(self, *parts: str) -> SheetError:
        return SheetError(" ".join([f"{self._where}:", *(part for part in parts if part)]))


def _candidates(fields: Sequence[str], free: Sequence[str]) -> tuple[dict[str, list[str]], str]:
    """Give field → the headings that come near it, and the sentence that lists them.

    A sheet that lacks both names is asked for the one column that may hold them together.
    """
    asked = list(fields)
    if {"first_name", "last_name"} <= set(asked):
        asked = ["full_name", *(field for field in asked if field not in _NAMES)]
    near = {field: found for field in asked if (found := nearest_headings(field, free, asked))}
    told = "; ".join(f"{field}: {_quoted(found)}" for field, found in near.items())
    return near, f"Nearest: {told}." if told else ""


def _maps(fields: Sequence[str], near: dict[str, list[str]]) -> str:
    """Give the ``--map`` to write for each field that a heading comes near, each heading once."""
    said, taken = [], set()
    for field, found in near.items():
        heading = next((each for each in found if each not in taken), None)
        if heading is not None:
            taken.add(heading)
            said.append(f'--map {field}="{heading}"')
    return " ".join(said) or f"--map {fields[0]}=HEADING"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{_short(name)}"' for name in names)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_HEADING else name[: _LONGEST_HEADING - 1] + "…"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def column_letters(index: int) -> str:
    """Give a column's letters as Excel shows them."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
