"""For every rule a row that meets it: what docs/rules.md shows is what the rules really said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.core.address import LIMITS
from pipeline.core.checking import CheckedRow, RowChecker
from pipeline.core.records import OddCell
from pipeline.core.rules import RuleOptions

__all__ = ["EXAMPLES", "Example"]

_US: Final = {
    "order_id": "123456",
    "first_name": "Ada",
    "last_name": "Example",
    "address_1": "12 Sample Street",
    "city": "Boston",
    "state_code": "MA",
    "zip_postal_code": "02134",
    "country_code": "us",
}
_ABROAD: Final = _US | {
    "city": "Toronto",
    "state_code": "",
    "province": "ON",
    "zip_postal_code": "M5V 2T6",
    "country_code": "ca",
}


@dataclass(frozen=True)
class Example:
    """A sound row with these cells changed; ``odd`` is what Excel had stored."""

    cells: Mapping[str, str]
    base: Mapping[str, str] = field(default_factory=lambda: _US)
    odd: Mapping[str, OddCell] = field(default_factory=dict)
    options: RuleOptions = field(default_factory=RuleOptions)

    def checked(self) -> CheckedRow:
        """Put the row to the rules."""
        return RowChecker(self.options).check({**self.base, **self.cells}, self.odd)


def _abroad(**cells: str) -> Example:
    return Example(cells, base=_ABROAD)


_ERRORS: Final = {
    "order_id_missing": Example({"order_id": ""}),
    "order_id_form": Example({"order_id": "12-7"}),
    "order_id_rounded": Example({"order_id": "1.23457E+17"}),
    "first_name_missing": Example({"first_name": ""}),
    "last_name_missing": Example({"last_name": ""}),
    "address_1_missing": Example({"address_1": ""}),
    "city_missing": Example({"city": ""}),
    "country_missing": Example({"country_code": ""}),
    "country_unknown": Example({"country_code": "England"}),
    "us_state": Example({"state_code": "Tex."}),
    "us_state_abroad": _abroad(state_code="TX"),
    "region_conflict": Example({"province": "Texas"}),
    "us_zip": Example({"zip_postal_code": "213"}),
    "postcode_missing": _abroad(zip_postal_code=""),
    "postcode_form": _abroad(zip_postal_code="12345"),
    "whole_address": Example({"address_1": "12 Main St, Springfield, IL 62704"}),
    "excel_date": Example({"address_2": "2026-05-01"}, odd={"address_2": OddCell("date")}),
    "excel_boolean": Example({"address_2": "TRUE"}, odd={"address_2": OddCell("boolean")}),
    "excel_error": Example({"address_2": "#N/A"}, odd={"address_2": OddCell("error")}),
    "excel_formula": Example({"address_2": ""}, odd={"address_2": OddCell("formula")}),
    "hashes": Example({"phone": "########"}),
    "text_lost": Example({"last_name": "M�ller"}),
    "repair_off": Example({"zip_postal_code": "2134"}, options=RuleOptions(repair="none")),
}
_TOO_LONG: Final = {
    # The two codes are judged by their own tables, whatever their length.
    f"{name}_long": _abroad(**{name: "9" * (most + 1)})
    if name == "phone"
    else Example({name: "x" * (most + 1)})
    for name, most in LIMITS.items()
    if most > 2 and name != "zip_postal_code"
}
_WARNINGS: Final = {
    "looks_garbled": Example({"last_name": "MÃ¼ller 陈"}),
    "zip_not_of_state": Example({"zip_postal_code": "90210"}),
    "province_missing": _abroad(province=""),
    "province_unknown": _abroad(province="Bavaria"),
    "province_in_us": Example({"province": "Middlesex"}),
    "address_repeated": Example({"address_1": "12 Sample Street, Boston, MA 02134"}),
    "city_doubtful": Example({"city": "Boston, MA"}),
    "phone_doubtful": Example({"phone": "12"}),
    "email_doubtful": Example({"email": "ada.example.com"}),
}
_REPAIRS: Final = {
    "mojibake": Example({"city": "MÃ¼nchen"}),
    "c1_quotes": Example({"last_name": "O\x92Example"}),
    "invisible": Example({"address_1": "12\u00a0Sample\u200b Street"}),
    "text_guard": Example({"zip_postal_code": "'02134"}),
    "decimal_zero": Example({"order_id": "123456.0"}),
    "order_id_zeros": Example({"order_id": "00123456"}),
    "country_name": Example({"country_code": "United States"}),
    "us_territory": Example(
        {"country_code": "PR", "state_code": "", "zip_postal_code": "00901", "city": "San Juan"}
    ),
    "state_name": Example({"state_code": "Massachusetts"}),
    "region_moved": _abroad(state_code="ON", province=""),
    "zip_zero": Example({"zip_postal_code": "2134"}),
    "zip_plus4": Example({"zip_postal_code": "021341001"}),
    "zip_padded": Example({}, odd={"zip_postal_code": OddCell("padded", "2134")}),
    "phone_marks": Example({"phone": "Tel. 617-555-0123"}),
}
EXAMPLES: Final[Mapping[str, Example]] = {
    **_ERRORS,
    **_TOO_LONG,
    "zip_postal_code_long": Example(
        {"country_code": "hk", "state_code": "", "zip_postal_code": "x" * 11}
    ),
    **_WARNINGS,
    **_REPAIRS,
}
