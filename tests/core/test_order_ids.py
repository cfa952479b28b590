"""PO numbers become FinerWorks order ids by a sheet that pairs both."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.core.order_ids import (
    NO_NUMBER,
    NOT_THERE,
    SEVERAL,
    SHARED,
    UNREADABLE,
    OrderIds,
    number_lost,
)
from pipeline.core.records import OddCell

HEADINGS = ("order_po", "order_id")


def pairs(*rows: tuple[str, str]) -> OrderIds:
    return OrderIds.from_rows(HEADINGS, rows)


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("#1001", "#1001"),
        ("1001", "#1001"),
        ("#1001", "1001"),
        ("A1001", "a-1001"),
        ("11112345671234567", "111-1234567-1234567"),
        ("'1001", "1001"),
        ('="1001"', "#1001"),
        ("1001.0", "1001"),
        ("1001", "1001.0"),
        ("  1001 ", "1001"),
    ],
)
def test_a_number_is_found_as_written_or_by_letters_and_digits(kept: str, asked: str) -> None:
    """``#1001`` and ``1001`` are one order, for FinerWorks keeps letters and digits only."""
    assert pairs((kept, "500001")).find(asked) == 500001


def test_as_written_comes_first() -> None:
    """Where both spellings are there, each has its own order."""
    ids = pairs(("#1001", "500001"), ("1001", "500002"))
    assert (ids.find("#1001"), ids.find("1001")) == (500001, 500002)
    assert ids.find("10-01") == SEVERAL


@pytest.mark.parametrize("asked", ["1002", "", "100", "10010"])
def test_what_is_not_there_says_so(asked: str) -> None:
    """A number without a fit gives a sentence, never another order."""
    assert pairs(("1001", "500001"), ("", "500002"), ("#", ""), ("-", "7")).find(asked) == NOT_THERE


@pytest.mark.parametrize(
    "lost", ["5.76461E+17", "5,76461E+17", "#N/A", "########", "-", "#", "n/a", "None", "TBD"]
)
def test_a_lost_number_fits_no_order_though_both_sheets_have_it(lost: str) -> None:
    """Two orders look alike once Excel has rounded their numbers, so neither is taken."""
    assert pairs((lost, "500001")).find(lost) == NO_NUMBER


@pytest.mark.parametrize("number", ["1E5", "NULL-7", "576461413038785752", "#1001", "Smith"])
def test_a_number_that_only_looks_odd_is_found(number: str) -> None:
    """Letters, long digits and signs are ordinary in PO numbers."""
    assert pairs((number, "500001")).find(number) == 500001


@pytest.mark.parametrize(
    ("text", "odd", "lost"),
    [
        ("2024-01-02", OddCell("date", "2024-01-02"), True),
        ("TRUE", OddCell("boolean", "TRUE"), True),
        ("", OddCell("formula"), True),
        ("576461413038785800", OddCell("number", "576461413038785800"), True),
        ("576461413038785752", None, False),
        ("123456789012345", OddCell("number", "123456789012345"), False),
        ("0042", OddCell("padded", "42"), False),
    ],
)
def test_what_a_workbook_stored_otherwise_is_lost(
    text: str, odd: OddCell | None, *, lost: bool
) -> None:
    """A date, a boolean, an error, and a number of more digits than Excel holds."""
    assert number_lost(text, odd) is lost


def test_a_number_without_an_id_is_no_other_number() -> None:
    """A line with an empty order id says that there is none; another line of it may give one."""
    ids = pairs(("10-01", ""), ("1001", "500001"), ("1002", ""), ("1002", "500002"))
    assert ids.find("10-01") == NOT_THERE
    assert (ids.find("1001"), ids.find("#1001"), ids.find("1002")) == (500001, 500001, 500002)
    assert len(ids) == 2


def test_several_fits_count_as_none() -> None:
    """One number beside two order ids could be either."""
    ids = pairs(("1001", "500001"), ("1001", "500002"), ("1003", "500003"), ("1003", "500003"))
    assert ids.find("1001") == SEVERAL
    assert ids.find("1003") == 500003


def test_one_order_id_of_two_numbers_counts_as_none() -> None:
    """An order has one PO number, so one of the two lines must be wrong."""
    ids = pairs(("1001", "500001"), ("1002", "500001"), ("#1003", "500003"), ("1003", "500003"))
    assert (ids.find("1001"), ids.find("1002")) == (SHARED, SHARED)
    assert ids.find("#1003") == 500003


