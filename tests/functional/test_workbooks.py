"""Workbooks as people have them, through the whole command."""

from __future__ import annotations

import openpyxl

from tests.functional.command import COLUMNS, Place, order
from tests.functional.conftest import Call


def _workbook(place: Place, *, hidden: str = "") -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(COLUMNS))
    for number in (1, 2):
        sheet.append(list(order(number).values()))
    if hidden:
        sheet.column_dimensions[hidden].hidden = True
    book.save(place.work / "orders.xlsx")


def test_hidden_columns_are_read_and_told(place: Place, call: Call) -> None:
    """Somebody hid the ZIPs; they are sent all the same, so the plan says so."""
    _workbook(place, hidden="K")
    shown = call("check", "orders.xlsx").stdout
    assert "hidden in the sheet, and read all the same: zip_postal_code" in shown


def test_our_own_folded_columns_are_not_told_of(place: Place, call: Call) -> None:
    """A check sheet hides our columns; they are not read, so there is nothing to say."""
    _workbook(place)
    assert call("check", "orders.xlsx").code == 0
    ended = call("check", "orders.check.xlsx")
    assert (ended.code, "hidden" in ended.stdout) == (0, False)
