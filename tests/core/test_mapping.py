"""Headings become fields, by name, by alias, by configuration and by ``--map``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.errors import ConfigError, SheetError
from pipeline.core.mapping import SheetMapping, fits, map_sheet
from pipeline.core.records import Record

OWN = ("order_id", *ADDRESS_FIELDS)
PLAIN = ("Order ID", "Name", "Address", "City", "State", "Zip", "Country")


def rows(*lines: Sequence[str]) -> list[Record]:
    return [Record(number, tuple(line)) for number, line in enumerate(lines, 1)]


def mapped(
    headings: Sequence[str],
    flags: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    *,
    ids: bool = False,
    sample: Sequence[str] = (),
) -> SheetMapping:
    preview = rows(headings, sample) if sample else rows(headings)
    return map_sheet(
        preview, source="orders.csv", columns=columns or {}, flags=flags or {}, ids_given=ids
    )


def named(mapping: SheetMapping) -> dict[str, str]:
    return {field: mapping.headings[column] for field, column in mapping.fields.items()}


def test_the_apis_own_names_map_to_themselves() -> None:
    """The 14 fields and order_id need nothing said."""
    mapping = mapped(OWN)
    assert named(mapping) == {name: name for name in OWN}
    assert (mapping.order_by, mapping.platform, mapping.missing) == ("order_id", None, ())


@given(
    st.sampled_from(["{}", " {} ", "{}:", "[{}]", "*{}"]), st.booleans(), st.sampled_from(" -./_")
)
def test_case_spaces_and_punctuation_do_not_matter(shape: str, upper: bool, joint: str) -> None:
    """``Zip-Postal.Code`` is zip_postal_code however it is written."""
    headings = [shape.format(name.replace("_", joint)) for name in OWN]
    mapping = mapped([heading.upper() if upper else heading.title() for heading in headings])
    assert list(mapping.fields.values()) == [OWN.index(field) for field in mapping.fields]
    assert set(mapping.fields) == set(OWN)


@given(st.permutations(OWN), st.lists(st.sampled_from(["Notes", "Qty", "", "SKU"]), max_size=4))
def test_order_of_columns_and_unknown_ones_do_not_matter(
    names: list[str], others: list[str]
) -> None:
    """A field's column is where its heading stands, whatever stands around it."""
    headings = [*others, *names]
    mapping = mapped(headings)
    assert named(mapping) == {name: name for name in OWN}
    assert all(headings[column] == field for field, column in mapping.fields.items())


@pytest.mark.parametrize(
    "heading",
    [
        "order_id",
        "Order ID",
        "FinerWorks order id",
        "FinerWorks Order Number",
        "FinerWorks' order #",
        "FW order",
        "FW Order No.",
        "fw_order_id",
    ],
)
def test_finerworks_own_number_is_known_by_its_names(heading: str) -> None:
    """These headings hold order ids, and nothing else needs to be said."""
    mapping = mapped([heading, *ADDRESS_FIELDS])
    assert (mapping.fields["order_id"], mapping.order_by) == (0, "order_id")


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Recipient", "full_name"),
        ("Full Name", "full_name"),
        ("Ship To - Name", "full_name"),
        ("Street", "address_1"),
        ("Address Line 1", "address_1"),
        ("Street Address", "address_1"),
        ("ship-address-1", "address_1"),
        ("Town/City", "city"),
        ("Ship Zipcode", "zip_postal_code"),
        ("Postcode", "zip_postal_code"),
        ("ZIP/Postal Code", "zip_postal_code"),
        ("Country Code", "country_code"),
        ("Delivery country", "country_code"),
        ("customer_info.country_code", "country_code"),
    ],
)
def test_common_names_of_required_fields(heading: str, field: str) -> None:
    """What people and shops usually write is known."""
    required = {
        "full_name": "Name",
        "address_1": "Address",
        "city": "City",
        "zip_postal_code": "Zip",
        "country_code": "Country",
    }
    headings = ["order_id", *({**required, field: heading}.values())]
    assert named(mapped(headings))[field] == heading


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (["State"], {"region": "State"}),
        (["State/Province"], {"region": "State/Province"}),
        (["Shipping Province"], {"province": "Shipping Province"}),
        (["State", "Province"], {"state_code": "State", "province": "Province"}),
        (["state_code"], {"state_code": "state_code"}),
        (["state_code", "province"], {"state_code": "state_code", "province": "province"}),
        (["County"], {"region": "County"}),
        (["State", "County"], {"region": "State"}),
        (["state_code", "County"], {"state_code": "state_code"}),
        ([], {}),
    ],
)
def test_state_and_province(headings: list[str], expected: dict[str, str]) -> None:
    """One column for both is a region; two are what they say; a US county is no part of it."""
    found = named(mapped(["order_id", "Name", "Address", "City", "Zip", "Country", *headings]))
    kinds = ("region", "state_code", "province")
    assert {kind: found[kind] for kind in kinds if kind in found} == expected


