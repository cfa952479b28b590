"""When in doubt a sheet is refused, in a sentence that says what to write."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.errors import SheetError
from pipeline.core.mapping import map_sheet
from pipeline.core.records import Record

OWN = ("order_id", *ADDRESS_FIELDS)
PLAIN = ("Order ID", "Name", "Address", "City", "State", "Zip", "Country")


def refusal(
    headings: Sequence[str], flags: Mapping[str, str] | None = None, *, ids: bool = False
) -> str:
    preview = [Record(1, tuple(headings))]
    with pytest.raises(SheetError) as caught:
        map_sheet(preview, source="o.csv", columns={}, flags=flags or {}, ids_given=ids)
    return str(caught.value)


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        ((*PLAIN, "Ship City"), 'the headings "City", "Ship City" all claim city'),
        ((*PLAIN, "Town"), '--map city="Town"'),
        ((*PLAIN, "Street"), "all claim address_1"),
        ((*PLAIN, "Country Code"), "all claim country_code"),
        ((*PLAIN, "FinerWorks order id"), "all claim order_id"),
        ((*PLAIN, "New City"), "all claim city"),
        ((*PLAIN, "New City", "New Zip"), "(and so for 1 more)"),
        ((*PLAIN, "State Code"), "all claim state_code and province"),
        ((*PLAIN, "Region"), "all claim region"),
        ((*PLAIN[:4], "State/Province", "Province", *PLAIN[5:]), "claim state_code and province"),
        ((*PLAIN[:4], "Region", "Province", *PLAIN[5:]), "all claim state_code and province"),
        ((*PLAIN, "First Name", "Last Name"), "all claim first_name and last_name"),
        ((*PLAIN, "Last Name"), '--map full_name="Name"'),
        ((*PLAIN, "city"), "stands over columns D and H"),
        (("PO", "Order Number", *ADDRESS_FIELDS), "all claim order_po"),
    ],
)
def test_two_headings_for_one_field(headings: tuple[str, ...], said: str) -> None:
    """Neither of two claims is taken, and the sentence says how to choose."""
    assert said in refusal(headings, ids=True)


@pytest.mark.parametrize("field", ["first_name", "last_name", "address_1", "city", "country_code"])
def test_a_missing_required_field(field: str) -> None:
    """The sentence names the field, the headings found and the --map to use."""
    said = refusal([name for name in OWN if name != field])
    assert f"no column for {field}." in said
    assert f"--map {field}=HEADING" in said
    assert '"email", "address_order_po"' in said


def test_the_postcode_needs_a_column_even_if_it_stays_empty() -> None:
    """An unknown heading for it would clear every postcode of countries that can do without."""
    said = refusal([*(name for name in OWN if name != "zip_postal_code"), "Zip5"])
    assert '--map zip_postal_code="Zip5", or add one (it may be empty).' in said


def test_the_postcode_alone_may_stay_empty() -> None:
    """An empty column of cities would only make every row wrong."""
    said = refusal([name for name in OWN if name != "city"])
    assert said.endswith("Name the column: --map city=HEADING, or add one.")


def test_all_that_is_missing_is_named_at_once() -> None:
    """One command puts right what one look has found, and no heading is given twice."""
    said = refusal(["order_id", "Client name", "Street", "Citty", "Zipp", "Cuontry"])
    assert "no column for first_name, last_name, city, zip_postal_code and country_code." in said
    assert (
        '--map full_name="Client name" --map city="Citty" --map zip_postal_code="Zipp" '
        '--map country_code="Cuontry"'
    ) in said
    said = refusal(["order_id", "Name Town", "Street", "Zip", "Country"])
    assert 'Nearest: full_name: "Name Town"; city: "Name Town".' in said
    assert 'Name the column: --map full_name="Name Town", or add one.' in said


@pytest.mark.parametrize(
    "other",
    ["Authenticity Program", "Shipping", "Order Confirmation ID", "Order total", "Order date",
     "Item Name", "Product SKU", "Ship date", "Payment Method", "Shipping rate", "Billing name",
     "Buyer name"],
)  # fmt: skip
def test_what_cannot_be_it_is_not_offered(other: str) -> None:
    """Dates, prices, items, bills and confirmation ids are near a field's name by chance."""
    for headings in ((other, *ADDRESS_FIELDS), ("order_id", other, "Address 1", "Zip")):
        said = refusal(headings)
        assert f'"{other}"' in said
        assert f'="{other}"' not in said
        assert "Nearest" not in said


