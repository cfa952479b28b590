"""Phones and e-mail addresses that cannot be right: warned of, for the parcel arrives anyway.

A phone is doubted on plain grounds only: too few or too many digits, ten digits that the North
American plan does not have, one digit over and over, a number that Excel rounded. What a country's
own plan says of lengths and beginnings changes too often to warn people by it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["email_plausible", "phone_plausible"]

_AMERICAN: Final = frozenset("us ca".split())
_CARIBBEAN: Final = frozenset(
    "ag ai as bb bm bs dm do gd gu jm kn ky lc mp ms pr sx tc tt vc vg vi".split()
)
"""Countries of the North American plan; on the islands seven digits are dialled."""

_NOTE: Final = re.compile(
    r"\s*[(,;]?\s*\b(?:home|work|office|mobile|mob|cell|day|evening|privat|whatsapp)\b[.)]?\s*$",
    re.IGNORECASE,
)
_EXTENSION: Final = re.compile(
    r"[\s,;/(]*(?:#|x|ext?n?|extension|poste|ramal|int|anexo|durchwahl|dw|apparat|,,?|;)"
    r"[\s.:=]*[0-9]{1,8}\)?$",
    re.IGNORECASE,
)
_HAS_MORE: Final = re.compile("[A-Za-z#,;]")
_TWO: Final = re.compile(r"\s*(?:[/,;&|]|\bor\b|\band\b)\s*", re.IGNORECASE)
_PHONE: Final = re.compile(r"[(\[]?\+?[0-9A-Za-z()\[\]\s.\-/‐-–·~*]+")
_BETWEEN: Final = re.compile("[^0-9A-Za-z]+")
_ABROAD: Final = re.compile(r"00(?=[1-9])")
_ABROAD_FROM_AMERICA: Final = re.compile(r"(?:00|011)(?=[1-9])")
_AMERICAN_NUMBER: Final = re.compile(r"1?[2-9][0-9]{2}[2-9A-Z][0-9A-Z]{6}")
_PLAINLY_AMERICAN: Final = re.compile(
    r"(?!\(?([2-9])\1\1\D+\1{3}\D+\1{4})"
    r"\(?[2-9][0-9]{2}(?:\) ?|[-. ])[2-9][0-9]{2}[-. ][0-9]{4}"
)
"""``512-555-0142``, not one digit over and over: by far the most, so told at once."""
_LOCAL: Final = re.compile(r"[2-9][0-9]{6}")
_VANITY: Final = re.compile(r"[0-9]{3,}[A-Z][0-9A-Z]*")
_ROUNDED: Final = re.compile(r"\+?[0-9]{5,}0{5}")
_EMAIL: Final = re.compile(
    r"(?!\.)(?![^@]*\.[.@])[^\s@,;:<>()\[\]\"\\]+@"
    r"(?:[^\s@.,;:<>()\[\]\"\\/_-](?:[^\s@.,;:<>()\[\]\"\\/_]*[^\s@.,;:<>()\[\]\"\\/_-])?\.)+"
    r"(?:[^\W\d_]{2,}|xn--[a-z0-9-]+)",
    re.IGNORECASE,
)


def phone_plausible(text: str, country: str | None) -> bool:
    """Tell whether a phone can be right; ``country`` is the address's, in lower case.

    Digits as E.164 has them (at most 15); in the US and Canada ten, by the North American plan,
    unless ``+``, ``00`` or ``011`` says that the phone is one abroad. Letters count as on a keypad
    (1-800-FLOWERS). Two phones in one cell, an extension and a note (``cell``) are fine.
    """
    if country in _AMERICAN and _PLAINLY_AMERICAN.fullmatch(text):
        return True
    if not text.isascii():
        text = _ascii(text)
    if _HAS_MORE.search(text):
        text = _EXTENSION.sub("", _NOTE.sub("", text))
    if _plausible(text, country):
        return True
    parts = [_EXTENSION.sub("", part) for part in _TWO.split(text)]
    return len(parts) > 1 and all(_plausible(part, country) for part in parts)


def _ascii(text: str) -> str:
    """Give full-width and Arabic digits as ASCII, and Japan's long marks as the dashes meant."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else "-" if c in "ー−‑‒–—―" else c
        for c in plain
        if unicodedata.category(c) != "Cf"
    )


def _plausible(text: str, country: str | None) -> bool:
    if not _PHONE.fullmatch(text) or _ROUNDED.fullmatch(text):
        return False
    keys = _BETWEEN.sub("", text).upper()
    if keys == keys[:1] * len(keys):
        return False
    # 011 is dialled in America; in Japan it is Sapporo.
    dialled = (_ABROAD_FROM_AMERICA if country in _AMERICAN else _ABROAD).match(keys)
    if dialled or "+" in text[:2]:
        keys = keys[dialled.end() :] if dialled else keys
        return _long_enough(keys) and (keys[:1] != "1" or _american(keys))
    if country in _AMERICAN:
        return _american(keys)
    if country in _CARIBBEAN and _LOCAL.fullmatch(keys):
        return True
    return _long_enough(keys)


def _american(keys: str) -> bool:
    return _AMERICAN_NUMBER.fullmatch(keys) is not None


def _long_enough(keys: str) -> bool:
    return 5 <= len(keys) <= 15 and (keys.isdigit() or _VANITY.fullmatch(keys) is not None)


def email_plausible(text: str) -> bool:
    """Tell whether an e-mail address can be right: one ``@``, a domain, nothing that ends it."""
    return _EMAIL.fullmatch(text) is not None
