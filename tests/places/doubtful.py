"""Damage that is doubtful: nobody can tell what it was, so it must be told and never touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Final

from pipeline.core.address import LIMITS
from pipeline.core.records import OddCell, OddKind
from pipeline.core.united_states import zip_belongs
from tests.places.certain import garbled
from tests.places.facts import PLACES, Case, clean_row, places_in

__all__ = ["doubtful_damage"]

_OTHER_ENCODINGS: Final = ("cp437", "cp850", "cp1250", "cp1251")
_ABROAD: Final = [place for place in PLACES if place.country != "us"]


def _case(
    kind: str, right: dict[str, str], field: str, text: str, rule: str, *more: tuple[str, str]
) -> Case:
    return Case(
        kind,
        {**right, field: text},
        right,
        findings=frozenset({(field, rule), *more}),
        harmed=frozenset({field}),
    )


def _states(rng: Random) -> Iterator[Case]:
    texts = (
        *(("Tex.", "TX"), ("Mass.", "MA"), ("Calif.", "CA"), ("Penn", "PA"), ("Wash", "WA")),
        *(("Conn.", "CT"), ("N.Y.", "NY"), ("Texsa", "TX"), ("Flordia", "FL"), ("Miss", "MS")),
    )
    for text, state in texts:
        for place in rng.sample([one for one in places_in("us") if one.region == state], 4):
            yield _case("`Tex.`", clean_row(rng, place), "state_code", text, "us_state")


def _countries(rng: Random) -> Iterator[Case]:
    for text in ("England", "Scotland", "Wales", "Northern Ireland", "Britain", "XX", "EU"):
        for place in rng.sample(places_in("gb"), 5):
            right = clean_row(rng, place)
            yield _case("`England`", right, "country_code", text, "country_unknown")
    for text in (
        "America",
        "California",
        "US-TX",
        "Unted States",
        "Korea",
        "Congo",
        "Saint Martin",
    ):
        right = clean_row(rng, rng.choice(PLACES))
        yield _case("no country's name", right, "country_code", text, "country_unknown")


_NOT_FIVE_DIGITS: Final = frozenset("ca in co ar md tn pa va".split())


def _state_for_country(rng: Random) -> Iterator[Case]:
    """CA is California and Canada: a row of the US whose country's cell holds the state."""
    for state in ("CA", "DE", "IN", "CO", "AR", "GA", "IL", "MA", "MD", "PA", "LA", "TN", "VA"):
        told = {("state_code", "us_state_abroad")}
        if state.lower() in _NOT_FIVE_DIGITS:
            told.add(("zip_postal_code", "postcode_form"))
        for place in [one for one in places_in("us") if one.region == state][:3]:
            right = clean_row(rng, place)
            yield Case(
                "state in the country's cell",
                {**right, "country_code": state},
                right,
                findings=frozenset(told),
                harmed=frozenset({"country_code"}),
            )


def _order_ids(rng: Random) -> Iterator[Case]:
    forms = {
        "order_id_form": "12,345 | 12 345 | #1001 | 4100231.5 | (4100231) | -4100231 | 4100231-1",
        "order_id_rounded": "1.23457E+11 | 1.2E+15 | 1234567890123450 | 98765432109876543210 | 1E5",
        "order_id_missing": "",
    }
    kind = "order id `12,345`, `1.23457E+11`, 16 digits"
    for rule, texts in forms.items():
        for text in texts.split(" | "):
            for place in rng.sample(PLACES, 6):
                yield _case(kind, clean_row(rng, place), "order_id", text, rule)


def _zips(rng: Random) -> Iterator[Case]:
    for place in rng.sample(places_in("us"), 40):
        right = clean_row(rng, place)
        text = f"{place.postcode.lstrip('0')[:2]},{place.postcode[-3:]}"
        yield _case("ZIP `12,345`", right, "zip_postal_code", text, "us_zip")
    whole = [place for place in places_in("us") if place.postcode[0] != "0"]
    for n, place in enumerate(rng.sample(whole, 60)):
        right = clean_row(rng, place)
        short = (place.postcode[1:], place.postcode[:4], place.postcode[:3] + ".0")[n % 3]
        yield _case("short ZIP that no zero puts right", right, "zip_postal_code", short, "us_zip")
    for place in rng.sample(places_in("us"), 60):
        other = rng.choice(
            [p for p in places_in("us") if not zip_belongs(place.region, p.postcode)]
        )
        right = clean_row(rng, place)
        yield _case(
            "ZIP of another state", right, "zip_postal_code", other.postcode, "zip_not_of_state"
        )


def _postcodes_abroad(rng: Random) -> Iterator[Case]:
    for place in _ABROAD:
        if place.postcode.isdigit() and place.postcode[0] == "0":
            right = clean_row(rng, place)
            yield _case(
                "foreign postcode that lost its zero",
                right,
                "zip_postal_code",
                place.postcode.lstrip("0"),
                "postcode_form",
            )
    for place in rng.sample(places_in("ca", "gb", "nl"), 40):
        right = clean_row(rng, place)
        yield _case(
            "foreign postcode cut short",
            right,
            "zip_postal_code",
            place.postcode[:-1],
            "postcode_form",
        )


