"""From the seller's order number to FinerWorks' own: the sheet that ``--ids`` names.

FinerWorks' order app keeps of a shop's number its letters and digits only (``#1001`` → ``1001``,
``docs/api.md``), so numbers are compared as written first and by letters and digits then. Only a
single fit counts: a wrong order id would change another order's address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from pipeline.core.errors import SheetError
from pipeline.core.excel_errors import is_excel_error
from pipeline.core.platforms import (
    Platform,
    claim,
    looks_like_a_shop,
    plain,
    platform_of,
    says_confirmation,
)
from pipeline.core.records import OddCell

__all__ = [
    "MADE_UP",
    "NO_NUMBER",
    "NO_PO",
    "OrderIds",
    "bare_number",
    "is_rounded",
    "number_lost",
]

_WITHIN: Final = 20
_GUARDED: Final = re.compile(r'=?"(.*)"|\'(.+)', re.DOTALL)
_POINT_ZERO: Final = re.compile(r"(\d+)\.0+")
_ID: Final = re.compile(r"[0-9]{1,15}")
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_TOO_LONG_FOR_EXCEL: Final = re.compile(r"[0-9]{16,}")
_HASHES: Final = re.compile("#{3,}")
_TURNED: Final = frozenset({"date", "boolean", "error", "formula"})
_PLACEHOLDERS: Final = frozenset("na nan nil none null tbd unknown".split())

MADE_UP: Final = "made up by the sandbox: no order of FinerWorks"
"""The note beside an order id that the sandbox made up, by which the file is known again."""
NOT_THERE: Final = (
    "order_po is not in the --ids sheet; correct it, or add it there with its FinerWorks order id."
)
SEVERAL: Final = "order_po fits several orders in the --ids sheet; leave only the right one there."
SHARED: Final = (
    "order_po has an order id in the --ids sheet that another PO number has too; correct it there."
)
UNREADABLE: Final = (
    "order_po has an order id in the --ids sheet that is no whole number; correct it there."
)

NO_PO: Final = "order_po is empty; fill in the order's PO number."
NO_NUMBER: Final = (
    "order_po holds no number, or one that Excel changed or rounded; type the number in full, as "
    "text."
)


def is_rounded(text: str) -> bool:
    """Tell ``5.76461E+17``: many long numbers look like that, and only their beginning is left."""
    return _ROUNDED.fullmatch(text) is not None


def number_lost(text: str, odd: OddCell | None = None) -> bool:
    """Tell a cell whose number is gone, so that two of them may be alike and two orders.

    ``text`` as :func:`bare_number` gives it; ``odd``: what a workbook stored otherwise. From 16
    digits on Excel rounds a number.
    """
    if odd is not None and (
        odd.kind in _TURNED or (odd.kind == "number" and _TOO_LONG_FOR_EXCEL.fullmatch(text))
    ):
        return True
    if text.isdecimal():
        return False
    return (
        is_rounded(text)
        or is_excel_error(text)
        or _HASHES.fullmatch(text) is not None
        or plain(text) in _PLACEHOLDERS
        or not any(map(str.isalnum, text))
    )


def bare_number(cell: str) -> str:
    """Undo what spreadsheets do to numbers kept as text: ``'1001``, ``="1001"``, ``1001.0``."""
    text = cell.strip()
    if guarded := _GUARDED.fullmatch(text):
        text = (guarded[1] or guarded[2] or "").strip()
    number = _POINT_ZERO.fullmatch(text)
    return number[1] if number else text


