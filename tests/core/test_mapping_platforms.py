"""Exports of shops are known by their headings, and their numbers never become order ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.errors import SheetError
from pipeline.core.mapping import SheetMapping, map_sheet
from pipeline.core.platforms import HeadingRow, Platform, claim, plain, platform_of, platforms
from pipeline.core.records import Record
from tests.core.export_columns import COLUMNS

WITHOUT_ADDRESS = {
    ("Amazon", "All Orders"): "this export of Amazon has no delivery address",
    ("Faire", "Orders > Export"): "this export of Faire has no delivery address",
    ("Magento", "Sales > Orders > Export"): '"Shipping Address" holds whole addresses in one cell',
    ("Printful", "Orders > Export"): '"Address" holds whole addresses in one cell',
}
ROWS = [(platform, row) for platform in platforms() for row in platform.headings]
SENDABLE = [(p, row) for p, row in ROWS if (p.name, row.of) not in WITHOUT_ADDRESS]
SHOPS = [(platform, row) for platform, row in SENDABLE if platform.shop]


def _ids(rows: Sequence[tuple[Platform, HeadingRow]]) -> list[str]:
    return [f"{platform.name}: {row.of}" for platform, row in rows]


def headings_of(name: str, of: str = "") -> tuple[str, ...]:
    """The first row of headings of a platform, or the one that is named."""
    return next(
        row.row for platform, row in ROWS if platform.name == name and (not of or row.of == of)
    )


SHOPIFY = headings_of("Shopify")
IMPORT = headings_of("FinerWorks' import sheet")


def mapped(
    headings: Sequence[str], flags: Mapping[str, str] | None = None, *, ids: bool = True
) -> SheetMapping:
    preview = [Record(1, tuple(headings))]
    return map_sheet(preview, source="o.csv", columns={}, flags=flags or {}, ids_given=ids)


def claimed(heading: str) -> str | None:
    said = claim(heading)
    return said.field if said else None


def named(mapping: SheetMapping) -> dict[str, str]:
    return {field: mapping.headings[column] for field, column in mapping.fields.items()}


@pytest.mark.parametrize("key", COLUMNS, ids=": ".join)
def test_an_exports_columns(key: tuple[str, str]) -> None:
    """Every column that is used, and no other: shipping beats billing, the number is the PO."""
    headings = headings_of(*key)
    mapping = mapped(headings)
    written = {heading.replace(" ", "_"): heading for heading in headings}
    fields = dict(pair.split("=") for pair in COLUMNS[key].split())
    assert named(mapping) == {field: written[heading] for field, heading in fields.items()}
    assert (mapping.platform, mapping.order_by) == (key[0], "order_po")


def test_every_row_of_headings_is_tried() -> None:
    """No row stands in a file of data without its columns, or its sentence, in these tests."""
    assert COLUMNS.keys() | WITHOUT_ADDRESS.keys() == {(p.name, row.of) for p, row in ROWS}


@pytest.mark.parametrize(("platform", "row"), ROWS, ids=_ids(ROWS))
def test_no_two_platforms_fight_over_a_row(platform: Platform, row: HeadingRow) -> None:
    """A whole row of headings is of one platform only, whatever the order of precedence."""
    names = frozenset(map(plain, row.row))
    assert [each.name for each in platforms() if each.matches(names)] == [platform.name]
    assert len(names) == len(row.row)


def test_precedence_is_said_and_is_one_order() -> None:
    """Each platform has a number of its own, and the lower one is asked first."""
    numbers = [platform.precedence for platform in platforms()]
    assert numbers == sorted(set(numbers))
    both = {plain(heading) for heading in (*SHOPIFY, *headings_of("WooCommerce"))}
    told = platform_of(both)
    assert told is not None
    assert told.name == "Shopify"


@pytest.mark.parametrize(("platform", "row"), ROWS, ids=_ids(ROWS))
def test_a_row_has_what_its_platform_is_known_by(platform: Platform, row: HeadingRow) -> None:
    """The order's number is in each row, and it is one of those that the file names."""
    assert {plain(heading) for heading in row.row} & set(platform.order)
    assert set(platform.order).isdisjoint(platform.nothing)
    assert set(platform.extra.values()) <= {*ADDRESS_FIELDS, "full_name", "region"}