def test_titles_above_and_spare_columns_behind() -> None:
    """The headings are looked for under titles, and end with the last one that is not empty."""
    preview = [
        Record(1, ("Corrections of Monday",)),
        Record(4, ("", "printed", "by Ada")),
        Record(5, (*PLAIN, "", " ")),
        Record(6, ("500001", "Ada Marlowe", "1 Hill Rd", "Salem", "OR", "97301", "US", "", "")),
    ]
    mapping = map_sheet(preview, source="o.xlsx", columns={}, flags={}, ids_given=False)
    assert (mapping.heading_row, mapping.headings) == (5, PLAIN)


def test_columns_whose_absence_clears_are_named() -> None:
    """company_name, phone, email and address_order_po are asked about before they are cleared."""
    assert mapped(PLAIN).missing == ("company_name", "phone", "email", "address_order_po")
    assert mapped([*PLAIN, "Company", "E-Mail"]).missing == ("phone", "address_order_po")


def test_config_beats_names_and_map_beats_config() -> None:
    """The user's word is stronger than a heading's own, the command line's the strongest."""
    headings = [*PLAIN, "Postleitzahl", "PLZ"]
    assert named(mapped(headings))["zip_postal_code"] == "Zip"
    by_config = mapped(headings, columns={"zip_postal_code": "PLZ"})
    assert named(by_config)["zip_postal_code"] == "PLZ"
    by_flag = mapped(headings, {"zip": "postleitzahl"}, {"zip_postal_code": "PLZ"})
    assert named(by_flag)["zip_postal_code"] == "Postleitzahl"


def test_a_column_given_to_one_field_is_taken_from_the_other() -> None:
    """``--map province=State`` leaves nothing else in that column."""
    found = named(mapped(PLAIN, {"province": "State"}))
    assert found["province"] == "State"
    assert not {"region", "state_code"} & set(found)


def test_a_province_by_hand_is_stronger_than_a_region() -> None:
    """What the heading says alone gives way; ``State`` beside it is the US state."""
    headings = [*(heading for heading in PLAIN if heading != "State"), "Kanton"]
    found = named(mapped([*headings, "Region"], {"province": "Kanton"}))
    assert found["province"] == "Kanton"
    assert not {"region", "state_code"} & set(found)
    both = named(mapped([*headings, "State"], {"province": "Kanton"}))
    assert (both["province"], both["state_code"]) == ("Kanton", "State")


def test_giving_away_one_of_two_claims_settles_them() -> None:
    """Of two columns that claim a field, the one that is used elsewhere claims it no more."""
    headings = [*PLAIN, "Town"]
    found = named(mapped(headings, {"address_2": "Town"}))
    assert (found["city"], found["address_2"]) == ("City", "Town")


def test_first_and_last_name_by_hand_replace_a_full_name() -> None:
    """Two named columns are stronger than one heading that says Name."""
    headings = [*PLAIN, "Vorname", "Nachname"]
    found = named(mapped(headings, {"first_name": "Vorname", "last_name": "Nachname"}))
    assert "full_name" not in found
    assert (found["first_name"], found["last_name"]) == ("Vorname", "Nachname")
    whole = named(mapped([*OWN, "Recipient line"], {"name": "Recipient line"}))
    assert whole["full_name"] == "Recipient line"
    assert not {"first_name", "last_name"} & set(whole)


