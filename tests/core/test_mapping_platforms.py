"""Exports of shops are known by their headings, and their numbers never become order ids."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.errors import SheetError
from pipeline.core.mapping import SheetMapping, map_sheet
from pipeline.core.platforms import PLATFORMS, plain, platform_of
from pipeline.core.records import Record

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,"
    "Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,"
    "Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,"
    "Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,"
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Id,Tags,Risk Level,Source,Phone,"
    "Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID"
)
SQUARESPACE = (
    "Order ID,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,"
    "Shipping,Taxes,Amount Refunded,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem variant,"
    "Billing Name,Billing Address1,Billing City,Billing Zip,Billing Province,Billing Country,"
    "Shipping Name,Shipping Address1,Shipping Address2,Shipping City,Shipping Zip,"
    "Shipping Province,Shipping Country,Shipping Phone,Cancelled at,Private Notes"
)
WOO = (
    "order_id,order_number,order_date,status,billing_first_name,billing_last_name,billing_email,"
    "billing_phone,billing_address_1,billing_city,billing_state,billing_postcode,billing_country,"
    "shipping_first_name,shipping_last_name,shipping_company,shipping_address_1,"
    "shipping_address_2,shipping_city,shipping_state,shipping_postcode,shipping_country,"
    "order_total,payment_method"
)
WOO_ADVANCED = (
    "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),"
    "Company (Billing),Address 1&2 (Billing),City (Billing),State Code (Billing),"
    "Postcode (Billing),Country Code (Billing),Email (Billing),Phone (Billing),"
    "First Name (Shipping),Last Name (Shipping),Address 1&2 (Shipping),City (Shipping),"
    "State Code (Shipping),Postcode (Shipping),Country Code (Shipping),Item #,SKU,Name,Quantity"
)
ETSY_ITEMS = (
    "Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Discount Amount,Order Shipping,"
    "Order Sales Tax,Item Total,Currency,Transaction ID,Listing ID,Date Paid,Date Shipped,"
    "Ship Name,Ship Address1,Ship Address2,Ship City,Ship State,Ship Zipcode,Ship Country,"
    "Order ID,Variations,Order Type,Listings Type,Payment Type,SKU"
)
ETSY_ORDERS = (
    "Sale Date,Order ID,Buyer User ID,Full Name,First Name,Last Name,Number of Items,"
    "Payment Method,Date Shipped,Street 1,Street 2,Ship City,Ship State,Ship Zipcode,"
    "Ship Country,Currency,Order Value,Coupon Code,Shipping,Sales Tax,Order Total,Status,Buyer"
)
AMAZON = (
    "order-id,order-item-id,purchase-date,payments-date,buyer-email,buyer-name,"
    "buyer-phone-number,sku,product-name,quantity-purchased,currency,item-price,"
    "ship-service-level,recipient-name,ship-address-1,ship-address-2,ship-address-3,ship-city,"
    "ship-state,ship-postal-code,ship-country,ship-phone-number,is-business-order,"
    "purchase-order-number"
)
EBAY = (
    "Sales Record Number,Order Number,Buyer Username,Buyer Name,Buyer Email,Buyer Note,"
    "Buyer Address 1,Buyer City,Buyer State,Buyer Zip,Buyer Country,Ship To Name,Ship To Phone,"
    "Ship To Address 1,Ship To Address 2,Ship To City,Ship To State,Ship To Zip,Ship To Country,"
    "Item Number,Item Title,Custom Label,Quantity,Sold For,Transaction ID"
)
BIGCOMMERCE = (
    "Order ID,Customer Name,Customer Email,Order Status,Billing Name,Billing Street 1,"
    "Billing Suburb,Billing State,Billing Zip,Billing Country,Shipping Name,Shipping First Name,"
    "Shipping Last Name,Shipping Company,Shipping Street 1,Shipping Street 2,Shipping Suburb,"
    "Shipping State,Shipping State Abbreviation,Shipping Zip,Shipping Country,Shipping Phone,"
    "Shipping Email"
)
SHIPSTATION = (
    "Order - Number,Date - Order Date,Bill To - Name,Ship To - Name,Ship To - Company,"
    "Ship To - Address 1,Ship To - Address 2,Ship To - Address 3,Ship To - City,Ship To - State,"
    "Ship To - Postal Code,Ship To - Country,Ship To - Phone,Item - SKU,Item - Name"
)
IMPORT = (
    "order_po,ship_first_name,ship_last_name,ship_company_name,ship_address_1,ship_address_2,"
    "ship_city,ship_state_code,ship_province,ship_zip,ship_country_code,ship_phone,ship_email,"
    "shipping_code,product_qty,product_sku"
)
EXPORTS = {
    "Shopify": SHOPIFY,
    "Squarespace": SQUARESPACE,
    "WooCommerce": WOO,
    "WooCommerce ": WOO_ADVANCED,
    "Etsy": ETSY_ITEMS,
    "Etsy ": ETSY_ORDERS,
    "Amazon": AMAZON,
    "eBay": EBAY,
    "BigCommerce": BIGCOMMERCE,
    "ShipStation": SHIPSTATION,
}


def mapped(line: str, flags: Mapping[str, str] | None = None, *, ids: bool = True) -> SheetMapping:
    preview = [Record(1, tuple(line.split(",")))]
    return map_sheet(preview, source="o.csv", columns={}, flags=flags or {}, ids_given=ids)


def named(mapping: SheetMapping) -> dict[str, str]:
    return {field: mapping.headings[column] for field, column in mapping.fields.items()}


def test_shopify() -> None:
    """Shopify's Name is the PO; the inner Id, the bill and the combined street are nothing."""
    mapping = mapped(SHOPIFY)
    assert named(mapping) == {
        "order_po": "Name",
        "full_name": "Shipping Name",
        "company_name": "Shipping Company",
        "address_1": "Shipping Address1",
        "address_2": "Shipping Address2",
        "city": "Shipping City",
        "region": "Shipping Province",
        "zip_postal_code": "Shipping Zip",
        "country_code": "Shipping Country",
        "phone": "Shipping Phone",
        "email": "Email",
    }
    assert (mapping.platform, mapping.order_by) == ("Shopify", "order_po")
    assert mapping.missing == ("address_order_po",)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (SQUARESPACE, {"order_po": "Order ID", "full_name": "Shipping Name", "email": "Email"}),
        (
            WOO,
            {
                "order_po": "order_number",
                "first_name": "shipping_first_name",
                "zip_postal_code": "shipping_postcode",
                "region": "shipping_state",
            },
        ),
        (WOO.replace("order_number,", ""), {"order_po": "order_id"}),
        (
            WOO_ADVANCED,
            {
                "order_po": "Order Number",
                "last_name": "Last Name (Shipping)",
                "address_1": "Address 1&2 (Shipping)",
                "state_code": "State Code (Shipping)",
            },
        ),
        (
            ETSY_ITEMS,
            {
                "order_po": "Order ID",
                "full_name": "Ship Name",
                "address_1": "Ship Address1",
                "zip_postal_code": "Ship Zipcode",
            },
        ),
        (
            ETSY_ORDERS,
            {
                "order_po": "Order ID",
                "first_name": "First Name",
                "last_name": "Last Name",
                "address_1": "Street 1",
                "address_2": "Street 2",
                "city": "Ship City",
            },
        ),
        (
            AMAZON,
            {
                "order_po": "order-id",
                "full_name": "recipient-name",
                "address_3": "ship-address-3",
                "phone": "ship-phone-number",
            },
        ),
        (
            EBAY,
            {
                "order_po": "Order Number",
                "full_name": "Ship To Name",
                "phone": "Ship To Phone",
                "city": "Ship To City",
            },
        ),
        (
            BIGCOMMERCE,
            {
                "order_po": "Order ID",
                "first_name": "Shipping First Name",
                "city": "Shipping Suburb",
                "region": "Shipping State",
                "email": "Shipping Email",
            },
        ),
        (
            SHIPSTATION,
            {
                "order_po": "Order - Number",
                "full_name": "Ship To - Name",
                "zip_postal_code": "Ship To - Postal Code",
            },
        ),
        (
            IMPORT,
            {
                "order_po": "order_po",
                "first_name": "ship_first_name",
                "state_code": "ship_state_code",
                "province": "ship_province",
                "zip_postal_code": "ship_zip",
                "email": "ship_email",
            },
        ),
    ],
)
def test_other_exports(line: str, expected: dict[str, str]) -> None:
    """Each export's shipping columns are found, its order number is the PO."""
    mapping = mapped(line)
    assert expected.items() <= named(mapping).items()
    assert (mapping.order_by, "order_id" in mapping.fields) == ("order_po", False)


