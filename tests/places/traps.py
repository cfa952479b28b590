"""Right values that look damaged: nothing of them may be changed, and nobody troubled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Final

from tests.places import trap_values as values
from tests.places.facts import PLACES, Case, Place, clean_row, places_in

__all__ = ["traps"]


def _trap(kind: str, right: dict[str, str]) -> Case:
    return Case(kind, right, right)


def _values(
    kind: str, field: str, texts: Iterable[str], places: list[Place]
) -> Callable[[Random], Iterator[Case]]:
    def make(rng: Random) -> Iterator[Case]:
        for text in texts:
            for place in rng.sample(places, 2):
                right = clean_row(rng, place)
                right[field] = text
                yield _trap(kind, right)

    return make


_ABROAD: Final = [place for place in PLACES if place.country != "us"]
_KINDS_OF_POSTCODE: Final[tuple[tuple[str, Callable[[str], bool]], ...]] = (
    ("no postcode where there is none", lambda text: not text),
    ("foreign postcode of 3 digits", lambda text: text.isdigit() and len(text) == 3),
    ("foreign postcode of 4 digits", lambda text: text.isdigit() and len(text) == 4),
    ("foreign postcode that begins with 0", lambda text: text[:1] == "0"),
    ("foreign postcode of other digits", lambda text: text.isdigit()),
    ("foreign postcode with letters, space or dash", lambda text: True),
)


def _postcodes(rng: Random) -> Iterator[Case]:
    """Every place abroad as it is."""
    for place in _ABROAD:
        kind = next(name for name, fits in _KINDS_OF_POSTCODE if fits(place.postcode))
        yield _trap(kind, clean_row(rng, place))


def _postcodes_as_typed(rng: Random) -> Iterator[Case]:
    """In lower case, or without the space: the first is put right silently, the second stays."""
    for place in places_in("ca", "gb", "nl", "se", "cz", "gr", "ie", "pl", "pt", "br", "jp"):
        right = clean_row(rng, place)
        lower = {**right, "zip_postal_code": place.postcode.lower()}
        yield Case("postcode in lower case", lower, right)
        bare = place.postcode.replace(" ", "").replace("-", "")
        yield _trap("postcode without its space or dash", {**right, "zip_postal_code": bare})


def _us_zips(rng: Random) -> Iterator[Case]:
    for place in rng.sample(places_in("us"), 150):
        right = clean_row(rng, place)
        right["zip_postal_code"] = f"{place.postcode}-{rng.randrange(1, 9999):04}"
        yield _trap("US ZIP+4", right)
    for city, state, code in values.US_CITIES:
        yield _trap(
            "US city named like a state, country or nothing",
            clean_row(rng, Place("us", state, city, code)),
        )


def _codes(rng: Random) -> Iterator[Case]:
    """State codes that are countries' codes too, each where it belongs; codes in any case."""
    for code in values.SAME_CODES:
        for place in [one for one in places_in("us") if one.region == code.upper()][:3]:
            right = clean_row(rng, place)
            yield _trap("state with a country's code", right)
            typed = {"state_code": code, "country_code": "US"}
            yield Case("codes in the other case", {**right, **typed}, right)
        for place in places_in(code):
            right = clean_row(rng, place)
            yield Case("codes in the other case", {**right, "country_code": code.upper()}, right)


def _one_region_column(rng: Random) -> Iterator[Case]:
    """Its cell goes where the country wants it, without a word."""
    for place in rng.sample(PLACES, 80):
        right = clean_row(rng, place)
        cells = {name: right[name] for name in right if name not in ("state_code", "province")}
        yield Case("one column of regions", cells | {"region": place.region}, right)


def _phones(rng: Random) -> Iterator[Case]:
    for country, texts in values.PHONES.items():
        for text in texts.split(" | "):
            right = clean_row(rng, rng.choice(places_in(country)))
            right["phone"] = text
            yield _trap("phone", right)


_MAKERS: Final = (
    *(_postcodes, _postcodes_as_typed, _us_zips, _codes, _one_region_column, _phones),
    _values("first name", "first_name", values.NAMES, list(PLACES)),
    _values("last name", "last_name", values.NAMES, list(PLACES)),
    _values("e-mail", "email", values.EMAILS, list(PLACES)),
    _values("company", "company_name", values.COMPANIES, list(PLACES)),
    _values("street", "address_1", values.STREETS, list(PLACES)),
    _values("second line", "address_2", values.STREETS, list(PLACES)),
    _values("city", "city", values.CITIES_ABROAD, _ABROAD),
)


def traps(rng: Random) -> Iterable[Case]:
    """Give all rows that are right."""
    return [case for make in _MAKERS for case in make(rng)]
