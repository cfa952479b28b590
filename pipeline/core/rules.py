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
    ends it in the results sheet alone, for it may quote the row's own cells.
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

    The title of a repair is written to stand behind a count. ``todo`` says in one sentence what a
    person does about it; of a repair, what to do if it was not meant.
    """

    id: str
    title: str
    severity: Severity
    todo: str


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
    "order_id_missing": (
        "order_id is empty",
        "Fill in FinerWorks' order id; the confirmation id is another number.",
    ),
    "order_id_form": (
        "order_id is not a positive whole number",
        "Write FinerWorks' order id in digits only.",
    ),
    "order_id_rounded": (
        "order_id was rounded by Excel",
        "Copy the whole order id from FinerWorks into a cell of format Text.",
    ),
    "first_name_missing": ("first_name is empty", "Fill in the first name."),
    "last_name_missing": (
        "last_name is empty",
        "Fill in the last name; for single names see sheet.missing_last_name.",
    ),
    "address_1_missing": ("address_1 is empty", "Fill in street and number."),
    "city_missing": ("city is empty", "Fill in the city."),
    "country_missing": (
        "country_code is empty",
        "Fill in the country's two-letter code, such as us.",
    ),
    "country_unknown": (
        "country is not known",
        "Write the country's two-letter code, such as us or de.",
    ),
    "us_state": ("US state missing or not valid", "Write the state's two letters, such as TX."),
    "us_state_abroad": (
        "a US state with another country",
        "Correct the country or the state, whichever is wrong.",
    ),
    "region_conflict": (
        "state, province and country disagree",
        "Correct the state, the province or the country, whichever is wrong.",
    ),
    "us_zip": (
        "US ZIP missing or not 5 digits",
        "Write the ZIP's 5 digits, zeros in front too, or 5 and 4 with a dash.",
    ),
    "whole_address": (
        "address_1 holds a whole address",
        "Leave the street there; move city, state and postcode to their columns.",
    ),
    "postcode_missing": ("postcode is empty", "Fill in the postcode."),
    "postcode_form": (
        "postcode of the wrong form for the country",
        "Write the postcode in full; if it is right, correct the country.",
    ),
    "excel_date": (
        "cell that Excel turned into a date",
        "Type the value again in a cell of format Text.",
    ),
    "excel_boolean": (
        "cell that Excel turned into TRUE or FALSE",
        "Type the value again in a cell of format Text.",
    ),
    "excel_error": ("cell that holds an Excel error", "Type the value in place of the error."),
    "excel_formula": (
        "formula without a stored value",
        "Type the value in place of the formula.",
    ),
    "hashes": (
        "cell that shows #### instead of its value",
        "Type the value; or widen the column in the source and save it again.",
    ),
    "text_lost": (
        "letters lost to a wrong encoding",
        "Type the text again; what was there cannot be turned back.",
    ),
    "repair_off": (
        "needs a repair that is turned off",
        "Correct the cell, or let sheet.repair make the repair.",
    ),
}

_WARNINGS: Final = {
    "looks_garbled": (
        "text that looks garbled",
        "Compare it with what the customer wrote; correct it if letters are wrong.",
    ),
    "zip_not_of_state": (
        "ZIP does not belong to the state",
        "Check both, and correct the one that is wrong.",
    ),
    "province_missing": (
        "province is empty outside the US",
        "Fill it in, unless addresses of that country have none.",
    ),
    "province_unknown": (
        "province is not one of the country",
        "Check how it is written; leave it if it is right.",
    ),
    "province_in_us": ("province filled in the US", "Empty it, unless it is meant to be sent."),
    "address_repeated": (
        "address_1 holds city and postcode too",
        "Leave only the street there, or labels show city and postcode twice.",
    ),
    "city_doubtful": ("city holds more than the city", "Leave only the name of the city."),
    "phone_doubtful": (
        "phone cannot be right",
        "Check it, and correct it if it is wrong.",
    ),
    "email_doubtful": ("email cannot be right", "Check it, and correct it if it is wrong."),
}

_REPAIRS: Final = {
    "mojibake": (
        "garbled texts turned back",
        "Nothing; if a text was right before, type it again as it was.",
    ),
    "c1_quotes": (
        "quotes and dashes of Windows put right",
        "Nothing; no letter or digit was changed.",
    ),
    "invisible": (
        "cells freed of invisible characters",
        "Nothing; no letter or digit was changed.",
    ),
    "text_guard": ("text marks of Excel taken off", "Nothing; the marks are no part of the value."),
    "decimal_zero": ("numbers freed of Excel's .0", "Nothing; the number is the same."),
    "order_id_zeros": ("order ids freed of zeros in front", "Nothing; the order is the same."),
    "country_name": (
        "country names turned into codes",
        "Nothing; if another country is meant, write its two-letter code.",
    ),
    "us_territory": (
        "US territories written as states",
        "Nothing; FinerWorks takes them as states of the US.",
    ),
    "state_name": (
        "state names turned into codes",
        "Nothing; if another state is meant, write its two letters.",
    ),
    "region_moved": (
        "states and provinces moved to their field",
        "Nothing; it is the field that FinerWorks wants for that country.",
    ),
    "zip_zero": (
        "ZIPs got their lost zero back",
        "Nothing; if another ZIP is meant, write its 5 digits as text.",
    ),
    "zip_plus4": ("ZIP+4s got their dash", "Nothing; the digits are the same."),
    "zip_padded": (
        "postcodes kept as Excel shows them",
        "Nothing; if another postcode is meant, type it as text.",
    ),
    "phone_marks": ("phones freed of a label or mark", "Nothing; the digits are the same."),
}


def _too_long(name: str, most: int) -> tuple[str, str]:
    todo = f"Shorten it to {most} characters."
    if name.startswith("address_") and name[-1].isdigit():
        todo = f"Shorten it to {most} characters, or spread it over address_1 to address_3."
    return f"{name} is longer than {most}", todo


# Codes of two letters have rules of their own.
_TOO_LONG: Final = {
    f"{name}_long": _too_long(name, most) for name, most in LIMITS.items() if most > 2
}


def _table() -> dict[str, Rule]:
    groups: tuple[tuple[Severity, Mapping[str, tuple[str, str]]], ...] = (
        ("error", _ERRORS | _TOO_LONG),
        ("warning", _WARNINGS),
        ("repair", _REPAIRS),
    )
    return {
        rule: Rule(rule, title, severity, todo)
        for severity, words in groups
        for rule, (title, todo) in words.items()
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
        Rule(
            "broken_record",
            "line that cannot be taken apart",
            "error",
            "Look for a quotation mark too many or too few in the line, and correct it.",
        ),
        Rule(
            "surplus_cell",
            "more cells than headings",
            "error",
            "Move the cells back under their headings.",
        ),
        Rule(
            "po_not_found",
            "PO not in the --ids sheet",
            "error",
            "Correct the PO, or add it with its order id to the --ids sheet.",
        ),
        Rule(
            "conflict",
            "different addresses for one order",
            "error",
            "Keep the row with the right address and delete the others.",
        ),
        Rule(
            "no_address",
            "no row of the order has an address",
            "error",
            "Fill in name, street, city, ZIP and country in one of its rows.",
        ),
        Rule(
            "hidden_row",
            "hidden in the sheet",
            "warning",
            "Unhide the row; if it was not meant, correct or delete it.",
        ),
    )
}
"""What only the sheet as a whole can tell of a row, by id; not to be turned off."""