@pytest.mark.parametrize(
    "bad", ["0", "-5", "12,345", "1.5E+15", "1234567890123456", "abc", "12.5", "５００", "#N/A"]
)
def test_an_order_id_that_is_no_whole_number_is_not_used(bad: str) -> None:
    """A rounded, negative or written-out id is said to be unreadable."""
    assert pairs(("1001", bad)).find("1001") == UNREADABLE


@pytest.mark.parametrize(("written", "order_id"), [("500001.0", 500001), ("'500001", 500001)])
def test_what_a_spreadsheet_did_to_an_order_id_is_undone(written: str, order_id: int) -> None:
    """``.0`` and a text guard do not hide a whole number."""
    assert pairs(("1001", written)).find("1001") == order_id


@pytest.mark.parametrize(
    "headings",
    [
        ("order_id", "order_po"),
        ("FinerWorks Order #", "PO Number"),
        ("order_id", "order_confirmation_id", "order_po", "order_status_label"),
        ("order_confirmation_id", "Order ID", "Order Number"),
    ],
)
def test_both_columns_are_found_by_name(headings: tuple[str, ...]) -> None:
    """Any sheet with both numbers will do, and a confirmation id is never taken."""
    cells = {"order": "500001", "confirm": "411111111", "po": "1001", "label": "Shipped"}
    row = []
    for heading in headings:
        name = heading.lower()
        kind = "confirm" if "confirmation" in name else "label" if "label" in name else "order"
        row.append(cells["po" if "po" in name or name == "order number" else kind])
    ids = OrderIds.from_rows(headings, [row])
    assert ids.find("1001") == 500001


def test_a_title_may_stand_above() -> None:
    """The headings are found within the first rows."""
    rows = [("",), ("order_po", "order_id"), ("1001", "500001"), ("1002",)]
    ids = OrderIds.from_rows(("Orders of November",), rows)
    assert (ids.find("1001"), ids.find("1002"), len(ids)) == (500001, NOT_THERE, 1)


def test_a_shops_export_with_finerworks_ids_beside_pairs_its_own_number() -> None:
    """A column named as FinerWorks' own counts even in a shop's export."""
    headings = ("Name", "Financial Status", "Id", "FinerWorks order id")
    ids = OrderIds.from_rows(headings, [("#1001", "paid", "5500112233", "500001")])
    assert ids.find("1001") == 500001


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        (("order_po", "status"), "no column order_id"),
        (("order_id", "status"), "no column order_po"),
        (("order_po", "order_confirmation_id"), "no column order_id"),
        (("order_po", "order_id", "FW order id"), ""),
        (("order_po", "PO", "order_id"), '"order_po", "PO"'),
        (("Order ID", "Order Item ID", "Order Number"), "export of Amazon"),
        (("order_id", "order_number", "shipping_postcode", "shipping_first_name"), "WooCommerce"),
        (("Order Number", "Order ID", "SKU", "Item price", "Quantity"), "looks like a shop's"),
        (("Order Number", "sku", "order_id", "Item price", "Quantity"), ""),
        (("Order Number", "sku", "FW order id", "Item price", "Quantity"), ""),
        (("Order Number", "Confirmation ID", "Order ID", "Item price", "Quantity"), ""),
    ],
)
def test_a_sheet_that_does_not_pair_is_refused(headings: tuple[str, ...], said: str) -> None:
    """A column that is missing, doubled or a shop's own is a sentence, not a guess."""
    if not said:
        assert OrderIds.from_rows(headings, [("1001", "1", "500001")]).find("1001") == 500001
        return
    with pytest.raises(SheetError, match=said):
        OrderIds.from_rows(headings, [])


@given(st.dictionaries(st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True), st.integers(1, 10**15 - 1)))
def test_only_what_is_paired_comes_out(table: dict[str, int]) -> None:
    """Whatever is found was written beside that very number, and only there."""
    assume(not any(number_lost(form) for po in table for form in (po, "#" + po)))
    ids = pairs(*((po, str(number)) for po, number in table.items()))
    for po, number in table.items():
        alone = sum(other == number for other in table.values()) == 1
        assert ids.find(po) == (number if alone else SHARED)
        assert ids.find("#" + po) == ids.find(po)