@pytest.mark.parametrize(("name", "line"), EXPORTS.items())
def test_each_export_is_known(name: str, line: str) -> None:
    """A real row of headings tells its platform."""
    assert mapped(line).platform == name.strip()


def test_every_platform_names_its_evidence() -> None:
    """No shape in the table is made up: each says where it was seen."""
    tested = {mapped(line).platform for line in (*EXPORTS.values(), IMPORT)}
    assert {platform.name for platform in PLATFORMS} == tested
    assert all(len(platform.evidence) > 40 for platform in PLATFORMS)


@pytest.mark.parametrize("line", EXPORTS.values())
def test_an_export_without_ids_says_what_to_give(line: str) -> None:
    """The shop's number alone never reaches the API."""
    with pytest.raises(SheetError, match="no column holds FinerWorks order ids"):
        mapped(line, ids=False)


@pytest.mark.parametrize("line", EXPORTS.values())
def test_a_shops_number_never_becomes_an_order_id(line: str) -> None:
    """Even --map does not send a shop's own number as FinerWorks' order id."""
    headings = line.split(",")
    platform = platform_of([plain(heading) for heading in headings])
    assert platform is not None
    own = [h for h in headings if plain(h) in (*platform.order, *platform.internal)]
    assert own
    for heading in own:
        with pytest.raises(SheetError, match="own numbers; as a FinerWorks order id"):
            mapped(line, {"order_id": heading})


