"""The quick way for a row of which there is nothing to say, and most rows are such rows.

It decides nothing by itself: what is not plain, complete and short, or whose place has not been
judged sound by the rules themselves, is left to the rules (:mod:`pipeline.core.checking`). A
property test holds the two ways to the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pipeline.core.address import LIMITS, REQUIRED_FIELDS, CustomerInfo
from pipeline.core.contacts import email_plausible, phone_plausible
from pipeline.core.draft import Draft
from pipeline.core.names import split_full_name
from pipeline.core.places import judge_place
from pipeline.core.repairs import is_plain
from pipeline.core.rules import Finding, RuleOptions
from pipeline.core.united_states import find_state
from pipeline.core.whole_address import holds_whole_address

__all__ = ["READY_PHONE", "Sound", "SoundRows", "all_plain", "holds_more", "says_nothing"]

READY_PHONE: Final = re.compile(r"[+(]?[0-9][0-9()\- ]*[0-9]")
"""A phone with nothing in front or behind that a repair could take off."""

_ODD_HASH: Final = re.compile(r"##|(?:^|\|)#[^0-9]")
"""``####`` and ``#N/A``; an order number (``#1001``) and a flat (``Apt #5``) are none."""
_PLACES: Final = 8192
"""So many places are remembered: places repeat, and judging one costs more than all the rest."""
_SHORT: Final = min(most for name, most in LIMITS.items() if most > LIMITS["zip_postal_code"])
"""The least of the API's limits on text, so that no cell of such a row can be too long; codes and
postcodes are judged with their place."""


@dataclass(slots=True)  # one a row: freezing would cost more than the rest of making it
class Sound:
    """A row that can be sent: its order, its 14 fields, and doubts about its place, if any."""

    order_id: int
    address: dict[str, str | None]
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    country: str
    country_code: str
    state_code: str | None
    province: str | None
    zip_postal_code: str | None
    warnings: tuple[Finding, ...]


class SoundRows:
    """Knows sound rows at a glance; keeps the places that it has seen last, nothing else."""

    def __init__(self, options: RuleOptions) -> None:
        self._options = options
        self._place = lru_cache(maxsize=_PLACES)(self._judged)

    def find(self, values: Mapping[str, str]) -> Sound | None:
        """Give the row as it is sent, or ``None`` where the rules have to look at it.

        The cells must be plain (:func:`all_plain`) and hold what they seem to (no odd ones).
        """
        get = values.get
        number = get("order_id", "")
        if not (number.isascii() and number.isdigit() and len(number) < 16 and number[0] != "0"):
            return None
        first, last = get("first_name"), get("last_name")
        if "full_name" in values and not (first or last):
            first, last = split_full_name(values["full_name"])
        street, city = get("address_1"), get("city")
        if not (first and last and street and city) or says_nothing(street) or says_nothing(city):
            return None
        if holds_more(city):
            return None
        if max(map(len, values.values())) > _SHORT:
            return None
        place = self._place(
            get("country_code", ""),
            get("state_code", ""),
            get("province", ""),
            get("zip_postal_code", ""),
            get("region"),
        )
        phone, email = get("phone"), get("email")
        if (
            place is None
            or (
                phone
                and not (READY_PHONE.fullmatch(phone) and phone_plausible(phone, place.country))
            )
            or (email and not email_plausible(email))
            or holds_whole_address(street, city, place.zip_postal_code or "", place.country)
        ):
            return None
        return Sound(
            int(number),
            {
                "first_name": first,
                "last_name": last,
                "company_name": get("company_name") or None,
                "address_1": street,
                "address_2": get("address_2") or None,
                "address_3": get("address_3") or None,
                "city": city,
                "state_code": place.state_code,
                "province": place.province,
                "zip_postal_code": place.zip_postal_code,
                "country_code": place.country_code,
                "phone": phone or None,
                "email": email or None,
                "address_order_po": get("address_order_po") or None,
            },
            place.warnings,
        )

    def _judged(
        self, country: str, state: str, province: str, postcode: str, region: str | None
    ) -> _Place | None:
        """Let the rules judge a place; ``None`` where they refuse or repair anything."""
        cells = {
            "country_code": country,
            "state_code": state,
            "province": province,
            "zip_postal_code": postcode,
        }
        cells = cells if region is None else {**cells, "region": region}
        draft = Draft(cells, self._options.ignore)
        code = judge_place(draft, self._options, {})
        if code is None or draft.errors or draft.repairs(self._options):
            return None
        draft.judge_lengths()
        if draft.errors:
            return None
        place = _Place(
            code,
            draft["country_code"],
            draft["state_code"] or None,
            draft["province"] or None,
            draft["zip_postal_code"] or None,
            draft.in_order(draft.warnings),
        )
        _put_to_the_model(place)
        return place


_ANYONE: Final = dict.fromkeys(LIMITS) | dict.fromkeys(REQUIRED_FIELDS, "x")


def _put_to_the_model(place: _Place) -> None:
    """Let the model judge a place, once for all its rows; what else they hold is plainly valid."""
    CustomerInfo.model_validate(
        _ANYONE
        | {
            "country_code": place.country_code,
            "state_code": place.state_code,
            "province": place.province,
            "zip_postal_code": place.zip_postal_code,
        }
    )


def says_nothing(text: str) -> bool:
    """Tell ``-``, ``.`` and ``n/a``, which people type where a form wants something."""
    if len(text) > 3 and text[0].isalnum():
        return False
    return not any(map(str.isalnum, text)) or text.casefold() == "n/a"


_STATE_BEHIND: Final = re.compile(r".+[ ,] *([A-Z]{2})(?: [0-9]{5}(?:-[0-9]{4})?)?")


def holds_more(city: str) -> bool:
    """Tell ``Boston, MA`` and ``Boston MA 02134``: a US city with the state behind it.

    Capitals alone count, and ``Washington DC`` is what that city is called.
    """
    if not city[-1:].isdigit() and not city[-2:].isupper():
        return False
    behind = None if city.isupper() and "," not in city else _STATE_BEHIND.fullmatch(city)
    return behind is not None and behind[1] != "DC" and find_state(behind[1]) is not None


def all_plain(values: Mapping[str, str]) -> bool:
    """Tell at once that no cell needs cleaning: one look at all of them, for speed."""
    whole = "|".join(values.values())
    if "?" in whole or "<" in whole or " |" in whole or "| " in whole:
        return False
    if ("#" in whole and _ODD_HASH.search(whole)) or ("&" in whole and ";" in whole):
        return False
    return is_plain(whole)