def _letters_lost(rng: Random) -> Iterator[Case]:
    accented = [place for place in _ABROAD if not place.city.isascii()]
    for place in rng.sample(accented, 60):
        right = clean_row(rng, place)
        text = right["city"].encode("ascii", "replace").decode().replace("?", "\ufffd")
        yield _case("U+FFFD", right, "city", text, "text_lost")
    for place in rng.sample(places_in("cz", "sk", "hr", "si", "rs"), 12):
        right = clean_row(rng, place) | {"last_name": "Dušan"}
        yield _case("letter shown as a control code", right, "last_name", "Du\x9aan", "text_lost")
    latin = [place for place in accented if all(ord(c) < 0x250 for c in place.city)]
    others = "mojibake of DOS, cp1250, cp1251"
    for place in latin:
        right = clean_row(rng, place)
        half = garbled(place.city, "cp1252") + " 陈"
        garbles = [(others, garbled(place.city, encoding)) for encoding in _OTHER_ENCODINGS]
        for kind, text in (*garbles, ("mojibake in half of a cell", half)):
            if _keeps_signs(place.city, text):
                yield _case(kind, right, "city", text, "looks_garbled")


def _keeps_signs(before: str, text: str) -> bool:
    """Leave out what shows C1 codes (told as lost letters) and what is just as cp1252 has it."""
    return text not in (before, garbled(before, "cp1252")) and not any(
        0x7F <= ord(c) < 0xA0 for c in text
    )


def _hashes(rng: Random) -> Iterator[Case]:
    fields = ("phone", "zip_postal_code", "order_id", "address_1", "city")
    for n, place in enumerate(rng.sample(PLACES, 40)):
        right = clean_row(rng, place)
        yield _case("`########`", right, fields[n % 5], "#" * (3 + n % 9), "hashes")


def _errors_of_excel(rng: Random) -> Iterator[Case]:
    texts = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#n/a", "#NULL!", "#NUM!")
    fields = ("city", "zip_postal_code", "address_1", "phone", "state_code")
    for n, place in enumerate(rng.sample(places_in("us"), 40)):
        right = clean_row(rng, place)
        yield _case("`#N/A`", right, fields[n % 5], texts[n % 8], "excel_error")
    kinds: tuple[tuple[OddKind, str, str, str], ...] = (
        ("date", "2026-05-01", "excel_date", "date (`5-1` turned into one)"),
        ("boolean", "TRUE", "excel_boolean", "boolean"),
        ("error", "#N/A", "excel_error", "`#N/A`"),
        ("formula", "", "excel_formula", "formula without a value"),
    )
    for odd, text, rule, kind in kinds:
        for n, place in enumerate(rng.sample(PLACES, 30)):
            field = ("address_1", "address_2", "city", "last_name", "zip_postal_code")[n % 5]
            right = clean_row(rng, place) | {"address_2": "Apt 4"}
            if right[field] == text:
                continue
            yield Case(
                kind,
                {**right, field: text},
                right,
                findings=frozenset({(field, rule)}),
                harmed=frozenset({field}),
                odd={field: OddCell(odd)},
            )


def _phones(rng: Random) -> Iterator[Case]:
    rounded = ("5.12556E+09", "5.13E+09", "4.91701E+11", "491701000000", "5130000000", "1.3E+10")
    wrong = (
        "n/a",
        "none",
        "555-0123",
        "12",
        "000-000-0000",
        "117-555-0123",
        "617 555 012",
        "ada@example.com",
        "512555612345678901",
        "call me",
        "see note",
    )
    for kind, texts in (("rounded phone", rounded), ("no phone", wrong)):
        for text in texts:
            for place in rng.sample(places_in("us"), 6):
                yield _case(kind, clean_row(rng, place), "phone", text, "phone_doubtful")
    for text in rounded[:4]:
        for place in rng.sample(places_in("de", "gb", "fr", "in"), 5):
            yield _case("rounded phone", clean_row(rng, place), "phone", text, "phone_doubtful")


def _emails_and_lengths(rng: Random) -> Iterator[Case]:
    wrong = (
        "ada.example.com | ada@example | ada@@example.com | ada@example.com, | n/a | <a@b.example>"
    )
    for text in wrong.split(" | "):
        for place in rng.sample(PLACES, 5):
            yield _case("no e-mail", clean_row(rng, place), "email", text, "email_doubtful")
    for name, most in LIMITS.items():
        if most >= 50 and name != "province":
            right = clean_row(rng, rng.choice(PLACES))
            text = "5" * (most + 1) if name == "phone" else "x" * (most + 1)
            yield _case("longer than the API takes", right, name, text, f"{name}_long")


def _contradictions(rng: Random) -> Iterator[Case]:
    for place in rng.sample(places_in("us"), 30):
        right = clean_row(rng, place)
        other = "Texas" if place.region != "TX" else "Ohio"
        yield _case("state and province differ", right, "province", other, "region_conflict")
    for place in rng.sample(places_in("de", "gb", "fr", "jp"), 30):
        right = clean_row(rng, place)
        yield _case("US state abroad", right, "state_code", "TX", "us_state_abroad")
    for place in [one for one in places_in("us") if one.region == "DC"][:8]:
        right = clean_row(rng, place)
        yield _case("`Washington` with a ZIP of DC", right, "state_code", "Washington", "us_state")


_MAKERS: Final = (
    *(_states, _countries, _state_for_country, _order_ids, _zips, _postcodes_abroad),
    *(_letters_lost, _hashes, _errors_of_excel, _phones, _emails_and_lengths, _contradictions),
)


def doubtful_damage(rng: Random) -> Iterable[Case]:
    """Give all rows whose damage is doubtful."""
    return [case for make in _MAKERS for case in make(rng)]
