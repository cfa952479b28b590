"""Rows of totals under a table: no orders, and nothing to send."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_figure", "is_total"]

_TOTAL: Final = re.compile(
    r"(?:(?:grand\s+|sub-?)?totals?|sum|count|[\d,.]+\s+(?:orders|rows|items|records|lines))\b"
    r"(?:[\W\d_]|\b(?:orders?|rows?|lines?|items?|quantity|qty|amount|due|price|number|count|of|in|for"
    r"|the|all|usd|eur|gbp|cad|aud)\b)*",
    re.IGNORECASE,
)
_FIGURE: Final = re.compile(r"[^\w\s]?\s?[\d.,]+\s?[^\w\s]?")


def is_total(text: str) -> bool:
    """Tell ``Total``, ``Grand total: 3 orders`` and ``12 rows``, alone in their cell.

    Beside a line item's own words (``Total Eclipse, 16x20``) the word says nothing.
    """
    return _TOTAL.fullmatch(text) is not None


def is_figure(text: str) -> bool:
    """Tell what stands beside the word: a number, with a currency or percent sign."""
    return _FIGURE.fullmatch(text) is not None
