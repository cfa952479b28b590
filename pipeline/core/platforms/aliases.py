"""What a heading says, read alone: the field it claims, whatever sheet it stands in.

Case, spaces and punctuation are ignored. A heading is never guessed at: it is in these tables, also
with a shipping word in front or behind (``Ship City``, ``City (Shipping)``), or it claims nothing.
Billing, buyer and old addresses are in no table, so they claim nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pipeline.core.address import ADDRESS_FIELDS

__all__ = ["ALIASES", "Claim", "claim", "names_of", "other_party", "plain", "says_confirmation"]

_COMMON: Final[Mapping[str, str]] = {
    "first_name": "firstname givenname forename",
    "last_name": "lastname surname familyname",
    "full_name": "fullname name recipient",
    "company_name": "companyname company organization organisation businessname",
    "address_1": "address address1 addressline1 addrline1 addr1 street street1 streetaddress "
    "streetaddress1 streetline1",
    "address_2": "address2 addressline2 addrline2 addr2 street2 streetaddress2 streetline2 apt "
    "apartment suite aptsuite aptunit aptsuiteunit aptsuiteetc apartmentsuite "
    "apartmentsuiteetc unitapt suiteapt",
    "address_3": "address3 addressline3 addrline3 addr3 street3 streetaddress3 streetline3",
    "city": "city town citytown towncity suburb",
    "state_code": "statecode",
    "province": "province",
    "region": "state stateprovince provincestate stateorprovince stateprovinceregion stateregion "
    "stateprovincecode stateprovinceterritory region",
    "county": "county",
    "mobile": "mobile mobilephone mobilenumber mobileno cell cellphone cellnumber handphone",
    "zip_postal_code": "zippostalcode zip zipcode postcode postalcode zippostcode postalzip "
    "postalzipcode ziporpostalcode postalcodezip postal",
    "country_code": "countrycode country countryregion countrycodeiso",
    "phone": "phone phonenumber telephone telephonenumber tel phoneno",
    "email": "email emailaddress mail",
}
"""Of last resort: ``county`` is a region and ``mobile`` a phone where a sheet has no better one."""

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: tuple(words.split()) for name, words in _COMMON.items()},
    "address_order_po": ("addressorderpo",),
    "order_po": tuple(
        "orderpo po ponumber pono purchaseorder purchaseordernumber order ordernumber orderno "
        "ordernum ordername orderreference orderref shopordernumber storeordernumber".split()
    ),
}
"""Field → plain names that claim it. The API's own 14 names are among them."""

_FIELD_OF: Final = {name: name_of for name_of, names in ALIASES.items() for name in names}
_ADDRESS_OF: Final = {
    name: field
    for name, field in _FIELD_OF.items()
    if field not in ("order_po", "address_order_po")
}
_SHIPPING_BEFORE: Final = (
    "shippingaddress", "shippingto", "shipping", "shiptoaddress", "shipto", "shipaddress", "ship",
    "deliveryaddress", "deliverto", "delivery", "recipients", "recipient", "customerinfo",
)  # fmt: skip
_SHIPPING_BEHIND: Final = ("shipping", "shipto", "delivery")
_NEW: Final = ("new", "corrected", "correct", "updated")
# The firm that carries or delivers the parcel is not the one that gets it.
_NOT: Final = frozenset({"deliverycompany", "shippingregion", "deliveryregion"})
_OURS: Final = re.compile(r"(?:finerworks|fw)order(?:id|number|num|no|nr)?")
_OTHER_PARTY: Final = re.compile(
    r"(?:bill|buyer|customer|invoice|payer|purchaser|sender)(?!info)|.*(?:billing|billto|buyer)$"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a heading says it holds.

    ``shipping``: it says in words that it is of the shipping address. ``new``: it says that it is
    the corrected value. ``certain``: an order id that is FinerWorks' own by its very name.
    """

    field: str
    shipping: bool = False
    new: bool = False
    certain: bool = False


@lru_cache(maxsize=4096)
def plain(heading: str) -> str:
    """Give a heading's letters and digits in small letters, nothing else."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(character for character in text if character.isalnum())


@lru_cache(maxsize=4096)
def claim(heading: str) -> Claim | None:
    """Tell which field a heading claims: one of the 14, order_id, order_po, full_name, region.

    ``county`` and ``mobile`` stand for a region and a phone of last resort. A confirmation id
    claims nothing: it is another number of FinerWorks' than the order id (``docs/api.md``).
    """
    name = plain(heading)
    if name == "orderid" or _OURS.fullmatch(name):
        return Claim("order_id", certain=name != "orderid")
    if field := _FIELD_OF.get(name):
        return Claim(field)
    return None if name in _NOT else _with_a_word(name)


def _with_a_word(name: str) -> Claim | None:
    """Read ``shipcity`` and ``newcity``: a shipping word or a word for the corrected value."""
    for bare in _without(name, _SHIPPING_BEFORE, _SHIPPING_BEHIND):
        if field := _ADDRESS_OF.get(bare):
            return Claim(field, shipping=True)
    for bare in _without(name, _NEW, _NEW):
        found = claim(bare)
        if found and not found.field.startswith("order"):
            return Claim(found.field, new=True)
    return None


def _without(name: str, before: tuple[str, ...], behind: tuple[str, ...]) -> Iterator[str]:
    for word in before:
        if name.startswith(word):
            yield name.removeprefix(word)
    for word in behind:
        if name.endswith(word):
            yield name.removesuffix(word)


def names_of(field: str) -> tuple[str, ...]:
    """Give the plain names of a field, for finding the heading that comes nearest."""
    if field == "order_id":
        return ("orderid", "finerworksorderid", "finerworksordernumber", "fworderid")
    own = (plain(field),) if field in ADDRESS_FIELDS else ()
    more = ("county", "province", "statecode") if field == "region" else ()
    return (*own, *ALIASES.get(field, ()), *more)


@lru_cache(maxsize=4096)
def other_party(heading: str) -> bool:
    """Tell a heading of the billing or buyer's address, which is never used."""
    return _OTHER_PARTY.match(plain(heading)) is not None


def says_confirmation(heading: str) -> bool:
    """Tell a heading of FinerWorks' confirmation ids, which are never order ids."""
    return "confirmation" in plain(heading)