class OrderIds:
    """PO number → order id, as one sheet pairs them."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take the pairs of cells (PO number, order id).

        A number beside an empty cell has no order id, whatever is like it by letters and digits;
        an order id beside an empty cell says nothing.
        """
        self.made_up = False
        """True where the sandbox made the order ids up: they are no order's of FinerWorks."""
        self._written: dict[str, set[int | None]] = {}
        self._loose: dict[str, set[int | None]] = {}
        self._owners: dict[int, set[str]] = {}
        for po_cell, id_cell in pairs:
            self._add(bare_number(po_cell), bare_number(id_cell))

    @classmethod
    def from_rows(
        cls,
        headings: Sequence[str],
        rows: Iterable[Sequence[str]],
        where: Callable[[int], str] = lambda ordinal: f"row {ordinal + 1}",
    ) -> OrderIds:
        """Read any sheet with both columns; titles may stand above its headings.

        ``where`` names a row by how many were read before it, ``headings`` among them. Raises
        :class:`SheetError`, one sentence that follows the file's name, where a column is missing
        or claimed twice, or a row has more cells than headings: then an id may stand beside
        another order's number.
        """
        lines = iter(rows)
        top = [headings, *islice(lines, _WITHIN)]
        at = max(range(len(top)), key=lambda i: len(_both(top[i])), default=0)
        po, order_id = _columns(top[at])
        made_up = False
        width = max((i + 1 for i, heading in enumerate(top[at]) if heading.strip()), default=0)

        def pairs() -> Iterator[tuple[str, str]]:
            nonlocal made_up
            for ordinal, row in enumerate(chain(top[at + 1 :], lines), start=at + 1):
                if any(cell.strip() for cell in row[width:]):
                    raise SheetError(
                        f"{where(ordinal)} has more cells than there are headings, so an order id "
                        "may stand beside the wrong number; put it right."
                    )
                made_up = made_up or MADE_UP in row
                yield _cell(row, po), _cell(row, order_id)

        found = cls(pairs())
        found.made_up = made_up
        return found

    def __len__(self) -> int:
        """How many PO numbers, as written, have an order id."""
        return sum(1 for fits in self._written.values() if fits)

    def find(self, po: str) -> int | str:
        """Give the order id of a PO number, or the sentence that says why there is none."""
        text = bare_number(po)
        if text and number_lost(text):
            return NO_NUMBER
        fits = self._written[text] if text in self._written else self._loose.get(_loosely(text))
        if not text or not fits:
            return NOT_THERE
        if len(fits) > 1:
            return SEVERAL
        (order_id,) = fits
        if order_id is None:
            return UNREADABLE
        return order_id if len(self._owners[order_id]) == 1 else SHARED

    def _add(self, po: str, number: str) -> None:
        if not po or number_lost(po):
            return
        fits = self._written.setdefault(po, set())
        if not number:
            return
        order_id = _order_id(number)
        fits.add(order_id)
        loose = _loosely(po)
        if loose:
            self._loose.setdefault(loose, set()).add(order_id)
        if order_id is not None:
            self._owners.setdefault(order_id, set()).add(loose or po)


def _both(cells: Sequence[str]) -> set[str]:
    """Which of the two columns a row of headings names."""
    said = (claim(cell) for cell in cells)
    found = {each.field for each in said if each is not None}
    return found & {"order_id", "order_po"}


def _columns(headings: Sequence[str]) -> tuple[int, int]:
    shop = platform_of({plain(heading) for heading in headings})
    if shop is not None and shop.shop and not any(_certain(heading) for heading in headings):
        raise SheetError(
            f"it is an export of {shop.name}, whose ids are not FinerWorks'; give a sheet with "
            "order_po and FinerWorks' own order_id."
        )
    certain = [i for i, heading in enumerate(headings) if _certain(heading)]
    order_id = certain or _named(headings, "order_id")
    if len(order_id) == 1 and not certain:
        _refuse_doubtful(headings, headings[order_id[0]])
    po = (shop and _shops_number(headings, shop)) or _named(headings, "order_po")
    return _only(po, "order_po", headings), _only(order_id, "order_id", headings)


def _refuse_doubtful(headings: Sequence[str], order_id: str) -> None:
    """A bare ``Order ID`` among items and prices may be a shop's, as in the sheet itself."""
    ours = order_id.strip().casefold() == "order_id" or any(map(says_confirmation, headings))
    if not ours and looks_like_a_shop(headings):
        raise SheetError(
            f"it looks like a shop's export, so \"{order_id}\" may be the shop's own number; if "
            'FinerWorks\' order ids stand there, rename that heading to "FinerWorks order id".'
        )


def _shops_number(headings: Sequence[str], shop: Platform) -> list[int]:
    names = [plain(heading) for heading in headings]
    first = next((name for name in shop.order if name in names), None)
    return [i for i, name in enumerate(names) if name == first]


def _certain(heading: str) -> bool:
    said = claim(heading)
    return said is not None and said.certain


def _named(headings: Sequence[str], field: str) -> list[int]:
    said = [claim(heading) for heading in headings]
    return [i for i, each in enumerate(said) if each is not None and each.field == field]


def _only(columns: Sequence[int], field: str, headings: Sequence[str]) -> int:
    if len(columns) == 1:
        return columns[0]
    if columns:
        both = ", ".join(f'"{headings[i]}"' for i in columns)
        raise SheetError(f"the headings {both} all claim {field}; leave one of them.")
    raise SheetError(
        f"it has no column {field}; it needs two, order_po (your number) and order_id "
        "(FinerWorks' own, not the confirmation id)."
    )


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _loosely(text: str) -> str:
    return plain(text)


def _order_id(text: str) -> int | None:
    """Read a positive whole number; Excel rounds from 16 digits on, so such an id is unreadable."""
    number = int(text) if _ID.fullmatch(text) else 0
    return number or None
