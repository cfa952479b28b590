"""Merged headings: what a person reads who looks at them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.core.mapping import SheetMapping, fits, map_sheet
from pipeline.core.mapping.headings import headings_of
from pipeline.core.records import MergedRange, Record

PLACE = ("Street", "City", "State", "ZIP", "Country")
ORDER = ("Order ID", "First name", "Last name")


def rows(*lines: Sequence[str]) -> list[Record]:
    filled = enumerate(lines, 1)
    return [Record(number, tuple(line)) for number, line in filled if any(line)]


def mapped(
    preview: Sequence[Record],
    *merged: MergedRange,
    flags: Mapping[str, str] | None = None,
) -> SheetMapping:
    return map_sheet(
        preview,
        source="orders.xlsx",
        columns={},
        flags=flags or {},
        ids_given=False,
        merged=merged,
    )


def named(mapping: SheetMapping) -> dict[str, str]:
    return {field: mapping.headings[column] for field, column in mapping.fields.items()}


def over(first_column: int, last_column: int, row: int = 1, last_row: int = 0) -> MergedRange:
    return MergedRange(row, last_row or row, first_column, last_column)


def down(*columns: int) -> list[MergedRange]:
    return [over(column, column, 1, 2) for column in columns]


def test_headings_merged_over_two_rows_are_headings_of_the_lower_one() -> None:
    """Some headings stand over both rows, the others in the second: all of them count."""
    preview = rows(
        (*ORDER, "Ship to"), ("", "", "", *PLACE), ("1", "Ada", "Byron", "12 Way", "Austin")
    )
    mapping = mapped(preview, *down(0, 1, 2), over(3, 7))
    assert (mapping.heading_row, mapping.headings) == (2, (*ORDER, *PLACE))
    assert mapping.renamed == dict(enumerate(ORDER))
    assert sorted(mapping.fields.values()) == list(range(8))


def test_headings_that_all_stand_in_the_upper_row_are_found_below() -> None:
    """The lower row may hold a single heading: it is the last of the block, and rows follow it."""
    head = (*ORDER, *PLACE)
    preview = rows((*head, "Sizes"), (*[""] * 8, "Width", "Height"), ("1", "Ada", "Byron"))
    mapping = mapped(preview, *down(*range(8)), over(8, 9))
    assert (mapping.heading_row, mapping.headings) == (2, (*head, "Width", "Height"))


def test_a_text_merged_down_the_side_is_no_block_of_headings() -> None:
    """A label beside all rows does not make headings of them."""
    head = ("March", *ORDER, *PLACE)
    preview = rows(head, ("", "1", "Ada", "Byron"), ("", "2", "Bo", "Ek"))
    mapping = mapped(preview, over(0, 0, 1, 3))
    assert (mapping.heading_row, mapping.headings, mapping.renamed) == (1, head, {})


def test_group_titles_tell_the_same_headings_apart() -> None:
    """Street under Shipping and Street under Billing are two; the shipping one is mapped."""
    preview = rows(
        ("", "Shipping", *[""] * 6, "Billing"),
        ("Order ID", "First name", "Last name", *PLACE, *PLACE),
        ("1", "Ada"),
    )
    mapping = mapped(preview, over(1, 7), over(8, 12))
    assert named(mapping) == {
        "order_id": "Order ID",
        "first_name": "Shipping First name",
        "last_name": "Shipping Last name",
        "address_1": "Shipping Street",
        "city": "Shipping City",
        "region": "Shipping State",
        "zip_postal_code": "Shipping ZIP",
        "country_code": "Shipping Country",
    }
    assert mapping.headings[8:] == tuple(f"Billing {name}" for name in PLACE)
    assert set(mapping.renamed) == set(range(1, 13))


def test_group_titles_are_not_needed_where_headings_are_clear() -> None:
    """A title over a block of single headings leaves them as they are."""
    preview = rows(("Order", "", "", "Customer"), (*ORDER, *PLACE), ("1", "Ada"))
    mapping = mapped(preview, over(0, 2), over(3, 7))
    assert (mapping.headings, mapping.renamed) == ((*ORDER, *PLACE), {})


def test_what_stands_under_billing_is_never_the_recipients() -> None:
    """A bill's address is not sent because the sheet has no other."""
    preview = rows(("", "", "", "Billing"), (*ORDER, *PLACE), ("1", "Ada"))
    with pytest.raises(SheetError, match="no column for address_1"):
        mapped(preview, over(3, 7))
    assert not fits(preview, columns={}, flags={}, merged=[over(3, 7)])
    assert fits(preview, columns={}, flags={})


def test_a_title_over_the_whole_table_is_no_group() -> None:
    """A title that begins with a word for the bill says nothing of a column."""
    preview = rows(("Invoice corrections",), (*ORDER, *PLACE), ("1", "Ada"))
    mapping = mapped(preview, over(0, 7))
    assert (mapping.headings, mapping.renamed) == ((*ORDER, *PLACE), {})


