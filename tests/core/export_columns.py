"""The columns of each whole row of headings that are used, and no others: field=heading.

A space in a heading stands as ``_`` here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["COLUMNS"]

_WOO: Final = (
    "order_po=order_number first_name=shipping_first_name last_name=shipping_last_name "
    "company_name=shipping_company address_1=shipping_address_1 address_2=shipping_address_2 "
    "city=shipping_city region=shipping_state zip_postal_code=shipping_postcode "
    "country_code=shipping_country"
)

COLUMNS: Final[Mapping[tuple[str, str], str]] = {
    ("FinerWorks' import sheet", "import sheet"): (
        "order_po=order_po first_name=ship_first_name last_name=ship_last_name "
        "company_name=ship_company_name address_1=ship_address_1 address_2=ship_address_2 "
        "city=ship_city state_code=ship_state_code province=ship_province "
        "zip_postal_code=ship_zip country_code=ship_country_code phone=ship_phone "
        "email=ship_email"
    ),
    ("Shopify", "Orders > Export"): (
        "order_po=Name full_name=Shipping_Name company_name=Shipping_Company "
        "address_1=Shipping_Address1 address_2=Shipping_Address2 city=Shipping_City "
        "region=Shipping_Province zip_postal_code=Shipping_Zip country_code=Shipping_Country "
        "phone=Shipping_Phone email=Email"
    ),
    ("Shopify", "Orders > Export, of 2012"): (
        "order_po=Name full_name=Shipping_Name company_name=Shipping_Company "
        "address_1=Shipping_Address1 address_2=Shipping_Address2 city=Shipping_City "
        "region=Shipping_Province zip_postal_code=Shipping_Zip country_code=Shipping_Country "
        "phone=Shipping_Phone email=Email"
    ),
    ("Squarespace", "Orders > Download CSV"): (
        "order_po=Order_ID full_name=Shipping_Name address_1=Shipping_Address1 "
        "address_2=Shipping_Address2 city=Shipping_City region=Shipping_Province "
        "zip_postal_code=Shipping_Zip country_code=Shipping_Country phone=Shipping_Phone "
        "email=Email"
    ),
    ("WooCommerce", "Customer/Order CSV Export, default"): _WOO,
    ("WooCommerce", "Customer/Order CSV Export, one row per item"): _WOO,
    ("WooCommerce", "Customer/Order CSV Export, import"): _WOO,
    ("WooCommerce", "Advanced Order Export"): (
        "order_po=Order_Number first_name=First_Name_(Shipping) last_name=Last_Name_(Shipping) "
        "address_1=Address_1&2_(Shipping) city=City_(Shipping) "
        "state_code=State_Code_(Shipping) zip_postal_code=Postcode_(Shipping) "
        "country_code=Country_Code_(Shipping)"
    ),
    ("WooCommerce", "Advanced Order Export, early"): (
        "order_po=Order_Number first_name=First_Name_(Shipping) last_name=Last_Name_(Shipping) "
        "company_name=Company_(Shipping) address_1=Address_1_(Shipping) "
        "address_2=Address_2_(Shipping) city=City_(Shipping) region=State_(Shipping) "
        "zip_postal_code=Zip_(Shipping) country_code=Country_Code_(Shipping)"
    ),
    ("WooCommerce", "WP All Export"): (
        "order_po=Order_ID first_name=Shipping_First_Name last_name=Shipping_Last_Name "
        "company_name=Shipping_Company address_1=Shipping_Address_1 "
        "address_2=Shipping_Address_2 city=Shipping_City region=Shipping_State "
        "zip_postal_code=Shipping_Postcode country_code=Shipping_Country"
    ),
    ("Etsy", "Sold Order Items"): (
        "order_po=Order_ID full_name=Ship_Name address_1=Ship_Address1 address_2=Ship_Address2 "
        "city=Ship_City region=Ship_State zip_postal_code=Ship_Zipcode "
        "country_code=Ship_Country"
    ),
    ("Etsy", "Sold Orders"): (
        "order_po=Order_ID first_name=First_Name last_name=Last_Name address_1=Street_1 "
        "address_2=Street_2 city=Ship_City region=Ship_State zip_postal_code=Ship_Zipcode "
        "country_code=Ship_Country"
    ),
    ("Etsy", "Sold Orders, British English"): (
        "order_po=Order_ID first_name=First_Name last_name=Last_Name address_1=Street_1 "
        "address_2=Street_2 city=Delivery_City region=Delivery_State "
        "zip_postal_code=Delivery_Zipcode country_code=Delivery_Country"
    ),
    ("Amazon", "New Orders"): (
        "order_po=order-id full_name=recipient-name address_1=ship-address-1 "
        "address_2=ship-address-2 address_3=ship-address-3 city=ship-city region=ship-state "
        "zip_postal_code=ship-postal-code country_code=ship-country phone=ship-phone-number"
    ),
    ("Amazon", "Unshipped Orders"): (
        "order_po=order-id full_name=recipient-name address_1=ship-address-1 "
        "address_2=ship-address-2 address_3=ship-address-3 city=ship-city region=ship-state "
        "zip_postal_code=ship-postal-code country_code=ship-country"
    ),
    ("eBay", "Orders report"): (
        "order_po=Order_Number full_name=Ship_To_Name address_1=Ship_To_Address_1 "
        "address_2=Ship_To_Address_2 city=Ship_To_City region=Ship_To_State "
        "zip_postal_code=Ship_To_Zip country_code=Ship_To_Country phone=Ship_To_Phone"
    ),
    ("BigCommerce", "Orders > Export"): (
        "order_po=Order_ID first_name=Shipping_First_Name last_name=Shipping_Last_Name "
        "company_name=Shipping_Company address_1=Shipping_Street_1 address_2=Shipping_Street_2 "
        "city=Shipping_Suburb region=Shipping_State zip_postal_code=Shipping_Zip "
        "country_code=Shipping_Country phone=Shipping_Phone email=Shipping_Email"
    ),
    ("Wix", "Orders > Export"): (
        "order_po=Order_number full_name=Recipient_name company_name=Recipient_company_name "
        "address_1=Delivery_address city=Delivery_city region=Delivery_state "
        "zip_postal_code=Delivery_zip/postal_code country_code=Delivery_country "
        "phone=Recipient_phone email=Contact_email"
    ),
    ("Wix", "Orders > Export, older"): (
        "order_po=Order_# full_name=Delivery_Customer company_name=Delivery_Company_Name "
        "address_1=Delivery_Street_Name&Number city=Delivery_City region=Delivery_State "
        "zip_postal_code=Delivery_Zip_Code country_code=Delivery_Country"
    ),
    ("ShipStation", "Orders > Export"): (
        "order_po=Order_-_Number full_name=Ship_To_-_Name company_name=Ship_To_-_Company "
        "address_1=Ship_To_-_Address_1 address_2=Ship_To_-_Address_2 "
        "address_3=Ship_To_-_Address_3 city=Ship_To_-_City region=Ship_To_-_State "
        "zip_postal_code=Ship_To_-_Postal_Code country_code=Ship_To_-_Country "
        "phone=Ship_To_-_Phone"
    ),
    ("ShipStation", "sheet for importing"): (
        "order_po=Order_ID_(required) full_name=Ship_To_-_Name company_name=Ship_To_-_Company "
        "address_1=Ship_To_-_Address_1 address_2=Ship_To_-_Address_2 "
        "address_3=Ship_To_-_Address_3 city=Ship_To_-_City region=Ship_To_-_State/Province "
        "zip_postal_code=Ship_To_-_Postal_Code country_code=Ship_To_-_Country "
        "phone=Ship_To_-_Phone email=Ship_To_-_Email"
    ),
    ("ShipStation", "sheet for importing, newer"): (
        "order_po=Order_# first_name=Recipient_First_Name last_name=Recipient_Last_Name "
        "company_name=Recipient_Company address_1=Address_Line_1 address_2=Address_Line_2 "
        "address_3=Address_Line_3 city=City region=State zip_postal_code=Postal_Code "
        "country_code=Country_Code phone=Recipient_Phone"
    ),
    ("Square", "Orders > Export"): (
        "order_po=Order full_name=Recipient_Name address_1=Recipient_Address "
        "address_2=Recipient_Address_2 city=Recipient_City region=Recipient_Region "
        "zip_postal_code=Recipient_Postal_Code country_code=Recipient_Country "
        "phone=Recipient_Phone email=Recipient_Email"
    ),
    ("Magento", "an extension for Magento 1"): (
        "order_po=Order_Number full_name=Shipping_Name company_name=Shipping_Company "
        "address_1=Shipping_Street city=Shipping_City region=Shipping_State "
        "zip_postal_code=Shipping_Zip country_code=Shipping_Country "
        "phone=Shipping_Phone_Number"
    ),
    ("Magento", "an export with the database's names"): (
        "order_po=order_id first_name=shipping_first_name last_name=shipping_last_name "
        "address_1=shipping_address city=shipping_city region=shipping_region "
        "zip_postal_code=shipping_postcode country_code=shipping_country "
        "phone=shipping_telephone"
    ),
}
