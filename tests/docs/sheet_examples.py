"""Sheets in which something is wrong as a whole, each watched by the program's own rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from pipeline.core.checking import RowChecker
from pipeline.core.mapping import SheetMapping
from pipeline.core.rules import RuleOptions
from pipeline.core.shared_address import SharedAddress, hash_of, repeated
from pipeline.core.sheet_findings import SheetFinding, SheetWatch, one_address

__all__ = ["EXAMPLES", "HEADINGS", "sheet_findings", "sound"]

HEADINGS: Final = (
    "order_id", "first_name", "last_name", "address_1", "city", "state_code", "zip_postal_code",
    "country_code", "phone", "email",
)  # fmt: skip
PLACES: Final = (
    ("Austin", "TX", "78701"),
    ("Boston", "MA", "02134"),
    ("Chicago", "IL", "60614"),
    ("Portland", "OR", "97205"),
    ("Miami", "FL", "33131"),
    ("Trenton", "NJ", "08608"),
    ("Denver", "CO", "80202"),
)
STREETS: Final = ("Oak Street", "Long Hill Road", "Sample Avenue", "Harbour Lane", "Engine Court")
NAMES: Final = (
    "Byron",
    "Hopper",
    "Lamarr",
    "Franklin",
    "Curie",
    "Noether",
    "Meitner",
    "Somerville",
)

Row = tuple[str, ...]


def sound(number: int, **changes: str) -> Row:
    """Make a row with nothing wrong, unlike its neighbours."""
    city, state, code = PLACES[number % len(PLACES)]
    cells = {
        "order_id": str(4_100_000 + number),
        "first_name": "Ada",
        "last_name": NAMES[number % len(NAMES)],
        "address_1": f"{number * 37 % 900 + 1} {STREETS[number % len(STREETS)]}",
        "city": city,
        "state_code": state,
        "zip_postal_code": code,
        "country_code": "us",
        "phone": f"512-555-{number * 7 % 10_000:04}",
        "email": f"reader{number}@example.com",
    }
    return tuple((cells | changes).values())


def sheet_findings(rows: Sequence[Row], invalid_share: float = 0.2) -> list[SheetFinding]:
    """Watch rows (the first is row 2 of its sheet) as staging does, and say what is found."""
    mapping = SheetMapping(
        HEADINGS, 1, {name: i for i, name in enumerate(HEADINGS)}, None, "order_id", ()
    )
    watch, checker = SheetWatch(mapping), RowChecker(RuleOptions())
    orders: Mapping[int, SharedAddress] = defaultdict(SharedAddress)
    for row, cells in enumerate(rows, start=2):
        values = dict(zip(HEADINGS, cells, strict=False))
        checked = checker.check(values, {})
        watch.see(row, cells, values, checked.errors, checked.warnings)
        orders[hash_of(values)].add(row, values["order_id"], values.get("last_name", ""))
    found = watch.findings(invalid_share)
    suspects = repeated(watch.addresses)
    return [*found, *one_address(orders[address] for address in suspects)]


def without(row: Row, column: int) -> Row:
    """Delete a cell, and let what stands right of it move up."""
    return (*row[:column], *row[column + 1 :], "")


CITY: Final = HEADINGS.index("city")
_SOUND: Final = [sound(number) for number in range(40)]

EXAMPLES: Final[Mapping[str, Sequence[Row]]] = {
    "shifted": [*_SOUND[:20], *(without(row, CITY) for row in _SOUND[20:32]), *_SOUND[32:]],
    "filled_down": [
        *_SOUND[:5],
        *(sound(40 + n, address_1=f"{12 + n} Elm Street") for n in range(9)),
        *_SOUND[5:],
    ],
    "one_address": [
        *_SOUND[:9],
        *(
            sound(50 + n, address_1="5 Elm Street", city="Austin", state_code="TX",
                  zip_postal_code="78701")
            for n in range(6)
        ),
        *_SOUND[9:],
    ],
    "sorted_apart": [
        (*row[:6], code, *row[7:])
        for row, code in zip(_SOUND, sorted(row[6] for row in _SOUND), strict=True)
    ],
    "too_many_errors": [
        *_SOUND[:20],
        *(sound(60 + n, first_name="") for n in range(12)),
    ],
}  # fmt: skip
"""For each finding a sheet that has it, and no other."""