@pytest.mark.parametrize(("platform", "row"), SHOPS, ids=_ids(SHOPS))
def test_an_export_without_ids_says_what_to_give(platform: Platform, row: HeadingRow) -> None:
    """The shop's number alone never reaches the API."""
    with pytest.raises(SheetError, match="no column holds FinerWorks order ids"):
        mapped(row.row, ids=False)


@pytest.mark.parametrize(("platform", "row"), SHOPS, ids=_ids(SHOPS))
def test_a_shops_number_never_becomes_an_order_id(platform: Platform, row: HeadingRow) -> None:
    """Even --map does not send a shop's own number as FinerWorks' order id."""
    own = [h for h in row.row if plain(h) in (*platform.order, *platform.internal)]
    assert own
    for heading in own:
        with pytest.raises(SheetError, match="own numbers; as a FinerWorks order id"):
            mapped(row.row, {"order_id": heading})


@pytest.mark.parametrize(("platform", "row"), SHOPS, ids=_ids(SHOPS))
def test_finerworks_ids_in_a_column_of_their_own_are_used(
    platform: Platform, row: HeadingRow
) -> None:
    """A seller may put FinerWorks' number beside the shop's."""
    mapping = mapped(("FinerWorks order id", *row.row), ids=False)
    assert (mapping.order_by, mapping.fields["order_id"]) == ("order_id", 0)


@pytest.mark.parametrize(("platform", "row"), SHOPS, ids=_ids(SHOPS))
def test_a_confirmation_id_beside_an_export_is_no_order_id(
    platform: Platform, row: HeadingRow
) -> None:
    """Of the two numbers that FinerWorks shows the confirmation id names nothing here."""
    headings = ("FinerWorks confirmation ID", *row.row)
    assert mapped(headings).order_by == "order_po"
    with pytest.raises(SheetError, match="other numbers than order ids"):
        mapped(headings, {"order_id": headings[0]})


def test_an_order_id_added_to_an_export() -> None:
    """``order_id`` as the API writes it is FinerWorks'; a bare Order ID is asked about."""
    assert mapped(("order_id", *SHOPIFY), ids=False).order_by == "order_id"
    bare = ("Order ID", *SHOPIFY)
    with pytest.raises(SheetError, match='--map order_id="Order ID"'):
        mapped(bare, ids=False)
    assert mapped(bare, {"order_id": "Order ID"}, ids=False).fields["order_id"] == 0
    assert mapped(bare).order_by == "order_po"


def test_an_order_id_in_finerworks_own_sheet_is_theirs() -> None:
    """Their import sheet is no shop's export."""
    mapping = mapped((*IMPORT, "Order ID"), ids=False)
    assert (mapping.platform, mapping.order_by) == ("FinerWorks' import sheet", "order_id")


def test_a_second_name_for_a_field_in_an_export_is_refused() -> None:
    """A column that somebody added beside the export's own is a question, not a choice."""
    with pytest.raises(SheetError, match='"Shipping City", "city" all claim city'):
        mapped((*SHOPIFY, "city"))


@pytest.mark.parametrize(
    ("name", "of", "added", "field", "heading"),
    [
        ("WooCommerce", "", "shipping_full_name", "first_name", "shipping_first_name"),
        ("WooCommerce", "", "shipping_state_code", "region", "shipping_state"),
        ("BigCommerce", "", "Shipping State Code", "region", "Shipping State"),
    ],
)
def test_an_export_may_say_one_thing_twice(
    name: str, of: str, added: str, field: str, heading: str
) -> None:
    """A full name beside its parts, a state's code beside its name are no contradiction there."""
    found = named(mapped((*headings_of(name, of), added)))
    assert found[field] == heading
    assert added not in found.values()