def test_a_po_number_may_go_into_the_address_too() -> None:
    """order_po and address_order_po are the only two fields that one column can hold."""
    mapping = mapped([*PLAIN[1:], "PO"], {"address_order_po": "PO"}, ids=True)
    assert mapping.fields["order_po"] == mapping.fields["address_order_po"] == 6


def test_a_config_for_other_shapes_does_no_harm() -> None:
    """A configured heading that this sheet lacks matters only if nothing else holds the field."""
    assert named(mapped(PLAIN, columns={"zip_postal_code": "PLZ"}))["zip_postal_code"] == "Zip"
    assert "region" in mapped(PLAIN, columns={"state_code": "Kanton"}).fields
    with pytest.raises(SheetError, match=r'no heading "PO", which sheet\.columns gives'):
        mapped(PLAIN, columns={"address_order_po": "PO"})


def test_shipping_beats_billing() -> None:
    """A billing column is never taken, wherever it stands."""
    parts = ("Name", "Address 1", "City", "State", "Zip", "Country", "Phone")
    headings = [
        "order_id", *(f"Billing {part}" for part in parts), *(f"Shipping {part}" for part in parts)
    ]  # fmt: skip
    found = named(mapped(headings))
    assert len(found) == 8
    assert all(heading.startswith(("Shipping", "order")) for heading in found.values())
    with pytest.raises(SheetError, match="no column for first_name, last_name"):
        mapped(headings[:8])


def test_order_po_needs_ids() -> None:
    """A seller's number names an order only where a sheet pairs it with FinerWorks' own."""
    headings = ["Order Number", *ADDRESS_FIELDS]
    mapping = mapped(headings, ids=True)
    assert (mapping.order_by, mapping.fields["order_po"]) == ("order_po", 0)
    with pytest.raises(
        SheetError, match=r"--ids FILE .*, or name the column: --map order_id=HEADING"
    ):
        mapped(headings)


def test_order_id_is_used_where_both_are_there() -> None:
    """FinerWorks' own number needs no pairing, with --ids or without."""
    headings = ["order_po", "Order Number", "order_id", *ADDRESS_FIELDS]
    for ids in (False, True):
        mapping = mapped(headings, ids=ids)
        assert (mapping.order_by, mapping.fields["order_id"]) == ("order_id", 2)
        assert "order_po" not in mapping.fields


def test_only_order_numbers_are_quoted_in_an_error() -> None:
    """The sample in the sentence is an order number or it is not shown."""
    headings = ["Order", *ADDRESS_FIELDS]
    with pytest.raises(SheetError, match=r"\(Order: #1001 …\)"):
        mapped(headings, sample=["#1001"])
    with pytest.raises(SheetError, match=r"\(Order\)") as caught:
        mapped(headings, sample=["12 Harbor Lane"])
    assert "Harbor" not in str(caught.value)


def test_fits_chooses_worksheets_with_orders() -> None:
    """Required fields and an order's number make a worksheet fit; a mere contradiction does not."""
    assert fits(rows(PLAIN), columns={}, flags={})
    assert fits(rows(("Order Number", *ADDRESS_FIELDS)), columns={}, flags={})
    assert fits(rows((*PLAIN, "City")), columns={}, flags={})
    assert fits(rows((*PLAIN[:-1], "Land")), columns={"country_code": "Land"}, flags={})
    assert not fits(rows(PLAIN[:-1]), columns={}, flags={})
    assert not fits(rows(PLAIN[1:]), columns={}, flags={})
    assert not fits([], columns={}, flags={})
    assert not fits(rows(*([name, "x", "y"] for name in OWN)), columns={}, flags={})


def test_an_unknown_field_is_a_wrong_call() -> None:
    """``--map`` names fields; a name that is none gets the nearest one."""
    with pytest.raises(ConfigError, match="nearest: first_name"):
        mapped(PLAIN, {"frist_name": "Name"})
