"""What headings mean: known names, and the exports of shops that are known by their headings."""

from __future__ import annotations

from collections.abc import Collection

from pipeline.core.platforms.aliases import (
    ALIASES,
    Claim,
    claim,
    names_of,
    other_party,
    plain,
    says_confirmation,
)
from pipeline.core.platforms.shops import HeadingRow, Platform, platforms

__all__ = [
    "ALIASES",
    "Claim",
    "HeadingRow",
    "Platform",
    "claim",
    "looks_like_a_shop",
    "names_of",
    "other_party",
    "plain",
    "platform_of",
    "platforms",
    "says_confirmation",
]

_SHOP_WORDS = (
    "lineitem item product sku quantity qty price subtotal total tax discount currency payment "
    "paid saledate orderdate shippingmethod shippingcost buyer transaction listing coupon refund"
).split()
_MANY = 3
_SHOP_SPELLING = frozenset({"Shipping Address1", "Shipping Address2", "Ship Address1"})


def platform_of(names: Collection[str]) -> Platform | None:
    """Tell an export by the plain names of its headings; ``None`` for any other sheet."""
    there = frozenset(names)
    return next((each for each in platforms() if each.matches(there)), None)


def looks_like_a_shop(headings: Collection[str]) -> bool:
    """Tell a sheet of no known shop that has what shops export: items, prices, payments.

    There a bare ``Order ID`` is more likely the shop's number than FinerWorks'. So it is where
    only the spelling of a cut-down export is left.
    """
    if _SHOP_SPELLING.intersection(headings):
        return True
    names = [plain(heading) for heading in headings]
    found = {word for word in _SHOP_WORDS if any(name.startswith(word) for name in names)}
    return len(found) >= _MANY