@pytest.mark.parametrize(
    "heading",
    ["Address", "Full Address", "Shipping Address", "Ship to", "Ship-To Address", "Deliver to",
     "Delivery address", "Recipient address", "New address", "Mailing Address", "Address block"],
)  # fmt: skip
def test_a_whole_address_in_one_cell_is_refused(heading: str) -> None:
    """Where city and ZIP have no column, a column Address seems to hold them."""
    said = refusal(["order_id", "Name", heading, "Country", "Billing Address"])
    assert "no column for city and zip_postal_code, so" in said
    assert f'the column "{heading}" seems to hold whole addresses in one cell' in said
    assert "split it into columns for street, city, state, ZIP and country." in said
    assert "--map city=HEADING" in said


def test_a_city_or_a_zip_beside_it_makes_an_address_a_street() -> None:
    """Then only the other one is missing, and its heading may have another name."""
    said = refusal(["order_id", "Name", "Address", "Zip", "Town name", "Country"])
    assert "whole addresses" not in said
    assert 'Nearest: city: "Town name"' in said
    by_hand = {"city": "Place", "zip": "Code"}
    headings = ("order_id", "Name", "Address", "Place", "Code", "Country")
    assert '--map city="' not in refusal(headings)
    preview = [Record(1, headings)]
    fields = map_sheet(preview, source="o", columns={}, flags=by_hand, ids_given=False).fields
    assert (fields["address_1"], fields["city"], fields["zip_postal_code"]) == (2, 3, 4)


def test_a_sheet_without_any_address_says_so_first() -> None:
    """Which order it is does not matter before there is something to send."""
    said = refusal(["Order Number", "Date", "Total", "Billing City"])
    assert "this sheet has no delivery address" in said
    assert "--map first_name=HEADING" in said
    assert "--ids" not in said


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ("Ctry", "country_code"),
        ("Cuontry", "country_code"),
        ("Citty", "city"),
        ("Adress 1", "address_1"),
        ("Customer Name", "full_name"),
    ],
)
def test_the_nearest_heading_is_offered(wrong: str, field: str) -> None:
    """A misspelt heading is offered and never taken by itself."""
    own = {"full_name": "Name", "address_1": "Address", "city": "City", "country_code": "Country"}
    headings = [wrong if heading == own[field] else heading for heading in PLAIN]
    said = refusal(headings)
    assert f"{field}: " in said
    assert f'--map {field}="{wrong}"' in said


def test_a_bills_heading_is_never_offered() -> None:
    """The billing city is not the nearest city."""
    said = refusal([*(heading for heading in PLAIN if heading != "City"), "Billing City"])
    assert '--map city="Billing City"' not in said
    assert "Nearest" not in said


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Adress 2", "address_2"),
        ("Addres 2", "address_2"),
        ("Shipping Adress 2", "address_2"),
        ("Address 4", "address_2"),
        ("Apartement", "address_2"),
        ("Unit", "address_2"),
        ("Floor", "address_2"),
        ("Apt. No.", "address_2"),
        ("Line 2", "address_2"),
        ("Address Line Two", "address_2"),
        ("Address_2 (optional)", "address_2"),
        ("Street (cont.)", "address_2"),
        ("Additional address", "address_2"),
        ("Suite/Apt/Unit", "address_2"),
        ("Adresszusatz", "address_2"),
        ("Building name", "address_2"),
        ("Room #", "address_2"),
    ],
)
def test_a_slip_that_would_lose_an_apartment_is_refused(heading: str, field: str) -> None:
    """address_2 is cleared without a question, so a heading that nearly says it is asked about."""
    assert f'--map {field}="{heading}"' in refusal([*PLAIN, heading])


@pytest.mark.parametrize(
    "heading",
    ["Line", "Line item", "Units", "Unit price", "No.", "Number", "Other", "Address type", "Add",
     "Second", "Room type", "Address verified", "Old address 2"],
)  # fmt: skip
def test_a_heading_of_something_else_is_no_second_line(heading: str) -> None:
    """Goods are counted in lines and units, and an address may be of a type."""
    preview = [Record(1, (*PLAIN, heading))]
    mapping = map_sheet(preview, source="o.csv", columns={}, flags={}, ids_given=False)
    assert "address_2" not in mapping.fields


