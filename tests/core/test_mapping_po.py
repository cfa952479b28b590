"""The column of the seller's order numbers, found in any sheet that has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from pipeline.core.errors import SheetError
from pipeline.core.mapping import PoColumn, find_po_column, has_po_column
from pipeline.core.records import Record


def rows(*lines: Sequence[str]) -> list[Record]:
    return [Record(number, tuple(line)) for number, line in enumerate(lines, 1)]


def found(
    *lines: Sequence[str],
    flags: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> PoColumn:
    preview = rows(*lines)
    column = find_po_column(preview, source="s.csv", columns=columns or {}, flags=flags or {})
    assert has_po_column(preview, columns=columns or {}, flags=flags or {})
    return column


SHOPIFY = ("Name", "Email", "Financial Status", "Lineitem name", "Id")


@pytest.mark.parametrize(
    ("headings", "column", "platform"),
    [
        (("order_po",), 0, None),
        (("order_id", "order_po"), 1, None),
        (("Qty", "PO Number"), 1, None),
        (SHOPIFY, 0, "Shopify"),
        (("order_po", "ship_first_name", "ship_address_1"), 0, "FinerWorks' import sheet"),
        (("Sale Date", "Order ID", "Transaction ID"), 1, "Etsy"),
    ],
)
def test_it_is_found_by_its_name_or_by_the_shop(
    headings: Sequence[str], column: int, platform: str | None
) -> None:
    """No address column is needed; a shop's own order number is the one that counts."""
    assert found(headings, ("x",) * len(headings)) == PoColumn(
        1, column, headings[column], platform
    )


def test_titles_may_stand_above() -> None:
    """The row of headings is the one that names the column and most else."""
    column = found(("My orders",), ("order",), ("Date", "Order number", "City"), ("", "1001", "X"))
    assert (column.heading_row, column.column) == (3, 1)


def test_what_is_said_by_hand_comes_first() -> None:
    """``--map`` beats sheet.columns, and both beat a heading; other fields do not matter."""
    headings = ("order_po", "Ref", "Number")
    said = {"order_po": "Ref", "zip": "nowhere"}
    assert found(headings, columns=said).heading == "Ref"
    assert found(headings, columns=said, flags={"po": "NUMBER"}).heading == "Number"
    assert found(("a", "order_po"), columns=said).heading == "order_po"
    assert found(("a", "Order no."), flags={"order_po": "a"}).column == 0


@pytest.mark.parametrize(
    ("headings", "flags", "words"),
    [
        (("a", "b"), {}, "s.csv: no row of headings was found .*--map order_po=HEADING"),
        (("City", "b"), {}, 'no column holds your order numbers .*"City", "b".*--map order_po='),
        (("a", "b"), {"order_po": "c"}, 'no heading "c", which --map gives for order_po'),
        (("Order ID", "City"), {}, 'FinerWorks\' order ids already.*--map order_po="Order ID"'),
        (("PO", "Order number"), {}, '"PO", "Order number" all claim order_po'),
        (("order_po", "order_po"), {}, "stands over columns A and B"),
        (("a", "a"), {"order_po": "a"}, "stands over columns A and B"),
    ],
)
def test_a_doubt_is_a_sentence(
    headings: Sequence[str], flags: Mapping[str, str], words: str
) -> None:
    """No column, or two: the sentence names the ``--map`` to use."""
    with pytest.raises(SheetError, match=words):
        find_po_column(rows(headings), source="s.csv", columns={}, flags=flags)


def test_nothing_at_all_is_a_sentence() -> None:
    """A worksheet without rows has no headings."""
    assert not has_po_column([], columns={}, flags={})
    with pytest.raises(SheetError, match="first row"):
        find_po_column([], source="s.csv", columns={}, flags={})