@pytest.mark.parametrize("line", EXPORTS.values())
def test_finerworks_ids_in_a_column_of_their_own_are_used(line: str) -> None:
    """A seller may put FinerWorks' number beside the shop's."""
    mapping = mapped(f"FinerWorks order id,{line}", ids=False)
    assert (mapping.order_by, mapping.fields["order_id"]) == ("order_id", 0)


def test_an_order_id_added_to_an_export() -> None:
    """``order_id`` as the API writes it is FinerWorks'; a bare Order ID is asked about."""
    assert mapped(f"order_id,{SHOPIFY}", ids=False).order_by == "order_id"
    with pytest.raises(SheetError, match='--map order_id="Order ID"'):
        mapped(f"Order ID,{SHOPIFY}", ids=False)
    assert (
        mapped(f"Order ID,{SHOPIFY}", {"order_id": "Order ID"}, ids=False).fields["order_id"] == 0
    )
    assert mapped(f"Order ID,{SHOPIFY}").order_by == "order_po"


def test_an_order_id_in_finerworks_own_sheet_is_theirs() -> None:
    """Their import sheet is no shop's export."""
    mapping = mapped(f"{IMPORT},Order ID", ids=False)
    assert (mapping.platform, mapping.order_by) == ("FinerWorks' import sheet", "order_id")


def test_a_second_name_for_a_field_in_an_export_is_refused() -> None:
    """A column that somebody added beside the export's own is a question, not a choice."""
    with pytest.raises(SheetError, match='"Shipping City", "city" all claim city'):
        mapped(f"{SHOPIFY},city")


@given(st.sampled_from(sorted(EXPORTS.values())), st.data())
def test_part_of_an_export_is_mapped_like_the_whole_or_refused(
    line: str, data: st.DataObject
) -> None:
    """Columns that were cut away never let another column take their place."""
    headings = line.split(",")
    whole = named(mapped(line))
    kept = data.draw(st.lists(st.sampled_from(headings), unique=True, min_size=5))
    try:
        part = mapped(",".join(kept))
    except SheetError:
        return
    if part.platform != mapped(line).platform:
        return
    order = {"order_po", "order_id"}
    for field, heading in named(part).items():
        assert field in order or whole.get(field) in (heading, None)
        assert field != "order_id"
        assert "illing" not in heading
        assert "uyer" not in heading
    assert set(part.fields) <= {*ADDRESS_FIELDS, "order_po", "full_name", "region"}
