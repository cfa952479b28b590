"""Phones and e-mail addresses that cannot be right: warned of, for the parcel arrives anyway."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["email_plausible", "phone_plausible"]

_EXTENSION: Final = re.compile(r"[\s,;]*(?:#|x|ext?n?\.?|extension)\s*[0-9]{1,8}$", re.IGNORECASE)
_HAS_LETTER: Final = re.compile("[A-Za-z#]")
_PHONE: Final = re.compile(r"\+?[0-9A-Za-z()\s.\-/‐‑–·]+")
_BETWEEN: Final = re.compile("[^0-9A-Za-z]+")
_US_NUMBER: Final = re.compile(r"1?[2-9][0-9]{2}[2-9A-Z][0-9A-Z]{6}")
_EMAIL: Final = re.compile(
    r"(?!\.)(?![^@]*\.[.@])[^\s@,;:<>()\[\]\"\\]+@"
    r"(?:[^\s@.,;:<>()\[\]\"\\/_-](?:[^\s@.,;:<>()\[\]\"\\/_]*[^\s@.,;:<>()\[\]\"\\/_-])?\.)+"
    r"(?:[^\W\d_]{2,}|xn--[a-z0-9-]+)",
    re.IGNORECASE,
)


def phone_plausible(text: str, country: str | None) -> bool:
    """Tell whether a phone can be right; ``country`` is the address's, in lower case.

    Digits as E.164 has them (at most 15); in the US ten, by the North American plan, unless a
    ``+`` says that the phone is one abroad. Letters count as on a keypad (1-800-FLOWERS).
    """
    main = _EXTENSION.sub("", text) if _HAS_LETTER.search(text) else text
    if not _PHONE.fullmatch(main):
        return False
    keys = _BETWEEN.sub("", main).upper()
    if keys == keys[:1] * len(keys):
        return False
    if country == "us" and (main[:1] != "+" or keys[:1] == "1"):
        return _US_NUMBER.fullmatch(keys) is not None
    return keys.isdigit() and 5 <= len(keys) <= 15


def email_plausible(text: str) -> bool:
    """Tell whether an e-mail address can be right: one ``@``, a domain, nothing that ends it."""
    return _EMAIL.fullmatch(text) is not None