@pytest.mark.parametrize("added", ["full_name", "state_code"])
def test_a_column_that_was_added_is_not_passed_over(added: str) -> None:
    """What a user wrote beside an export's own columns may be the correction itself."""
    with pytest.raises(SheetError, match=f'"{added}"'):
        mapped((*headings_of("WooCommerce"), added))


@pytest.mark.parametrize("key", WITHOUT_ADDRESS, ids=lambda key: key[0])
@pytest.mark.parametrize("ids", [True, False])
def test_an_export_that_cannot_be_sent_says_why(key: tuple[str, str], ids: bool) -> None:
    """What is wrong with the address comes before the question which order it is."""
    with pytest.raises(SheetError) as caught:
        mapped(headings_of(*key), ids=ids)
    assert WITHOUT_ADDRESS[key] in str(caught.value)


def test_a_whole_address_is_no_street_beside_a_bare_city() -> None:
    """City and ZIP that were added to Magento's grid may be the bill's."""
    headings = (*headings_of("Magento"), "City", "Zip Code", "Country")
    with pytest.raises(SheetError, match="split it into columns for street, city, state, ZIP"):
        mapped(headings)
    flags = {
        "address_1": "Shipping Address",
        "city": "City",
        "zip": "Zip Code",
        "country": "Country",
    }
    assert named(mapped(headings, flags))["address_1"] == "Shipping Address"


def test_a_column_that_was_split_is_a_street() -> None:
    """Who took Printful's address apart may leave the street under its heading."""
    headings = (*headings_of("Printful"), "Name", "City", "State", "Zip", "Country")
    assert named(mapped(headings))["address_1"] == "Address"


@pytest.mark.parametrize(
    ("name", "address"), [("Wix", "Delivery address"), ("Square", "Recipient Address")]
)
def test_an_exports_street_without_city_and_zip_is_a_whole_address(name: str, address: str) -> None:
    """Wix's and Square's own exports have the city apart; a sheet without one has it inside."""
    cut = [
        heading
        for heading in headings_of(name)
        if claimed(heading) not in ("city", "zip_postal_code")
    ]
    with pytest.raises(SheetError, match=f'"{address}" seems to hold whole addresses'):
        mapped(cut)


def test_faires_newer_export_names_the_shop_as_the_company() -> None:
    """A shop is no person: the name is asked for, never made of the company."""
    address = ("Retailer Name", "Address 1", "Address 2", "City", "State", "Zip Code", "Country")
    headings = (*headings_of("Faire"), *address)
    with pytest.raises(SheetError, match="no column for first_name and last_name"):
        mapped(headings)
    found = named(mapped((*headings, "Full Name")))
    assert (found["company_name"], found["full_name"]) == ("Retailer Name", "Full Name")


SHOP_ROWS = [row.row for _, row in SHOPS]


@given(st.sampled_from(SHOP_ROWS), st.data())
def test_part_of_an_export_is_mapped_like_the_whole_or_refused(
    headings: tuple[str, ...], data: st.DataObject
) -> None:
    """Columns that were cut away never let another column take their place."""
    told = mapped(headings)
    whole = named(told)
    kept = data.draw(st.lists(st.sampled_from(headings), unique=True, min_size=5))
    try:
        part = mapped(kept)
    except SheetError:
        return
    if part.platform != told.platform:
        return
    order = {"order_po", "order_id"}
    for field, heading in named(part).items():
        assert field in order or whole.get(field) in (heading, None)
        assert field != "order_id"
        assert "illing" not in heading
        assert "uyer" not in heading
    assert set(part.fields) <= {*ADDRESS_FIELDS, "order_po", "full_name", "region"}
