"""The exports that are known by their headings, as data; each with the evidence for its shape.

Names are plain (:func:`pipeline.core.platforms.aliases.plain`): ``Shipping Address1`` stands as
``shippingaddress1``. What a shipping word says by itself (``Ship City``) needs no line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["PLATFORMS", "Platform"]


@dataclass(frozen=True, slots=True)
class Platform:
    """One kind of export.

    ``known_by``: groups of headings; one whole group, and none of ``without``, tells the platform.
    ``order``: the shop's order number, the first one present; the others name no order.
    ``internal``: the shop's own ids, which name no order of FinerWorks'. ``extra``: headings with a
    meaning that only this platform gives them. ``nothing``: headings that claim nothing here.
    ``shop``: False for FinerWorks' own sheet, where an ``order_id`` is FinerWorks'.
    """

    name: str
    evidence: str
    known_by: tuple[tuple[str, ...], ...]
    order: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    nothing: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    shop: bool = True


_SHOPIFY_NOTHING: Final = ("phone", "company", "shippingstreet")
# Both put the US state there as well.
_SHOPIFY_EXTRA: Final = {"shippingprovince": "region"}

PLATFORMS: Final[tuple[Platform, ...]] = (
    Platform(
        name="FinerWorks' import sheet",
        evidence="FinerWorks' order app, import sheet: one item a row, no order id (docs/api.md)",
        known_by=(
            ("orderpo", "shipfirstname", "shipaddress1"),
            ("orderpo", "shipaddress1", "shipzip"),
            ("shipfirstname", "shipcountrycode", "shippingcode"),
        ),
        order=("orderpo",),
        shop=False,
    ),
    Platform(
        name="Shopify",
        evidence=(
            "Orders > Export, headings as in laplace-live/shopify-csv-converter src/types and "
            "AaronLain/tenderloin_v1 orders/orders.go: Name is the order, Id the shop's inner id"
        ),
        known_by=(
            ("name", "shippingname"),
            ("name", "lineitemname"),
            ("name", "financialstatus"),
        ),
        order=("name",),
        internal=("id",),
        extra=_SHOPIFY_EXTRA,
        nothing=_SHOPIFY_NOTHING,
    ),
    Platform(
        name="Squarespace",
        evidence=(
            "Orders > Download CSV, headings quoted in public importers (Order ID, Lineitem "
            "variant, Channel Type); FinerWorks' order app takes its order number for the PO"
        ),
        known_by=(
            ("orderid", "lineitemname"),
            ("orderid", "financialstatus"),
        ),
        without=("name", "shippingpostcode"),
        order=("orderid", "ordernumber"),
        extra=_SHOPIFY_EXTRA,
        nothing=_SHOPIFY_NOTHING,
    ),
    Platform(
        name="WooCommerce",
        evidence=(
            "export extensions for WooCommerce as public importers read them: order_id, "
            "order_number, shipping_first_name, shipping_postcode; and First Name (Shipping), "
            "Address 1&2 (Shipping), Postcode (Shipping) of Advanced Order Export"
        ),
        known_by=(
            ("shippingpostcode", "shippingfirstname"),
            ("shippingpostcode", "shippingaddress1"),
            ("shippingpostcode", "billingpostcode"),
            ("postcodeshipping", "firstnameshipping"),
            ("postcodeshipping", "fullnameshipping"),
            ("postcodeshipping", "address12shipping"),
            ("postcodeshipping", "address1shipping"),
        ),
        order=("ordernumber", "orderid"),
        internal=("orderid", "id"),
        extra={"address12shipping": "address_1"},
        nothing=("name",),
    ),
    Platform(
        name="Etsy",
        evidence=(
            "Sold Order Items and Sold Orders, headings quoted in public importers: Ship Name, "
            "Ship Address1, Ship Zipcode, Order ID, Transaction ID; Full Name, Street 1, Ship City"
        ),
        known_by=(
            ("orderid", "shipname", "shipzipcode"),
            ("orderid", "saledate"),
            ("orderid", "buyeruserid"),
            ("orderid", "listingid"),
            ("orderid", "street1", "shipcity"),
        ),
        order=("orderid",),
        internal=("transactionid", "listingid"),
        extra={
            "fullname": "full_name",
            "firstname": "first_name",
            "lastname": "last_name",
            "street1": "address_1",
            "street2": "address_2",
        },
    ),
    Platform(
        name="Amazon",
        evidence=(
            "order reports of Seller Central as public importers read them: order-id, "
            "order-item-id, recipient-name, ship-address-1, ship-postal-code, ship-phone-number"
        ),
        known_by=(
            ("orderid", "orderitemid"),
            ("amazonorderid",),
            ("orderid", "recipientname", "shippostalcode"),
            ("orderid", "buyername", "shippostalcode"),
            ("orderid", "shipservicelevel"),
        ),
        order=("orderid", "amazonorderid"),
        internal=("orderitemid", "merchantorderid"),
        extra={"recepientname": "full_name"},
        nothing=("purchaseordernumber",),
    ),
    Platform(
        name="eBay",
        evidence=(
            "Seller Hub orders report as public importers read it: Sales Record Number, Order "
            "Number, Buyer Username, Ship To Name, Ship To Address 1, Ship To Zip"
        ),
        known_by=(
            ("salesrecordnumber",),
            ("buyerusername",),
            ("ordernumber", "itemnumber", "shiptoname"),
        ),
        order=("ordernumber", "orderid"),
        internal=("salesrecordnumber", "transactionid", "itemnumber"),
    ),
    Platform(
        name="BigCommerce",
        evidence=(
            "order export template as stored in public code: Order ID, Shipping Name, Shipping "
            "First Name, Shipping Street 1, Shipping Suburb (the city), Shipping Zip"
        ),
        known_by=(
            ("shippingstreet1", "shippingsuburb"),
            ("orderid", "shippingsuburb"),
            ("orderid", "shippingstreet1"),
        ),
        order=("orderid", "ordernumber"),
        extra={"shippingsuburb": "city"},
    ),
    Platform(
        name="ShipStation",
        evidence=(
            "shipment and order exports as public importers read them: Order - Number, Ship To - "
            "Name, Ship To - Address 1, Ship To - Postal Code; import sheet: Order ID (required)"
        ),
        known_by=(
            ("ordernumber", "shiptopostalcode", "shiptoname"),
            ("ordernumber", "shiptoaddress1", "shiptopostalcode"),
            ("orderidrequired", "shiptoname"),
        ),
        without=("buyerusername", "salesrecordnumber", "itemnumber"),
        order=("ordernumber", "orderidrequired"),
        internal=("orderid",),
    ),
)
"""In order of precedence: the first one whose headings are there."""