def test_text_beside_the_street_without_a_heading_is_refused() -> None:
    """A street that was split in two leaves its second half there; blank it loses nothing."""
    at = PLAIN.index("Address") + 1
    head = Record(1, (*PLAIN[:at], "", *PLAIN[at:]))
    blank, filled = ("",) * len(head.cells), ("",) * at + ("Apt 4",)
    map_sheet([head, Record(2, blank)], source="o", columns={}, flags={}, ids_given=False)
    with pytest.raises(SheetError) as refused:
        map_sheet([head, Record(7, filled)], source="o", columns={}, flags={}, ids_given=False)
    assert "has no heading, so what stands in it (row 7, for one) would be lost" in str(
        refused.value
    )


def test_a_slip_of_a_region_is_refused_only_where_there_is_none() -> None:
    """``Provinz`` beside ``State`` loses nothing."""
    without = [heading for heading in PLAIN if heading != "State"]
    assert '--map region="Provice"' in refusal([*without, "Provice"])
    preview = [Record(1, (*PLAIN, "Provice", "Ship Date", "Status"))]
    map_sheet(preview, source="o.csv", columns={}, flags={}, ids_given=False)
    preview = [Record(1, (*without, "Ship Date", "Status"))]
    map_sheet(preview, source="o.csv", columns={}, flags={}, ids_given=False)


@pytest.mark.parametrize("heading", ["House Number", "Street No.", "Hausnummer", "PO Box"])
def test_a_street_in_two_columns_is_refused(heading: str) -> None:
    """A house number in a column of its own would not be sent."""
    assert "Join the two in one column" in refusal([*PLAIN, heading])
    assert "Join the two in one column" in refusal([*PLAIN, "Address 2", "Unit"])


def test_half_a_new_address_is_refused() -> None:
    """A new street with the old apartment is nobody's address."""
    headings = ("Order ID", "Name", "New Address", "Address 2", "New City", "New Zip", "Country")
    said = refusal(headings)
    assert 'are of the new address, "Address 2" may not be' in said
    assert '--map address_2="Address 2"' in said
    preview = [Record(1, headings)]
    fields = map_sheet(
        preview, source="o", columns={}, flags={"address_2": "Address 2"}, ids_given=False
    ).fields
    assert (fields["address_1"], fields["address_2"], fields["country_code"]) == (2, 3, 6)


def test_half_the_buyers_address_is_refused() -> None:
    """Where a sheet has a buyer's address, a bare heading beside shipping ones may be his."""
    shipping = ("Ship Address 1", "Ship City", "Ship State", "Ship Zip", "Ship Country")
    said = refusal(("order_id", "First Name", "Last Name", *shipping, "Billing City"))
    assert "are of the shipping address" in said
    assert '--map first_name="First Name"' in said
    preview = [Record(1, ("order_id", "First Name", "Last Name", *shipping))]
    assert map_sheet(preview, source="o", columns={}, flags={}, ids_given=False).fields


@pytest.mark.parametrize(
    "heading", ["Order Confirmation ID", "order_confirmation_id", "FinerWorks confirmation #"]
)
def test_a_confirmation_id_is_never_the_order_id(heading: str) -> None:
    """FinerWorks shows two numbers; --map cannot make the wrong one right."""
    headings = [heading, *ADDRESS_FIELDS]
    assert "no column names the order" in refusal(headings)
    assert "other numbers than order ids" in refusal(headings, {"order_id": heading})


def test_no_column_names_the_order() -> None:
    """The sentence says both ways to name one."""
    said = refusal(["Id", *ADDRESS_FIELDS])
    assert "order_id, or order_po with --ids" in said
    assert "--map order_id=HEADING" in said


