"""The real places of ``places.csv``, and made-up people and streets to put on them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from pipeline.core.records import OddCell

__all__ = ["PLACES", "Case", "Cells", "Place", "clean_row", "places_in"]

Cells = Mapping[str, str]
_FILE: Final = Path(__file__).parent / "places.csv"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the file; ``region`` is the state in the US, else the province."""

    country: str
    region: str
    city: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the benchmark, and what must become of it.

    ``right``: the cells as they should be sent. ``repairs`` and ``findings``: field and rule, all
    of them and no others. ``harmed``: the fields whose cells are wrong and cannot be put right.
    """

    kind: str
    cells: Cells
    right: Cells
    repairs: frozenset[tuple[str, str]] = frozenset()
    findings: frozenset[tuple[str, str]] = frozenset()
    harmed: frozenset[str] = frozenset()
    odd: Mapping[str, OddCell] = field(default_factory=dict)


@cache
def _places() -> tuple[Place, ...]:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return tuple(Place(**line) for line in csv.DictReader(lines))


PLACES: Final = _places()


def places_in(*countries: str) -> list[Place]:
    """Give the places of these countries."""
    return [place for place in PLACES if place.country in countries]


_PEOPLE: Final = (
    *(("Ada", "Example"), ("José", "Muñoz"), ("Søren", "Ørsted-Møller"), ("Zoë", "Brontë-Sample")),
    *(("Łukasz", "Żółć"), ("Jiří", "Dvořáček"), ("Nguyễn", "Thị Ánh"), ("Ayşe", "Yıldırım")),
    *(
        ("Ольга", "Образцова"),
        ("Ελένη", "Δείγμα"),
        ("山田", "太郎"),
        ("김", "예시"),
        ("陈", "示例"),
    ),
    *(("דנה", "לדוגמה"), ("ليلى", "المثال"), ("Þóra", "Dæmisdóttir"), ("François", "L’Exemple")),
    *(("Mary Ann", "O’Sample"), ("Jean-Luc", "D'Example"), ("Ludwig", "van der Muster")),
    *(("João", "Conceição"), ("Ștefan", "Țăranu"), ("Gábor", "Őry"), ("Björk", "Ćwikła")),
)
_STREETS: Final = {
    "us": ("12 Sample Street", "4800 N Example Ave", "77 Old Mill Rd", "1 Main St", "9 Elm Ct"),
    "de": ("Musterstraße 12", "Am Alten Markt 5", "Königsallee 60 c"),
    "at": ("Mustergasse 3/2/14", "Getreidegasse 9"),
    "ch": ("Rue de l’Exemple 7", "Bahnhofstrasse 21"),
    "fr": ("12 bis, rue de l’Exemple", "3 allée des Érables", "ZA Les Prés"),
    "jp": ("見本町1丁目2-3", "例示１丁目２番３号", "1-2-3 Mihoncho"),
    "cn": ("示例路12号3单元", "样本大街88号"),
    "kr": ("예시로 12", "견본길 3-4"),
    "ru": ("ул. Образцовая, д. 5, кв. 12", "пр-т Примера, 7"),
    "gr": ("Οδός Δείγματος 12", "Παραδείγματος 4"),
    "il": ("רחוב הדוגמה 5", "12 Sample St"),
    "sa": ("شارع المثال ١٢", "12 Example Road"),
    "es": ("Calle Muestra, 12, 3º B", "Avda. del Ejemplo s/n"),
    "pt": ("Rua da Amostra, 12, 2.º Esq.", "Praça do Exemplo 4"),
    "gb": ("Flat 2, 12 Sample Lane", "The Old Forge"),
}
_ANY_STREET: Final = ("12 Sample Road", "Example 5", "Box 77")
_PHONES: Final = {
    # Numbers that the plans set apart for films and books, where there are such.
    "us": ("617-555-0123", "(212) 555-0188", "+1 303 555 0144", "3055550101"),
    "ca": ("416-555-0123", "(514) 555-0199", "+1 604 555 0111"),
    "gb": ("020 7946 0958", "+44 1632 960001", "07700 900123", "0161 496 0123"),
    "ie": ("020 912 3456", "+353 20 912 3456"),
    "fr": ("01 99 00 12 34", "+33 6 39 98 12 34", "0199001234"),
    "de": ("030 23125012", "+49 30 23125 012", "0221 4710 123-45"),
    "au": ("(02) 5550 1234", "0491 570 156", "+61 3 5550 1234"),
    "se": ("08-465 004 12", "+46 31-390 06 12"),
    "jp": ("03-5555-0123", "+81 3 5555 0123"),
}
_ANY_PHONE: Final = ("", "+1 617 555 0123")


def clean_row(rng: Random, place: Place) -> dict[str, str]:
    """Give a row that is right in every cell, as the program would send it."""
    first, last = rng.choice(_PEOPLE)
    home = place.country == "us"
    return {
        "order_id": str(rng.randrange(4_000_000, 4_999_999)),
        "first_name": first,
        "last_name": last,
        "company_name": rng.choice(("", "", "Muster & Söhne", "Example Art LLC")),
        "address_1": rng.choice(_STREETS.get(place.country, _ANY_STREET)),
        "address_2": rng.choice(("", "", "Apt 4", "c/o Sample")),
        "city": place.city,
        "state_code": place.region if home else "",
        "province": "" if home else place.region,
        "zip_postal_code": place.postcode,
        "country_code": place.country,
        "phone": rng.choice(_PHONES.get(place.country, _ANY_PHONE)),
        "email": "",
    }
