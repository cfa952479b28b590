"""Tell a cell that holds a whole address: street, city and postcode in one.

Sent as it stands the label would show the city twice, or another one than the row's. It is told,
never taken apart. Strict on purpose: a street may be named like a city, a unit numbered like a ZIP
(``Unit 62704``), and ``Apt 5, 1000 Main St`` ends the way a Belgian address does. So city and
postcode must stand together at the end, behind a street, and agree with the row or with a state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pipeline.core.countries import Country, country, find_country, fold
from pipeline.core.united_states import find_state, zip_belongs

__all__ = ["holds_whole_address"]

_POSSIBLE: Final = re.compile(
    r"[0-9]{4}|[0-9]{2,3}[ -][0-9]{2,3}|[0-9][A-Za-z]{2}\b|[A-Za-z][0-9][A-Za-z0-9]"
)
"""No postcode is without one of these; many streets are."""
_POSSIBLE_ZIP: Final = re.compile(r"[\s,][0-9]{5}(?![0-9])")
_LONGEST: Final = 400
_PART: Final = re.compile(r"\s*[,;\n\r、，،]+\s*")
_LETTERS_OF_CODE: Final = re.compile(r"[a-z]{1,3}(?=[0-9])")
_UNSPACED: Final = frozenset(("jp", "cn", "tw", "kr"))
_REGION_BEFORE_POSTCODE: Final = frozenset(("us", "ca", "au"))
_UNMISTAKABLE: Final = frozenset(("gb", "ie", "ca"))
"""Countries whose postcodes look like nothing else."""
_STREET_WORDS: Final = frozenset(
    "st street rd road ave avenue av blvd boulevard dr drive ln lane ct court pl place way hwy"
    " highway sq square ter terrace pkwy parkway cir circle trl trail route apt apartment suite"
    " ste unit floor fl bldg building box room rm lot level block shop door county state".split()
)


def holds_whole_address(address_1: str, city: str, zip_postal_code: str, code: str) -> bool:
    """Tell whether the street's cell holds city and postcode as well.

    ``city`` and ``zip_postal_code`` are the row's own cells, empty where it has none; ``code`` is
    the country in lower case, empty where it is not known.
    """
    possible = _POSSIBLE_ZIP if code == "us" else _POSSIBLE
    if len(address_1) > _LONGEST or not possible.search(address_1):
        return False
    parts = _without_country([part for part in _PART.split(address_1.strip()) if part])
    if city and zip_postal_code and _repeats(parts, city, zip_postal_code):
        return True
    found = country(code) if code else None
    if found is None or found.form is None:
        return False
    return (
        (code in _UNSPACED and _repeats_unspaced(address_1, city, zip_postal_code))
        or (code in _REGION_BEFORE_POSTCODE and _ends_with_region(parts, found, city))
        or (code in _UNMISTAKABLE and _ends_unmistakably(parts, found))
        or _ends_with_postcode_and_city(parts, found, city, zip_postal_code)
    )


def _without_country(parts: list[str]) -> list[str]:
    """Take a country's name off the end; two letters may be a state, and stay."""
    words = parts[-1].split() if parts else []
    for count in range(1, min(len(words), 3) + 1):
        name = " ".join(words[-count:])
        if len(name) > 2 and find_country(name):
            rest = " ".join(words[:-count])
            return [*parts[:-1], rest] if rest else parts[:-1]
    return parts


def _repeats(parts: Sequence[str], city: str, postcode: str) -> bool:
    """The row's own city and postcode stand together at the end, a street before them."""
    words = [_squeezed(word) for part in parts for word in part.split()]
    own = [_squeezed(word) for word in city.split()]
    code = _squeezed(postcode)
    for between in range(3):
        # "Springfield, IL 62704", "Washington, District of Columbia 20001" has too many
        for count in (1, 2):
            street = len(words) - count - between - len(own)
            if street < 1:
                continue
            behind = words[street + len(own) :]
            if (
                words[street : street + len(own)] == own
                and _same_code("".join(behind[between:]), code)
                and _STREET_WORDS.isdisjoint(behind[:between])
            ):
                return True
            ahead = words[street:]
            if ahead[count : count + len(own)] == own and _same_code("".join(ahead[:count]), code):
                return True
    return False


def _squeezed(text: str) -> str:
    return fold(text).replace(" ", "")


def _same_code(text: str, own: str) -> bool:
    """``D-10115`` is 10115, and a ZIP+4 the same ZIP."""
    bare = text if text == own else _LETTERS_OF_CODE.sub("", text, count=1)
    if bare == own:
        return True
    return bare.isdigit() and own.isdigit() and len(bare) in (5, 9) and bare[:5] == own[:5]


def _repeats_unspaced(text: str, city: str, postcode: str) -> bool:
    """Chinese and Japanese write postcode, city and street without a space, in that order."""
    found = bool(city) and bool(postcode) and city in text and postcode in text
    return found and any(c.isalnum() for c in text.replace(city, "", 1).replace(postcode, "", 1))


def _ends_with_region(parts: Sequence[str], found: Country, city: str) -> bool:
    """``12 Main St, Springfield, IL 62704``: the ZIP belongs to the state, so both are meant."""
    words = ", ".join(parts).split()
    for count in (1, 2):
        postcode = " ".join(words[-count:]).upper()
        if len(words) < count + 3 or not found.takes(postcode):
            continue
        for length in (1, 2, 3):
            region = " ".join(words[-count - length : -count]).strip(" ,.")
            if _is_region(region, found, postcode):
                rest = " ".join(words[: -count - length]).rstrip(" ,")
                return _is_street_and_city(rest, city)
    return False


def _is_region(text: str, found: Country, postcode: str) -> bool:
    if found.code != "us":
        return found.region(text) is not None
    state = find_state(text)
    return state is not None and zip_belongs(state, postcode)


def _is_street_and_city(text: str, own_city: str) -> bool:
    street, comma, city = text.rpartition(",")
    if comma:
        return _has_digit(street) and _may_be_city(city)
    own = fold(own_city)
    return _has_digit(text.split(maxsplit=1)[0]) and bool(own) and fold(text).endswith(f" {own}")


def _ends_unmistakably(parts: Sequence[str], found: Country) -> bool:
    """``12 Sample Lane, London SW1A 1AA``, or with the postcode as a part of its own."""
    words = parts[-1].split()
    for count in (1, 2):
        if not found.takes(" ".join(words[-count:]).upper()):
            continue
        before = " ".join(words[:-count])
        if before:
            return len(parts) >= 2 and _may_be_city(before)
        return len(parts) >= 3 and _may_be_city(parts[-2])
    return False


def _ends_with_postcode_and_city(
    parts: Sequence[str], found: Country, city: str, postcode: str
) -> bool:
    """``Hauptstr. 5, 10115 Berlin``: one of the two is the row's own, or the row has neither."""
    words = parts[-1].split() if len(parts) > 1 else []
    for count in (1, 2):
        code, place = " ".join(words[:count]).upper(), " ".join(words[count:])
        if place and found.takes(code) and _has_digit(code) and _may_be_city(place):
            own = fold(place) == fold(city) or _same_code(_squeezed(code), _squeezed(postcode))
            return own or not (city or postcode)
    return False


def _may_be_city(text: str) -> bool:
    words = fold(text).split()
    return 1 <= len(words) <= 5 and not _has_digit(text) and _STREET_WORDS.isdisjoint(words)


def _has_digit(text: str) -> bool:
    return any(c.isdigit() for c in text)