def test_a_bare_order_id_among_a_shops_columns_is_doubtful() -> None:
    """An unknown shop's Order ID may be its own number; the API's own spelling is not."""
    shop = ("Order Total", "SKU", "Quantity", "Payment Method", "Item Name")
    said = refusal([*PLAIN, *shop])
    assert '--map order_id="Order ID"' in said
    assert '--map order_po="Order ID" --ids FILE' in said
    preview = [Record(1, (*PLAIN, *shop, "PO"))]
    by_po = map_sheet(preview, source="o", columns={}, flags={}, ids_given=True)
    assert (by_po.order_by, "order_id" in by_po.fields) == ("order_po", False)
    cut = ("Order ID", "Shipping Name", "Shipping Address1", "Shipping City", "Shipping Zip")
    assert '--map order_id="Order ID"' in refusal([*cut, "Shipping Country"])
    for first in ("order_id", "FW order id"):
        preview = [Record(1, (first, *PLAIN[1:], *shop))]
        assert map_sheet(preview, source="o", columns={}, flags={}, ids_given=False).fields


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"city": "Town"}, 'no heading "Town", which --map gives for city'),
        ({"city": "City", "province": "City"}, "is given for city and province"),
        ({"first_name": "Name", "last_name": "Name"}, "a column holds one field"),
        ({"first_name": "Name"}, "no column for last_name"),
        ({"full_name": "Name", "first_name": "City"}, "all claim first_name and last_name"),
        ({"region": "State", "province": "City"}, "all claim state_code and province"),
    ],
)
def test_what_the_user_says_must_make_sense(flags: dict[str, str], said: str) -> None:
    """A --map that cannot be followed is refused, not half followed."""
    assert said in refusal(PLAIN, flags)


def test_a_map_to_a_doubled_heading_is_refused() -> None:
    """Two columns of one name cannot be told apart by it."""
    assert "stands over columns H and I" in refusal([*PLAIN, "Plz", "plz "], {"zip": "PLZ"})


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [("Ada Marlowe", "12 Harbor Lane", "Boston", "MA", "02134")],
        [("500001", "Ada", "Marlowe", "12 Harbor Lane"), ("500002", "Bo", "Lee", "9 Hill Rd")],
    ],
)
def test_without_headings_no_cell_is_quoted(lines: list[tuple[str, ...]]) -> None:
    """A sheet that begins with addresses is refused without repeating one."""
    preview = [Record(number, line) for number, line in enumerate(lines, 1)]
    with pytest.raises(SheetError, match="no row of headings was found") as caught:
        map_sheet(preview, source="o.csv", columns={}, flags={}, ids_given=False)
    assert not any(cell in str(caught.value) for line in lines for cell in line)


def test_a_second_table_below_is_refused() -> None:
    """Other headings further down would put every row under them into wrong columns."""
    other = ("order_id", "city", "address_1", "name", "country", "zip")
    preview = [Record(1, PLAIN), Record(2, ("1",) * 7), Record(9, other)]
    with pytest.raises(SheetError, match="rows 1 and 9 both look like rows of headings"):
        map_sheet(preview, source="o.csv", columns={}, flags={}, ids_given=False)
    again = [Record(1, PLAIN), Record(9, PLAIN)]
    assert map_sheet(again, source="o.csv", columns={}, flags={}, ids_given=False).heading_row == 1


ANY = st.sampled_from(
    [*OWN, *PLAIN, "Ship City", "Billing Zip", "New Zip", "Notes", "PO", "Recipient", "County"]
)


@given(st.lists(st.one_of(ANY, st.text(max_size=12)), min_size=1, max_size=24), st.booleans())
def test_a_mapping_is_whole_or_a_sentence(headings: list[str], ids: bool) -> None:
    """Whatever the headings are: one column a field, all that is required, or one SheetError."""
    preview = [Record(1, tuple(headings))]
    mapping, said = None, ""
    try:
        mapping = map_sheet(preview, source="o.csv", columns={}, flags={}, ids_given=ids)
    except SheetError as error:
        said = str(error)
    if mapping is None:
        assert re.match(r"o\.csv: \S.*[.)]$", said, re.DOTALL)
        return
    columns = list(mapping.fields.values())
    assert len(columns) == len(set(columns))
    assert {"address_1", "city", "zip_postal_code", "country_code"} <= set(mapping.fields)
    assert "full_name" in mapping.fields or {"first_name", "last_name"} <= set(mapping.fields)
    assert mapping.order_by in mapping.fields
    assert not any("illing" in mapping.headings[column] for column in columns)
