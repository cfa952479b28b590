"""What a row is told: the findings and repairs, and the table of all rules.

The table is the one source of the rule ids (``sheet.repair`` takes those of repairs), of the
groups that ``check`` shows and of the documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as stored
from typing import Final, Literal

from pipeline.core.address import LIMITS

__all__ = [
    "MAY_BE_IGNORED",
    "RULES",
    "SHEET_RULES",
    "Finding",
    "Repair",
    "Rule",
    "RuleOptions",
    "Severity",
]

Severity = Literal["error", "warning", "repair"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong or doubtful in a row; ``sentence`` never quotes a cell.

    An error's sentence begins with the field; a warning's is written to stand behind it. ``advice``
    goes with it into the results sheet alone, for it may quote the row's own cells.
    """

    field: str
    rule: str
    sentence: str
    advice: str = stored(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Repair:
    """A change that was made to a cell, as a person sees it: one line, marks made visible."""

    field: str
    rule: str
    before: str = stored(repr=False)
    after: str = stored(repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, the words ``check`` groups by, and what it makes of a row.

    The title of a repair is written to stand behind a count. ``todo`` says in a sentence what a
    person does about it.
    """

    id: str
    title: str
    severity: Severity
    todo: str = ""


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """What the user decided about rules.

    ``repair``: all listed repairs, none, or those named; ``province``: what a province is that
    is missing or not of its country; ``missing_last_name``: what to send for a single name;
    ``ignore``: rules of :data:`MAY_BE_IGNORED` that are not looked for.
    """

    repair: Literal["all", "none"] | frozenset[str] = "all"
    country_case: Literal["lower", "upper"] = "lower"
    province: Literal["warning", "error"] = "warning"
    missing_last_name: str = ""
    ignore: frozenset[str] = frozenset()

    def repairs(self, rule: str) -> bool:
        """Tell whether a repair is turned on."""
        return self.repair == "all" or (self.repair != "none" and rule in self.repair)


_ERRORS: Final = {
    "order_id_missing": "order_id is empty",
    "order_id_form": "order_id is not a positive whole number",
    "order_id_rounded": "order_id was rounded by Excel",
    "first_name_missing": "first_name is empty",
    "last_name_missing": "last_name is empty",
    "address_1_missing": "address_1 is empty",
    "city_missing": "city is empty",
    "country_missing": "country_code is empty",
    "country_unknown": "country is not known",
    "us_state": "US state missing or not valid",
    "us_state_abroad": "a US state with another country",
    "region_conflict": "state, province and country disagree",
    "us_zip": "US ZIP missing or not 5 digits",
    "whole_address": "address_1 holds a whole address",
    "postcode_missing": "postcode is empty",
    "postcode_form": "postcode of the wrong form for the country",
    "excel_date": "cell that Excel turned into a date",
    "excel_boolean": "cell that Excel turned into TRUE or FALSE",
    "excel_error": "cell that holds an Excel error",
    "excel_formula": "formula without a stored value",
    "hashes": "cell that shows #### instead of its value",
    "text_lost": "letters lost to a wrong encoding",
    "repair_off": "needs a repair that is turned off",
}

_WARNINGS: Final = {
    "looks_garbled": "text that looks garbled",
    "zip_not_of_state": "ZIP does not belong to the state",
    "province_missing": "province is empty outside the US",
    "province_unknown": "province is not one of the country",
    "province_in_us": "province filled in the US",
    "address_repeated": "address_1 holds city and postcode too",
    "city_doubtful": "city holds more than the city",
    "phone_doubtful": "phone cannot be right",
    "email_doubtful": "email cannot be right",
}

_REPAIRS: Final = {
    "mojibake": "garbled texts turned back",
    "c1_quotes": "quotes and dashes of Windows put right",
    "invisible": "cells freed of invisible characters",
    "text_guard": "text marks of Excel taken off",
    "decimal_zero": "numbers freed of Excel's .0",
    "order_id_zeros": "order ids freed of zeros in front",
    "country_name": "country names turned into codes",
    "us_territory": "US territories written as states",
    "state_name": "state names turned into codes",
    "region_moved": "states and provinces moved to their field",
    "zip_zero": "ZIPs got their lost zero back",
    "zip_plus4": "ZIP+4s got their dash",
    "zip_padded": "postcodes kept as Excel shows them",
    "phone_marks": "phones freed of a label or mark",
}


# Codes of two letters have rules of their own.
_TOO_LONG: Final = {
    f"{name}_long": f"{name} is longer than {most}" for name, most in LIMITS.items() if most > 2
}


def _table() -> dict[str, Rule]:
    groups: tuple[tuple[Severity, Mapping[str, str]], ...] = (
        ("error", _ERRORS | _TOO_LONG),
        ("warning", _WARNINGS),
        ("repair", _REPAIRS),
    )
    return {
        rule: Rule(rule, title, severity)
        for severity, titles in groups
        for rule, title in titles.items()
    }


RULES: Final[Mapping[str, Rule]] = _table()
"""The rules about one row, by id. The two about provinces are errors if ``sheet.province`` is."""

MAY_BE_IGNORED: Final = frozenset(
    (*_WARNINGS, "postcode_form", "postcode_missing", "whole_address")
)
"""What rests on our data or judgement alone. The other errors are what the API itself refuses, a
cell whose value is lost, or a row that contradicts itself: sending it could only go wrong.
"""

SHEET_RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        Rule("broken_record", "line that cannot be taken apart", "error"),
        Rule("surplus_cell", "more cells than headings", "error"),
        Rule("po_not_found", "PO not in the --ids sheet", "error"),
        Rule("conflict", "different addresses for one order", "error"),
        Rule("no_address", "no row of the order has an address", "error"),
        Rule("hidden_row", "hidden in the sheet", "warning"),
    )
}
"""What only the sheet as a whole can tell of a row, by id; not to be turned off."""