def test_very_many_headings_are_read_at_once() -> None:
    """Groups over all columns of Excel, merged over one another, do not keep anybody waiting."""
    wide = 16_384
    preview = rows(("Shipping",) * wide, ("City", "Zip") * (wide // 2))
    merged = [over(at, wide - 1) for at in range(10_000)]
    merged += [over(0, wide - 1, 2)] * 1_000
    assert len(headings_of(preview[1], preview, merged).names) == wide


def test_a_title_that_tells_nothing_apart_stays_above() -> None:
    """One title over all columns, or the same one twice: the headings stay a question."""
    head = (*ORDER, *PLACE, "City")
    whole = rows(("Orders of March",), head, ("1", "Ada"))
    with pytest.raises(SheetError, match='"City" stands over columns E and I'):
        mapped(whole, over(0, 8))
    twice = rows(("", "", "", "Shipping", *[""] * 4, "Shipping"), head, ("1", "Ada"))
    with pytest.raises(SheetError, match='"City" stands over columns E and I'):
        mapped(twice, over(3, 7))


def test_a_group_of_one_column_has_its_title_unmerged() -> None:
    """A title over a single column counts beside one that is merged."""
    head = (*ORDER, *PLACE, "Country")
    preview = rows(("", "", "", "Shipping", *[""] * 4, "Billing"), head, ("1", "Ada"))
    mapping = mapped(
        preview, over(3, 7), flags={"first_name": "First name", "last_name": "Last name"}
    )
    assert mapping.fields["country_code"] == 7
    assert mapping.headings[8] == "Billing Country"


def test_the_nearest_of_two_titles_counts() -> None:
    """A title of the whole sheet above the titles of groups says nothing of a column."""
    preview = rows(
        ("Orders",),
        ("", "", "", "Ship to", *[""] * 4, "Bill to"),
        (*ORDER, *PLACE, *PLACE),
        ("1", "Ada"),
    )
    flags = {"first_name": "First name", "last_name": "Last name"}
    mapping = mapped(preview, over(0, 12), over(3, 7, 2), over(8, 12, 2), flags=flags)
    assert mapping.fields["address_1"] == 3
    assert mapping.headings[12] == "Bill to Country"


def test_a_heading_that_already_says_its_group_is_left_alone() -> None:
    """``Shipping City`` under ``Shipping`` does not become ``Shipping Shipping City``."""
    preview = rows(("Shipping", "", "Billing", ""), ("Shipping City", "Zip", "Zip", "City"))
    found = headings_of(preview[1], preview, [over(0, 1), over(2, 3)])
    assert found.names == ("Shipping City", "Shipping Zip", "Billing Zip", "Billing City")


def test_a_number_of_the_order_keeps_its_name_in_a_group() -> None:
    """A title is not put before a heading that would then say nothing."""
    preview = rows(("Shipping", "", "Billing"), ("Order ID", "Zip", "Zip"))
    found = headings_of(preview[1], preview, [over(0, 1), over(2, 3)])
    assert found.names == ("Order ID", "Shipping Zip", "Billing Zip")


def test_a_column_under_a_heading_of_two_columns_has_a_name() -> None:
    """What stands under a merged heading's second column is kept, not taken for surplus."""
    head = (*ORDER, *PLACE, "Notes", "")
    mapping = mapped(rows(head, ("1", "Ada")), over(8, 9))
    assert mapping.headings == (*ORDER, *PLACE, "Notes", "Notes (J)")
    assert mapping.renamed == {9: "Notes (J)"}


def test_a_field_under_a_heading_of_two_columns_is_a_question() -> None:
    """Both columns may hold the street: the sentence names them, and --map decides."""
    head = (*ORDER, "Street", "", *PLACE[1:])
    preview = rows(head, ("1", "Ada"))
    with pytest.raises(SheetError) as refused:
        mapped(preview, over(3, 4))
    assert str(refused.value) == (
        'orders.xlsx: the heading "Street" is merged over columns D and E in row 1. Give each '
        "column a heading of its own, or say which one holds address_1: "
        '--map address_1="Street" or --map address_1="Street (E)".'
    )
    said = mapped(preview, over(3, 4), flags={"address_1": "Street", "address_2": "Street (E)"})
    assert (said.fields["address_1"], said.fields["address_2"]) == (3, 4)


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, 4), st.integers(0, 12), st.integers(0, 9)),
        max_size=6,
    )
)
def test_no_merged_cells_trip_the_reader(ranges: list[tuple[int, int, int, int]]) -> None:
    """Whatever is merged, headings are read or refused in a sentence, and none is lost."""
    merged = [MergedRange(top, top + down, left, left + wide) for top, down, left, wide in ranges]
    preview = rows(("", "Shipping"), (*ORDER, *PLACE, "City"), ("1", "Ada"), ("2",))
    found = headings_of(preview[1], preview, merged)
    assert all(own in name for own, name in zip(preview[1].cells, found.names, strict=False))
    with contextlib.suppress(SheetError):
        assert mapped(preview, *merged).headings == found.names
